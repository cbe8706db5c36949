#pragma once

// Overtakings: which dead letters a later action has overtaken. A membership, a permission or a
// close that is sent again undoes what came after it on the same target, so an operator is warned.
//
// A letter watches the lanes of its own target: its pair's, and its user's or connection's; not its
// group's, where others' changes and messages stand. At kMost lanes all are forgotten: from then on
// what was watched before may have been overtaken.
//
// A bulk change (addConnectionsToGroups, removeConnectionsFromGroups) is in no lane: whom its
// filter selects is not known, so it may have overtaken each letter that is about memberships. Of
// these changes the last is remembered, by when it was accepted.
//
// One thread; O(1) a lane, next to nothing while none is watched.

#include <array>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <cstdint>

#include "hub/dead_letters.h"
#include "hub/order_plan.h"
#include "queue/batch.h"

namespace awps {

class Overtakings {
 public:
  static constexpr size_t kMost = 65'536;

  /// The letter's action was given up: its lanes are watched from now on.
  void watch(DeadLetter& letter);
  /// It was accepted, with this plan.
  void note(const Accepted& accepted, const Batch& batch, const OrderPlan& plan) {
    if (!lanes_.empty()) mark(plan);
    if (is_bulk_change(accepted.kind())) note_bulk_change(accepted, batch);
  }
  /// Was one accepted since that does not commute with it, an action of this kind? True, too, where
  /// it cannot be told.
  bool has_overtaken(const DeadLetter& letter, ActionKind kind) const;

 private:
  using Times = std::array<uint64_t, kLaneModes>;  // when one in each mode was accepted last

  void mark(const OrderPlan& plan);
  void note_bulk_change(const Accepted& accepted, const Batch& batch);
  bool is_before_bulk_change(const DeadLetter& letter) const;

  boost::unordered_flat_map<uint64_t, Times> lanes_;
  uint64_t clock_ = 0;            // counts acceptances while lanes are watched
  uint64_t forgotten_until_ = 0;  // of what was watched by then, all is lost
  struct {
    Instant accepted_at = Instant::min();  // none was
    uint64_t producer = 0;
    uint64_t seq = 0;
  } bulk_change_;  // the last one
};

}  // namespace awps
