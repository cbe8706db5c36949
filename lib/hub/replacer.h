#pragma once

// Replacer: finds the waiting action whose place an accepted one takes (rules supersede, conflate).
//
// The conditions (DESIGN.md §4.1), each of which keeps what clients see as it would be one by one:
// 1. The earlier one is of the same producer, and waits: queued, or parked for its next attempt.
// 2. Both touch the same lanes and barriers, and nothing that conflicts with either was accepted
//    between them; for values, others of the same target in its own lane aside.
// 3. The later one does not expire before the earlier: what would have been sent is not lost.
// 4. A part of a merge that was sent before stays as it was sent.
//
// The later one stands where the earlier stood, in its lanes, its barriers and its turn: at the
// tail, what is refreshed often would never go. removeUserFromAllGroups stands at the tail; those
// that it makes void leave (sweep).
//
// One thread. O(1) an action, and for a sweep O(1) for each that leaves.

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>

#include "base/release_memory.h"
#include "coalesce/coalesce_options.h"
#include "hub/entry.h"
#include "hub/order.h"
#include "hub/order_plan.h"

namespace awps {

class Replacer {
 public:
  /// Borrows both.
  Replacer(const CoalesceOptions& options, const Order& order) : options_(options), order_(order) {}

  /// An action that was accepted, with its plan.
  struct Arrival {
    Accepted& accepted;
    const Action& action;  // its
    Batch& batch;
    const OrderPlan& plan;
  };

  /// Under which key a later action finds this one; 0: none takes its place.
  uint64_t key_of(const Arrival& arrival) const;
  /// For Order::enter: what the values of one target have in common; 0: it is none.
  uint64_t values_of(const Action& action) const;
  /// The entry whose place the arrival takes; nullptr: it enters at the tail.
  Entry* place_for(const Arrival& arrival, uint64_t key) const;
  /// One entry that a removeUserFromAllGroups makes void; nullptr: none (any more).
  Entry* swept_by(const Arrival& arrival) const;

  void remember(Entry& entry, uint64_t key);
  void forget(const Entry& entry);
  /// It remembers nobody.
  void release_memory() { release_memory_of(latest_); }

 private:
  static uint64_t key_of(const Action& action, const Batch& batch);
  static bool may_leave(const Entry& earlier, const Arrival& arrival);

  const CoalesceOptions& options_;
  const Order& order_;
  boost::unordered_flat_map<uint64_t, Entry*> latest_;
};

}  // namespace awps
