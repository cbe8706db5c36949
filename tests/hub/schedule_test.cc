#include "hub/schedule.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/random.h"

namespace awps {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr Instant kStart{seconds(1000)};

TEST(Schedule, TimersComeInTheOrderOfTime) {
  const uint64_t seed = 7;
  Random random(seed);
  Schedule schedule;
  std::vector<Operation> operations(500);
  for (Operation& operation : operations) {
    schedule.set_timer(kStart + seconds(random.below(1000)), operation);
  }
  Instant last = kStart;
  for (size_t i = 0; i < operations.size(); ++i) {
    const Instant next = schedule.next_timer();
    EXPECT_GE(next, last) << "seed " << seed;
    EXPECT_EQ(schedule.pop_timer(next - Duration(1)).operation, nullptr);
    EXPECT_NE(schedule.pop_timer(next).operation, nullptr);
    last = next;
  }
  EXPECT_EQ(schedule.next_timer(), kNever);
}

TEST(Schedule, ATimerOfWhatIsGoneIsPassedOver) {
  EntryPool pool;
  Schedule schedule;
  Entry& entry = *pool.make(OrderPlan());
  schedule.set_timer(kStart, entry);
  pool.free(&entry);
  EXPECT_EQ(schedule.pop_timer(kStart).entry, nullptr);
}

TEST(Schedule, DoesNotKeepTheTimersOfWhatIsGone) {
  EntryPool pool;
  Schedule schedule;
  for (int i = 0; i < 100'000; ++i) {
    Entry& entry = *pool.make(OrderPlan());
    schedule.set_timer(kStart + hours(24), entry);
    pool.free(&entry);
  }
  EXPECT_LE(schedule.timers(), 2048U);
}

}  // namespace
}  // namespace awps
