#pragma once

// ThrottlePattern: does "too many requests" follow the target, or the rate? A rate that is too high
// refuses anybody by chance: whoever is refused is answered well when it comes again. A sick target
// is refused each time, and others hardly ever are.
//
// A refusal that came again before ten others were answered is not told to it.
//
// It follows the target while, of the answers seen last, more than nine in ten to targets that came
// again after "too many" were so again, and
// 1. of eight of these at least, fewer than one in ten to known targets (known_targets.h) were, of
//    20 at least; or
// 2. of fourteen at least, fewer than a half to all others were, of 40 at least. A flood that
//    refuses six in ten by chance looks so once in some 15,000 looks.
//
// Not thread-safe: Trouble guards it. O(1).

#include <cstdint>

namespace awps {

class ThrottlePattern {
 public:
  /// An answer to a target. `again`: its last answer was "too many". `known`: it was answered well.
  struct Answer {
    bool throttled = false;
    bool again = false;
    bool known = false;
  };
  void note(const Answer& answer) {
    count(answer.again ? again_ : others_, answer.throttled);
    if (answer.known) {
      count(known_, answer.throttled);
    } else if (!answer.again) {
      count(newcomers_, answer.throttled);
    }
  }
  bool follows_target() const {
    if (again_.share() <= kRepeats) return false;
    const bool known_are_well = known_.all >= kFewestKnown && known_.share() < kWell;
    const bool others_are_better = others_.all >= kManyOthers && others_.share() < kBetter;
    return (again_.all >= kFewestAgain && known_are_well) ||
           (again_.all >= kManyAgain && others_are_better);
  }
  /// Newcomers are refused often, known targets never: the rate is not too high for these.
  bool spares_known() const {
    return known_.all >= kFewestKnown && known_.share() < kSpared &&
           newcomers_.all >= kFewestNewcomers && newcomers_.share() > kOften;
  }
  /// Most of those that come again after "too many" are refused again.
  bool repeats() const { return again_.all >= 3 && again_.share() > 0.5; }
  void forget() { again_ = known_ = newcomers_ = others_ = {}; }

 private:
  static constexpr double kMost = 100;  // are remembered; then all counts are halved
  static constexpr double kRepeats = 0.9;
  static constexpr double kWell = 0.1;
  static constexpr double kSpared = 0.02;
  static constexpr double kOften = 0.2;
  static constexpr double kFewestNewcomers = 10;
  static constexpr double kBetter = 0.5;
  static constexpr double kFewestKnown = 20;
  static constexpr double kManyOthers = 40;
  static constexpr double kFewestAgain = 8;
  static constexpr double kManyAgain = 14;

  struct Count {
    double all = 0;
    double throttled = 0;
    double share() const { return all == 0 ? 0 : throttled / all; }
  };
  static void count(Count& count, bool throttled) {
    count.all += 1;
    if (throttled) count.throttled += 1;
    if (count.all < kMost) return;
    count.all /= 2;
    count.throttled /= 2;
  }

  Count again_;
  Count known_;
  Count newcomers_;
  Count others_;
};

}  // namespace awps
