#pragma once

// Time. Intervals are measured on the monotonic clock (Instant), tokens and people want wall time
// (WallTime). Below hub/ nobody reads a clock: `now` is an argument, so that a simulation can run
// the same code in virtual time. Clock is the one interface; SystemClock and tests' virtual clock
// are its two implementations.

#include <chrono>

namespace awps {

using Duration = std::chrono::nanoseconds;
using Instant = std::chrono::time_point<std::chrono::steady_clock, Duration>;
using WallTime = std::chrono::sys_time<Duration>;

/// "Never": an Instant that no clock reaches.
inline constexpr Instant kNever = Instant::max();

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Instant now() const = 0;
  virtual WallTime wall_now() const = 0;
};

class SystemClock final : public Clock {
 public:
  Instant now() const override { return std::chrono::steady_clock::now(); }
  WallTime wall_now() const override { return std::chrono::system_clock::now(); }
};

/// Seconds as a floating point number, for rates and for people.
constexpr double to_seconds(Duration d) {
  return std::chrono::duration<double>(d).count();
}
constexpr Duration from_seconds(double seconds) {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
}

}  // namespace awps
