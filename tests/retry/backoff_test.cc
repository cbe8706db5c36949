#include "retry/backoff.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace awps {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct Row {
  uint32_t failures;
  Duration ceiling;
};

class BackoffDelay : public testing::TestWithParam<Row> {};

TEST_P(BackoffDelay, IsUniformUpToItsCeiling) {
  const RetryOptions options{.base = milliseconds(200), .max = seconds(30)};
  Random random(GetParam().failures);
  constexpr int kDraws = 10'000;
  Duration largest{0};
  double sum = 0;
  for (int i = 0; i < kDraws; ++i) {
    const Duration delay = backoff_delay(options, GetParam().failures, random);
    ASSERT_GE(delay, Duration::zero());
    largest = std::max(largest, delay);
    sum += to_seconds(delay);
  }
  EXPECT_LE(largest, GetParam().ceiling);
  EXPECT_GT(to_seconds(largest), 0.99 * to_seconds(GetParam().ceiling));
  EXPECT_NEAR(sum / kDraws, to_seconds(GetParam().ceiling) / 2,
              0.02 * to_seconds(GetParam().ceiling));
}

INSTANTIATE_TEST_SUITE_P(Failures, BackoffDelay,
                         testing::Values(Row{1, milliseconds(200)}, Row{2, milliseconds(400)},
                                         Row{5, milliseconds(3200)}, Row{8, milliseconds(25600)},
                                         Row{9, seconds(30)}, Row{1000, seconds(30)}));

}  // namespace
}  // namespace awps
