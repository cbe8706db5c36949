#pragma once

// Time. Ages and deadlines are Instants of BootClock, which goes on while the machine sleeps: a
// suspended machine must not keep a message young. Tokens and people want wall time (WallTime).
// Below hub/ nobody reads a clock: `now` is an argument, so that a simulation can run the same code
// in virtual time. Clock is the one interface; SystemClock and tests' virtual clock are its two
// implementations.
//
// What waits (poll(2), Asio, libcurl, condition variables) counts the time of CLOCK_MONOTONIC,
// which stands still while the machine sleeps. Such a wait gets a Duration, and whoever waits for
// an Instant reads the clock again afterwards. The types do not mix: an Instant is no time_point of
// std::chrono::steady_clock.

#include <chrono>
#include <ctime>

namespace awps {

using Duration = std::chrono::nanoseconds;

/// CLOCK_BOOTTIME: since the start of the machine, the time included for which it slept.
struct BootClock {
  using duration = Duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<BootClock>;
  static constexpr bool is_steady = true;

  static time_point now() noexcept {
    timespec time{};
    ::clock_gettime(CLOCK_BOOTTIME, &time);  // it cannot fail: Linux has had it since 2.6.39
    return time_point(std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec));
  }
};

using Instant = BootClock::time_point;
/// Time while the machine is awake: whether a thread that ought to turn does.
using AwakeInstant = std::chrono::time_point<std::chrono::steady_clock, Duration>;
using WallTime = std::chrono::sys_time<Duration>;

/// "Never": an Instant that no clock reaches.
inline constexpr Instant kNever = Instant::max();

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Instant now() const = 0;
  virtual WallTime wall_now() const = 0;
  /// Of a machine that never sleeps, unless it is overridden.
  virtual AwakeInstant awake_now() const { return AwakeInstant(now().time_since_epoch()); }
};

class SystemClock final : public Clock {
 public:
  Instant now() const override { return BootClock::now(); }
  WallTime wall_now() const override { return std::chrono::system_clock::now(); }
  AwakeInstant awake_now() const override { return std::chrono::steady_clock::now(); }
};

/// `Instant::min()` is "never before", since when every pause has passed.
constexpr bool has_passed(Instant since, Duration pause, Instant now) {
  return since == Instant::min() || now - since >= pause;
}

/// Seconds as a floating point number, for rates and for people.
constexpr double to_seconds(Duration d) {
  return std::chrono::duration<double>(d).count();
}
constexpr Duration from_seconds(double seconds) {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
}

}  // namespace awps
