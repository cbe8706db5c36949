#include "worker/log_run.h"

#include <gtest/gtest.h>

namespace awps {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

class TwoClocks final : public Clock {
 public:
  Instant now() const override { return boot; }
  WallTime wall_now() const override { return wall; }

  Instant boot{seconds(100)};
  WallTime wall{hours(500'000)};
};

TEST(LogRun, AClockThatIsSetMakesNothingOldInItsRun) {
  TwoClocks clock;
  const LogRun run(3, clock);
  const uint64_t producer = producer_in_log(3, 7);
  const WallTime accepted = run.now();
  clock.boot += seconds(5);
  clock.wall += hours(1);
  EXPECT_EQ(run.age(accepted, producer), seconds(5));
  const WallTime later = run.now();
  clock.wall -= hours(2);
  EXPECT_EQ(run.age(later, producer), seconds(0));
}

TEST(LogRun, OverARestartWallTimeCounts) {
  TwoClocks clock;
  const LogRun run(3, clock);
  const WallTime accepted = clock.wall - hours(1);
  EXPECT_EQ(run.age(accepted, producer_in_log(2, 7)), hours(1));
  EXPECT_EQ(run.age(clock.wall + hours(1), producer_in_log(2, 7)), hours(0)) << "it was set back";
  EXPECT_EQ(run.age(WallTime{}, producer_in_log(2, 7)), hours(0)) << "it is not known";
}

}  // namespace
}  // namespace awps
