#pragma once

// Order: which entries may start. It keeps the lanes of the hub and the barriers of its producers.
//
// 1. An entry may start when it is open in all of its lanes and barriers: `blocked_by` is 0.
// 2. An entry that leaves opens what waited for it alone.
// 3. A detached entry (a send that is parked after an answer charged to it, and whatever waits for
//    it in a lane or a barrier) keeps its places, but nobody who is alone among the group actions
//    waits for it any longer: a logout (removeUserFromAllGroups), and what else changes groups that
//    no lane knows. So one poisoned target does not dam the logouts of its producer. What was
//    accepted after a logout still waits for it, also where the logout itself waits for a detached
//    entry.
//
// Every operation is O(1) amortised, whatever waits: an entry is detached once, and found once.
// One thread.

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <memory>
#include <vector>

#include "hub/detached_lanes.h"
#include "hub/entry.h"
#include "hub/lanes.h"
#include "hub/order_plan.h"
#include "hub/producer_state.h"

namespace awps {

class Order {
 public:
  /// Entries that may start because of a call are appended to `startable`.
  using Startable = std::vector<Entry*>;

  /// Puts a new entry behind all before it; sets blocked_by. `values` as in LaneTable::append, for
  /// the target's own lane.
  void enter(Entry& entry, const OrderPlan& plan, uint64_t producer, uint64_t values);
  /// The entry has its Outcome.
  void leave(Entry& entry, Startable& startable);
  /// See 3. What was detached before stays so.
  void detach(Entry& entry, Startable& startable);

  /// May an action with this plan stand where `entry` stands? Only if they touch the same lanes and
  /// barriers, and nothing that conflicts with them was accepted since. `as_value`: in the target's
  /// own lane other values of the target do not count.
  bool same_place(const Entry& entry, const OrderPlan& plan, bool as_value) const;
  /// May `entry` leave as if it had run just before an action with this plan, which touches all of
  /// its lanes but those of its own pair and group? Only if nothing that conflicts with it was
  /// accepted since.
  bool nothing_since(const Entry& entry, const OrderPlan& plan) const;
  /// The entry that stands last in a lane; nullptr: nobody does.
  Entry* last_in(uint64_t lane) const;

  /// Nobody is in it: the memory of those who were goes back.
  void release_memory();

  const LaneTable& lane_table() const { return lanes_; }
  size_t lanes() const { return lanes_.size(); }
  size_t contended_lanes() const { return lanes_.contended(); }
  size_t producers() const { return producers_.size(); }

 private:
  ProducerState& producer_of(uint64_t number);
  bool enter_barriers(Entry& entry, const OrderPlan& plan);
  void leave_lanes(Entry& entry, Startable& startable);
  void leave_barriers(Entry& entry, Startable& startable);
  void leave_barrier(Entry& entry, size_t kind, Startable& startable);
  void mark_detached(Entry& entry, Startable& startable);
  static void unblock(Entry& entry, Startable& startable);
  static bool is_last(const LaneLink& link, bool as_value);
  static bool in_last_runs(const Entry& entry);

  LaneTable lanes_;
  boost::unordered_flat_map<uint64_t, std::unique_ptr<ProducerState>> producers_;
  ProducerState* last_producer_ = nullptr;  // the one asked for last: batches come from one each
  std::vector<std::unique_ptr<ProducerState>> free_producers_;
  DetachedLanes detached_;
  std::vector<Entry*> opened_;     // scratch
  std::vector<Entry*> detaching_;  // scratch
  std::vector<Entry*> behind_;     // scratch
};

}  // namespace awps
