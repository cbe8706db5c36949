#pragma once

// PauseTrust: how much of a pause that the service asks for (Retry-After) is believed. A pause that
// was obeyed, and after which more than a quarter of the answers were refusals all the same, did
// not help. After three of these in a row a pause is half as long as was asked for, then a quarter,
// and so on, but at least a second. One that helped restores the trust.
//
// Not thread-safe: Trouble guards it. O(1).

#include <algorithm>
#include <cstdint>
#include <utility>

#include "base/clock.h"
#include "limit/suspects.h"

namespace awps {

class PauseTrust {
 public:
  /// The service asks for the first pause since the last one was over.
  void note_pause(const Suspects::Answers& answers) {
    const bool is_first = std::exchange(has_paused_, true) == false;
    const uint64_t good = answers.good - before_.good;
    const uint64_t refused = answers.throttled - before_.throttled;
    useless_ = !is_first && good < 3 * refused ? useless_ + 1 : 0;
    before_ = answers;
  }
  Duration trusted(Duration asked) const {
    if (useless_ < kUseless) return asked;
    const uint32_t halvings = std::min(useless_ - kUseless + 1, kMostHalvings);
    return std::max(std::min(asked, kLeast), asked / (1U << halvings));
  }

 private:
  static constexpr uint32_t kUseless = 3;
  static constexpr uint32_t kMostHalvings = 10;
  static constexpr Duration kLeast = std::chrono::seconds(1);

  Suspects::Answers before_;  // the last pause
  uint32_t useless_ = 0;      // in a row
  bool has_paused_ = false;
};

}  // namespace awps
