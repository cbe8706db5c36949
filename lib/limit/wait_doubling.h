#pragma once

// WaitDoubling: how long what was refused is left alone before it is tried again: 1 min, then 2, 4
// … 30. What is refused for good then costs two trials an hour; what was refused by chance costs a
// minute.
//
// Pure functions.

#include <algorithm>
#include <cstdint>
#include <string>

#include "base/clock.h"

namespace awps {

inline constexpr Duration kFirstWait = std::chrono::minutes(1);
inline constexpr Duration kLongestWait = std::chrono::minutes(30);

/// Nanoseconds; `last` 0: there was none.
constexpr int64_t next_wait(int64_t last) {
  return last == 0 ? kFirstWait.count() : std::min(2 * last, kLongestWait.count());
}

/// "42 s", "17 min".
inline std::string words_of_wait(Duration left) {
  const int64_t seconds = std::chrono::ceil<std::chrono::seconds>(left).count();
  if (seconds < 120) return std::to_string(seconds) + " s";
  return std::to_string((seconds + 59) / 60) + " min";
}

}  // namespace awps
