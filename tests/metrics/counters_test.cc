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
