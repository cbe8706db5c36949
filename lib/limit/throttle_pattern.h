#pragma once

// ThrottlePattern: does "too many requests" follow the target, or the rate? A rate that is too high
// refuses anybody by chance: whoever is refused is answered well when it comes again. A sick target
// is refused each time, and targets that were answered well before hardly ever are.
//
// It follows the target while, of the answers seen last,
// 1. fewer than one in ten to known targets (known_targets.h) were "too many", of 20 at least, and
// 2. more than nine in ten to targets that came again after "too many" were so again, of 3 at least.
//
// Not thread-safe: Trouble guards it. O(1).

#include <cstdint>

namespace awps {

class ThrottlePattern {
 public:
  /// An answer to a known target.
  void note_known(bool throttled) { note(known_, throttled, kKnown); }
  /// An answer to a target whose last answer was "too many".
  void note_again(bool throttled) { note(again_, throttled, kAgain); }
  bool follows_target() const {
    return known_.all >= kFewestKnown && known_.throttled * 10 < known_.all &&
           again_.all >= kFewestAgain && again_.throttled * 10 > again_.all * 9;
  }
  /// Most of those that come again after "too many" are refused again.
  bool repeats() const { return again_.all >= kFewestAgain && again_.throttled * 2 > again_.all; }
  void forget() { known_ = again_ = {}; }

 private:
  // So many at most are remembered; then all counts are halved.
  static constexpr double kKnown = 100;
  static constexpr double kAgain = 30;
  static constexpr double kFewestKnown = 20;
  static constexpr double kFewestAgain = 3;

  struct Count {
    double all = 0;
    double throttled = 0;
  };
  static void note(Count& count, bool throttled, double most) {
    count.all += 1;
    if (throttled) count.throttled += 1;
    if (count.all < most) return;
    count.all /= 2;
    count.throttled /= 2;
  }

  Count known_;
  Count again_;
};

}  // namespace awps
