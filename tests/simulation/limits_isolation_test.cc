// Bad neighbours in virtual time: a sick hub among well ones, a noisy producer beside a quiet one.
// What the neighbour notices is compared with the same run without the trouble.

#include <gtest/gtest.h>

#include "tests/simulation/limit_world.h"

namespace awps {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

struct SickHubRow {
  const char* name;
  Mood mood;
};

class OneSickHubOfTen : public testing::TestWithParam<SickHubRow> {
 protected:
  static constexpr size_t kHubs = 10;
  static constexpr double kRate = 100;
  static constexpr Duration kLength = seconds(30);

  static LimitPlan plan(Mood mood) {
    LimitPlan plan{.hubs = kHubs};
    plan.service.mood = [mood](Duration, size_t hub) { return hub == 0 ? mood : Mood::kWell; };
    for (size_t hub = 0; hub < kHubs; ++hub) plan.producers.push_back({.hub = hub, .rate = kRate});
    return plan;
  }
};

TEST_P(OneSickHubOfTen, TheOthersNoticeNothing) {
  LimitWorld alone(plan(Mood::kWell));
  alone.run(kLength);
  LimitWorld world(plan(GetParam().mood));
  world.run(kLength);
  for (size_t hub = 1; hub < kHubs; ++hub) {
    const auto usual = static_cast<double>(alone.delivered(hub));
    EXPECT_GE(static_cast<double>(world.delivered(hub)), 0.99 * usual) << "hub " << hub;
    EXPECT_LE(world.wait_quantile_ms(hub, 0.99), alone.wait_quantile_ms(hub, 0.99) + 1);
  }
  RecordProperty("requests_of_the_sick_hub", std::to_string(world.starts_of(0)));
  RecordProperty("dead_letters", std::to_string(world.outcomes(OutcomeKind::kDeadLettered)));
  RecordProperty("charged", std::to_string(world.charged()));
  EXPECT_LE(static_cast<double>(world.starts_of(0)), static_cast<double>(alone.starts_of(0)))
      << "a sick hub is asked no more than a well one";
}

INSTANTIATE_TEST_SUITE_P(Rows, OneSickHubOfTen,
                         testing::Values(SickHubRow{"fails", Mood::kFails},
                                         SickHubRow{"black_hole", Mood::kBlackHole}),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(Isolation, AProducerAtAThousandTimesTheRateDelaysAQuietOneByAServiceTime) {
  static constexpr Duration kRoundTrip = milliseconds(5);
  LimitPlan plan{.service = {.round_trip = kRoundTrip},
                 .producers = {{.rate = 5}},
                 .endpoint = {.requests_per_second = 1000}};
  LimitWorld alone(plan);
  alone.run(seconds(20));
  plan.producers.push_back({.rate = 5000});
  LimitWorld both(plan);
  both.run(seconds(20));
  const double most = 2 * alone.wait_quantile_ms(0, 0.99) + 1e3 * to_seconds(kRoundTrip);
  RecordProperty("p99_ms", std::to_string(both.wait_quantile_ms(0, 0.99)));
  EXPECT_LE(both.wait_quantile_ms(0, 0.99), most);
  EXPECT_EQ(both.delivered(0), alone.delivered(0));
}

TEST(Isolation, InAnOutageOnlyWhatHasATimeToLiveGrowsStale) {
  LimitPlan plan{.producers = {{.rate = 20}, {.rate = 1, .time_to_live = minutes(1)}},
                 .endpoint = {.requests_per_second = 2000}};
  plan.service.mood = [](Duration at, size_t) {
    return at >= seconds(10) && at < minutes(15) ? Mood::kRefusesConnections : Mood::kWell;
  };
  LimitWorld world(plan);
  world.run(minutes(16));
  EXPECT_EQ(world.outcomes(OutcomeKind::kDeadLettered), 0U);
  EXPECT_EQ(world.charged(), 0U);
  EXPECT_NEAR(static_cast<double>(world.outcomes(OutcomeKind::kExpired)), 15 * 60 - 10 - 60, 3);
}

}  // namespace
}  // namespace awps
