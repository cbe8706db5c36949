#include "queue/sleeper.h"

#include <gtest/gtest.h>

#include <thread>

namespace awps {
namespace {

TEST(Sleeper, IsWokenOnceASleep) {
  int wakes = 0;
  Sleeper sleeper([&] { ++wakes; });
  sleeper.wake_if_asleep();
  EXPECT_EQ(wakes, 0);
  sleeper.prepare();
  sleeper.wake_if_asleep();
  sleeper.wake_if_asleep();
  EXPECT_EQ(wakes, 1);
  sleeper.prepare();
  sleeper.done();
  sleeper.wake_if_asleep();
  EXPECT_EQ(wakes, 1);
}

// Work is published one by one, and each time the sleeper goes to sleep as soon as it can. A lost
// wake-up would leave both waiting for ever.
TEST(Sleeper, LosesNoWakeUp) {
  static constexpr uint64_t kRounds = 30'000;
  std::atomic<uint64_t> work{0};
  std::atomic<uint64_t> done{0};
  std::atomic<uint64_t> wakes{0};
  Sleeper sleeper([&] {
    wakes.fetch_add(1);
    wakes.notify_one();
  });
  std::thread waker([&] {
    for (uint64_t round = 1; round <= kRounds; ++round) {
      work.store(round, std::memory_order_relaxed);
      sleeper.wake_if_asleep();
      for (uint64_t seen = done.load(); seen < round; seen = done.load()) done.wait(seen);
    }
  });
  for (uint64_t finished = 0; finished < kRounds;) {
    const uint64_t seen = wakes.load();
    const uint64_t present = work.load(std::memory_order_relaxed);
    if (present > finished) {
      finished = present;
      done.store(finished);
      done.notify_one();
      continue;
    }
    sleeper.prepare();
    if (work.load(std::memory_order_relaxed) == finished) wakes.wait(seen);
    sleeper.done();
  }
  waker.join();
  EXPECT_EQ(done.load(), kRounds);
}

}  // namespace
}  // namespace awps
