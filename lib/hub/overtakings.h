#pragma once

// Overtakings: which dead letters a later action has overtaken. A membership, a permission or a
// close that is sent again undoes what came after it on the same target, so an operator is warned.
//
// A letter watches the lanes of its own target: its pair's, and its user's or connection's; not its
// group's, where others' changes and messages stand. At kMost lanes all are forgotten: from then on
// what was watched before may have been overtaken. One thread; O(1) a lane, nothing while none is
// watched.

#include <array>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <cstdint>

#include "hub/dead_letters.h"
#include "hub/order_plan.h"

namespace awps {

class Overtakings {
 public:
  static constexpr size_t kMost = 65'536;

  /// The letter's action was given up: its lanes are watched from now on.
  void watch(DeadLetter& letter);
  /// An action with this plan was accepted.
  void note(const OrderPlan& plan) {
    if (!lanes_.empty()) mark(plan);
  }
  /// Was one accepted since that does not commute with it? True, too, where it cannot be told.
  bool has_overtaken(const DeadLetter& letter) const;

 private:
  using Times = std::array<uint64_t, kLaneModes>;  // when one in each mode was accepted last

  void mark(const OrderPlan& plan);

  boost::unordered_flat_map<uint64_t, Times> lanes_;
  uint64_t clock_ = 0;            // counts acceptances while lanes are watched
  uint64_t forgotten_until_ = 0;  // of what was watched by then, all is lost
};

}  // namespace awps
