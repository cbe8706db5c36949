// Rates, percentiles and the coalescing ratio of an interval between two readings.

#include "daemon/awpsctl/view/interval.h"

#include <gtest/gtest.h>

namespace awps {
namespace {

struct PercentileCase {
  const char* name;
  std::vector<uint64_t> counts;  // of buckets that end at 1, 2, 4 and beyond
  double share;
  std::optional<double> expected;
};
void PrintTo(const PercentileCase& row, std::ostream* out) {
  *out << row.name;
}

const PercentileCase kPercentiles[] = {
    {"OfNothing", {0, 0, 0, 0}, 0.5, std::nullopt},
    {"WithinTheFirst", {10, 0, 0, 0}, 0.5, 0.5},
    {"WithinALater", {0, 10, 0, 0}, 0.5, 1.5},
    {"AtABound", {5, 5, 0, 0}, 0.5, 1.0},
    {"OverTwo", {50, 50, 0, 0}, 0.75, 1.5},
    {"TheTail", {98, 0, 2, 0}, 0.99, 3.0},
    {"All", {1, 1, 1, 0}, 1.0, 4.0},
    {"BeyondTheLastBound", {0, 0, 0, 7}, 0.5, 4.0},
};

class Percentiles : public testing::TestWithParam<PercentileCase> {};

TEST_P(Percentiles, AreInterpolated) {
  const HistogramReading histogram{{1, 2, 4}, GetParam().counts};
  const std::optional<double> found = percentile(histogram, GetParam().share);
  ASSERT_EQ(found.has_value(), GetParam().expected.has_value());
  if (found) {
    EXPECT_NEAR(*found, *GetParam().expected, 1e-9);
  }
}

INSTANTIATE_TEST_SUITE_P(All, Percentiles, testing::ValuesIn(kPercentiles),
                         [](const auto& row) { return std::string(row.param.name); });

StatusReading reading(double uptime, uint64_t accepted, uint64_t delivered, uint64_t requests) {
  StatusReading status;
  status.pid = 71;
  status.started_at = "then";
  status.uptime_seconds = uptime;
  HubReading& hub = status.hubs.emplace_back();
  hub.name = "chat";
  hub.actions.accepted = accepted;
  hub.actions.delivered = delivered;
  hub.requests.started = requests;
  hub.delivery = {{1, 2}, {delivered, 0, 0}};
  return status;
}

TEST(Interval, HasRatesBySecondsOfTheDaemonsOwnClock) {
  const auto interval = interval_between(reading(10, 100, 50, 10), reading(12, 300, 250, 20));
  ASSERT_TRUE(interval);
  EXPECT_DOUBLE_EQ(interval->seconds, 2);
  const HubInterval& hub = *interval->hubs[0];
  EXPECT_DOUBLE_EQ(hub.accepted, 100);
  EXPECT_DOUBLE_EQ(hub.delivered, 100);
  EXPECT_DOUBLE_EQ(hub.requests, 5);
  EXPECT_DOUBLE_EQ(*hub.ratio, 20);
  EXPECT_DOUBLE_EQ(*hub.delivery_p50, 0.5);
}

TEST(Interval, OfNoRequestsHasNoRatio) {
  const auto interval = interval_between(reading(1, 5, 5, 5), reading(2, 5, 5, 5));
  ASSERT_TRUE(interval);
  EXPECT_FALSE(interval->hubs[0]->ratio);
  EXPECT_FALSE(interval->hubs[0]->delivery_p99);
}

TEST(Interval, OfTwoProcessesIsNone) {
  StatusReading later = reading(2, 1, 1, 1);
  later.pid = 72;
  EXPECT_FALSE(interval_between(reading(1, 5, 5, 5), later));
  later = reading(2, 6, 6, 6);
  later.started_at = "later";
  EXPECT_FALSE(interval_between(reading(1, 5, 5, 5), later));
}

TEST(Interval, WithoutTimeIsNone) {
  EXPECT_FALSE(interval_between(reading(1, 5, 5, 5), reading(1, 6, 6, 6)));
}

TEST(Interval, OfAHubThatIsNewIsNone) {
  StatusReading later = reading(2, 6, 6, 6);
  later.hubs.emplace_back().name = "news";
  const auto interval = interval_between(reading(1, 5, 5, 5), later);
  ASSERT_TRUE(interval);
  EXPECT_TRUE(interval->hubs[0]);
  EXPECT_FALSE(interval->hubs[1]);
}

TEST(Interval, SinceTheStartHasAllThatWasCounted) {
  const auto interval = interval_since_start(reading(10, 100, 50, 10));
  ASSERT_TRUE(interval);
  EXPECT_DOUBLE_EQ(interval->hubs[0]->delivered, 5);
  EXPECT_TRUE(interval->hubs[0]->delivery_p50);
}

TEST(Difference, OfOtherBucketsIsNothing) {
  EXPECT_TRUE(difference({{1, 2}, {1, 1, 1}}, {{1, 3}, {2, 2, 2}}).counts.empty());
}

}  // namespace
}  // namespace awps
