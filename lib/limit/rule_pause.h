#pragma once

// RulePause: a rule of coalescing (fan_out, bulk_membership or merge) is off for a while at one
// endpoint, because requests of its form failed while single requests succeeded. The caller judges
// that; this remembers for how long.
//
// 1. A failure turns the rule off for 1 min. If it fails again after it came back: 2 min, then 4 …
//    30.
// 2. A success of the form after it came back ends the doubling.
// 3. Failures and successes of requests that were under way when the rule was turned off change
//    nothing.
//
// Any thread: relaxed atomics that guard no other data. Of two failures at once one counts.

#include <atomic>
#include <cstdint>
#include <string>

#include "base/clock.h"

namespace awps {

class RulePause {
 public:
  bool is_off(Instant now) const { return now < off_until(); }
  /// When it comes back, or came back; Instant::min(): it was never off.
  Instant off_until() const { return Instant(Duration(until_.load(std::memory_order_relaxed))); }

  /// A request of this form failed while single ones succeed. True: the rule has gone off by it.
  bool note_failed(Instant now);
  /// A request of this form was answered well.
  void note_success(Instant now);
  /// The rule is on again, and nothing is remembered: a reload.
  void forget();
  /// For people, while it is off: why, and until when. Empty: it is on.
  std::string reason(Instant now) const;

 private:
  std::atomic<int64_t> until_{INT64_MIN};
  std::atomic<int64_t> wait_{0};  // the last one, ns; 0: none, or a success came after it
};

}  // namespace awps
