#include "base/clock.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <fstream>
#include <string>

namespace awps {
namespace {

enum Verdict : int { kGood = 0, kBad = 1, kNotPermitted = 2 };

// A process in a time namespace in which the machine has slept an hour more; -1: not permitted.
pid_t start_process_an_hour_later() {
  const int user = ::geteuid() == 0 ? 0 : CLONE_NEWUSER;  // in which we may make the other
  if (::unshare(user | CLONE_NEWTIME) != 0) return -1;    // the children are in it
  std::ofstream("/proc/self/timens_offsets") << "boottime 3600 0\n";
  const pid_t child = ::fork();
  if (child != 0) return child;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (;;) ::pause();
}

// To enter that namespace is what a sleeping machine looks like: CLOCK_BOOTTIME jumps, and
// CLOCK_MONOTONIC does not. A process with one thread may do it.
Verdict sleep_for_an_hour() {
  const pid_t later = start_process_an_hour_later();
  if (later < 0) return kNotPermitted;
  const int space = ::open(("/proc/" + std::to_string(later) + "/ns/time").c_str(), O_RDONLY);
  const SystemClock clock;
  const Instant before = clock.now();
  const AwakeInstant awake_before = clock.awake_now();
  const bool has_slept = ::setns(space, CLONE_NEWTIME) == 0;
  const Duration passed = clock.now() - before;
  const Duration awake = clock.awake_now() - awake_before;
  ::kill(later, SIGKILL);
  ::waitpid(later, nullptr, 0);
  if (!has_slept) return kNotPermitted;
  constexpr Duration kHour = std::chrono::hours(1);
  constexpr Duration kMinute = std::chrono::minutes(1);
  return passed >= kHour && passed < kHour + kMinute && awake < kMinute ? kGood : kBad;
}

TEST(SystemClock, ReadsTheClockThatGoesOnWhileTheMachineSleeps) {
  const auto read = [] {
    timespec time{};
    ::clock_gettime(CLOCK_BOOTTIME, &time);
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
  };
  const Duration before = read();
  const Duration now = SystemClock().now().time_since_epoch();
  EXPECT_GE(now, before);
  EXPECT_LE(now, read());
}

TEST(SystemClock, GoesOnWhileTheMachineSleeps) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) ::_exit(sleep_for_an_hour());
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_NE(WEXITSTATUS(status), kBad);
  if (WEXITSTATUS(status) == kNotPermitted) std::puts("not tried: it takes a time namespace");
}

}  // namespace
}  // namespace awps
