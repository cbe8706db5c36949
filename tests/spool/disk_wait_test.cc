#include "spool/disk_wait.h"

#include <gtest/gtest.h>

namespace awps {
namespace {

class SteppedClock final : public Clock {
 public:
  Instant now() const override { return now_; }
  WallTime wall_now() const override { return {}; }

  Instant now_{std::chrono::seconds(100)};
};

TEST(DiskWait, LastsWhileACallIsUnderWay) {
  SteppedClock clock;
  DiskWait wait(clock);
  EXPECT_EQ(wait.lasts(), Duration::zero());
  const Duration seen = wait.during([&] {
    clock.now_ += std::chrono::seconds(4);
    return wait.lasts();
  });
  EXPECT_EQ(seen, std::chrono::seconds(4));
  EXPECT_EQ(wait.lasts(), Duration::zero());
}

TEST(DiskWait, HangsWhenOneCallHasNoAnswer) {
  SteppedClock clock;
  DiskWait wait(clock);
  for (int i = 0; i < 10; ++i) {  // slow, and it answers
    const bool hangs = wait.during([&] {
      clock.now_ += DiskWait::kLongestAnswer - std::chrono::seconds(1);
      return wait.hangs();
    });
    EXPECT_FALSE(hangs);
  }
  EXPECT_TRUE(wait.during([&] {
    clock.now_ += DiskWait::kLongestAnswer;
    return wait.hangs();
  }));
  EXPECT_FALSE(wait.hangs());
}

}  // namespace
}  // namespace awps
