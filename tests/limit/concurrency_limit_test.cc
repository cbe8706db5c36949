#include "limit/concurrency_limit.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace awps {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

/// A service with `workers` that take `each` for a request; what comes beyond them queues.
Duration answer_time(uint64_t under_way, uint64_t workers, Duration each) {
  const uint64_t rounds = std::max<uint64_t>(1, (under_way + workers - 1) / workers);
  return each * static_cast<int64_t>(rounds);
}

void saturate(ConcurrencyLimit& limit, uint64_t workers, Duration each, int answers) {
  for (int i = 0; i < answers; ++i) {
    const uint64_t under_way = limit.present();
    limit.note_answer(answer_time(under_way, workers, each), under_way);
  }
}

TEST(ConcurrencyLimit, StartsLowAndDoublesWhileTheServiceKeepsUp) {
  ConcurrencyLimit limit(64);
  EXPECT_EQ(limit.present(), 16U);
  saturate(limit, 1000, milliseconds(25), 16);
  EXPECT_EQ(limit.present(), 32U);
  saturate(limit, 1000, milliseconds(25), 32);
  EXPECT_EQ(limit.present(), 64U);
}

TEST(ConcurrencyLimit, NeverBeyondItsBounds) {
  ConcurrencyLimit limit(10);
  saturate(limit, 1000, milliseconds(1), 1000);
  EXPECT_EQ(limit.present(), 10U);
  for (int i = 0; i < 2000; ++i) limit.note_answer(std::chrono::seconds(i), limit.present());
  EXPECT_EQ(limit.present(), 8U);
  ConcurrencyLimit one(1);
  saturate(one, 1000, milliseconds(1), 1000);
  EXPECT_EQ(one.present(), 1U);
}

TEST(ConcurrencyLimit, DoesNotGrowWhileItIsNotReached) {
  ConcurrencyLimit limit(64);
  for (int i = 0; i < 1000; ++i) limit.note_answer(milliseconds(25), 3);
  EXPECT_EQ(limit.present(), 16U);
}

TEST(ConcurrencyLimit, StaysNearWhatTheServiceWorksAtOnce) {
  ConcurrencyLimit limit(1000);
  saturate(limit, 16, milliseconds(5), 20000);
  EXPECT_GE(limit.present(), 16U);
  EXPECT_LE(limit.present(), 64U);
}

TEST(ConcurrencyLimit, ShrinksInABrownOutAndComesBack) {
  ConcurrencyLimit limit(64);
  saturate(limit, 1000, milliseconds(5), 5000);
  ASSERT_EQ(limit.present(), 64U);
  saturate(limit, 1000, milliseconds(100), 500);
  EXPECT_LE(limit.present(), 16U);
  saturate(limit, 1000, milliseconds(5), 2000);
  EXPECT_GE(limit.present(), 48U);
}

TEST(ConcurrencyLimit, SaysWhyItIsWhatItIs) {
  ConcurrencyLimit limit(64);
  EXPECT_NE(limit.reason().find("too few answers"), std::string::npos);
  saturate(limit, 1000, Duration(400'000), 16);
  EXPECT_NE(limit.reason().find("answers take 0.4 ms"), std::string::npos) << limit.reason();
  saturate(limit, 1000, Duration(400'000), 5000);
  EXPECT_NE(limit.reason().find("as many as configured"), std::string::npos);
  saturate(limit, 1000, milliseconds(10), 130);
  EXPECT_NE(limit.reason().find("0.4 ms was the fastest"), std::string::npos) << limit.reason();
}

}  // namespace
}  // namespace awps
