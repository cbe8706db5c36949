#include "metrics/counters.h"

#include <gtest/gtest.h>

#include <thread>

namespace awps {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

struct BucketRow {
  const char* name;
  Duration value;
  size_t bucket;
};

class BucketTest : public testing::TestWithParam<BucketRow> {};

TEST_P(BucketTest, HoldsTheValue) {
  Histogram histogram;
  histogram.add(GetParam().value, 2);
  EXPECT_EQ(histogram.values().counts[GetParam().bucket], 2U);
  EXPECT_EQ(histogram.values().total(), 2U);
}

INSTANTIATE_TEST_SUITE_P(Rows, BucketTest,
                         testing::Values(BucketRow{"Nothing", Duration(0), 0},
                                         BucketRow{"ItsBound", microseconds(100), 0},
                                         BucketRow{"Above", Duration(100'001), 1},
                                         BucketRow{"AMillisecond", milliseconds(1), 6},
                                         BucketRow{"TheLast", seconds(100), 36},
                                         BucketRow{"Beyond", seconds(101), 37}),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(HistogramTest, BoundsAscendAndTheSumIsExact) {
  for (size_t i = 1; i < HistogramValues::kBounds; ++i) {
    EXPECT_LT(Histogram::bounds()[i - 1], Histogram::bounds()[i]);
  }
  Histogram histogram;
  histogram.add(milliseconds(250), 4);
  histogram.add(milliseconds(500));
  EXPECT_DOUBLE_EQ(histogram.values().sum_seconds, 1.5);
}

TEST(SpoolCountersTest, AreReadAsTheyWereCounted) {
  SpoolCounters counters;
  uint64_t number = 0;
#define AWPS_SET(field, ...) counters.field.set(++number);
  AWPS_SPOOL_COUNTERS(AWPS_SET)
  AWPS_SPOOL_ERRORS(AWPS_SET)
  AWPS_SPOOL_GAUGES(AWPS_SET)
#undef AWPS_SET
  counters.oldest_at.set(++number);
  counters.commit.add(milliseconds(2));
  const SpoolValues values = values_of(counters);
  uint64_t expected = 0;
#define AWPS_EXPECT(field, ...) EXPECT_EQ(values.field, ++expected) << #field;
  AWPS_SPOOL_COUNTERS(AWPS_EXPECT)
  AWPS_SPOOL_ERRORS(AWPS_EXPECT)
  AWPS_SPOOL_GAUGES(AWPS_EXPECT)
#undef AWPS_EXPECT
  EXPECT_EQ(values.oldest_at, number);
  EXPECT_EQ(values.commit.total(), 1U);
}

TEST(SpoolCountersTest, EachFailedCallHasItsCounter) {
  SpoolCounters counters;
  counters.errors_of("sync").add(2);
  counters.errors_of("write").add();
  counters.errors_of("list").add(3);
  EXPECT_EQ(counters.errors_sync.value(), 2U);
  EXPECT_EQ(counters.errors_write.value(), 1U);
  EXPECT_EQ(counters.errors_other.value(), 3U);
}

// Without the publication this finds torn readings within some thousand.
TEST(PublicationTest, WhatIsPublishedTogetherIsReadTogether) {
  HubCounters counters;
  const std::jthread writer([&](const std::stop_token& stop) {
    for (uint64_t n = 0; !stop.stop_requested(); ++n) {
      counters.publication.begin();
      counters.accepted.set(3 * n);
      counters.delivered.set(2 * n);
      counters.queued.set(n);
      counters.publication.end();
    }
  });
  for (int i = 0; i < 50'000; ++i) {
    const HubValues values = values_of(counters);
    ASSERT_EQ(values.accepted, values.delivered + values.queued);
  }
}

}  // namespace
}  // namespace awps
