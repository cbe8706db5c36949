#pragma once

// Overtakings: which dead letters a later action has overtaken. A membership, a permission or a
// close that is sent again undoes what came after it on the same target, so an operator is warned.
//
// A lane is watched from the first letter that stood in it. At kMost lanes all are forgotten; from
// then on everything may have been overtaken. One thread; O(1) a lane, nothing while none is
// watched.

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <cstdint>

#include "hub/dead_letters.h"
#include "hub/order_plan.h"

namespace awps {

class Overtakings {
 public:
  static constexpr size_t kMost = 65'536;

  /// A letter that stood in this lane was given up: for its `watched_since`.
  uint64_t watch(uint64_t lane);
  /// An action with this plan was accepted.
  void note(const OrderPlan& plan) {
    if (!lanes_.empty()) mark(plan);
  }
  /// Was one accepted in its lane since? True, too, where it cannot be told.
  bool has_overtaken(const DeadLetter& letter) const;

 private:
  void mark(const OrderPlan& plan);

  boost::unordered_flat_map<uint64_t, uint64_t> lanes_;  // when one was last accepted in it
  uint64_t clock_ = 0;                                   // counts acceptances while it is asked
  uint64_t forgotten_until_ = 0;                         // of what was watched by then, all is lost
};

}  // namespace awps
