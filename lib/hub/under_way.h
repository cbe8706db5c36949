#pragma once

// UnderWay: the operations whose requests are under way, in the order in which they started,
// counted by what their target is: known, a newcomer, or a suspect.
//
// One that takes much longer than is usual is overdue: what hangs until its timeout says nothing of
// how much the service can do at once, so it takes no place of those that do (Permits).
//
// One thread. O(1) amortised.

#include <array>
#include <cstdint>

#include "base/clock.h"
#include "hub/operation.h"
#include "hub/operation_list.h"

namespace awps {

class UnderWay {
 public:
  enum class Standing : uint8_t { kKnown, kNewcomer, kSuspect };
  static Standing standing_of(const Attempt& attempt);

  void start(Operation& operation);
  void end(Operation& operation);
  /// Time has passed: whoever started more than `patience` ago is overdue.
  void advance(Duration patience, Instant now);
  /// When the next one is; kNever: nobody will be.
  Instant next_overdue(Duration patience) const;
  /// All have ended, though nobody told.
  void forget();

  uint64_t count(Standing standing) const { return counts_[static_cast<size_t>(standing)]; }
  /// Without those that are overdue.
  uint64_t on_time(Standing standing) const {
    return count(standing) - overdue_[static_cast<size_t>(standing)];
  }
  uint64_t overdue() const { return overdue_[0] + overdue_[1] + overdue_[2]; }

 private:
  OperationList on_time_;
  OperationList late_;
  std::array<uint64_t, 3> counts_{};
  std::array<uint64_t, 3> overdue_{};
};

}  // namespace awps
