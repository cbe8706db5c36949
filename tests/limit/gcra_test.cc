#include "limit/gcra.h"

#include <gtest/gtest.h>

#include <string>

#include "base/random.h"

namespace awps {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Instant kStart{seconds(100)};

/// How many of the requests that arrive every millisecond pass within `length`.
int passed_within(Gcra& gcra, Instant from, Duration length) {
  int passed = 0;
  for (Instant now = from; now < from + length; now += milliseconds(1)) {
    while (gcra.take(1, now)) ++passed;
  }
  return passed;
}

TEST(Gcra, WithoutARateEverythingPasses) {
  Gcra gcra({.units_per_second = 0});
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(gcra.take(1000, kStart));
  EXPECT_LE(gcra.earliest(), kStart);
}

TEST(Gcra, PassesItsRateAndItsBurst) {
  Gcra gcra({.units_per_second = 1000, .burst = milliseconds(100)});
  // 100 ms of burst, the request that opens the window, and a second of rate.
  EXPECT_NEAR(passed_within(gcra, kStart, seconds(1)), 1101, 1);
  EXPECT_NEAR(passed_within(gcra, kStart + seconds(1), seconds(1)), 1000, 1);
}

TEST(Gcra, WhatWasTakenIsPaidBackSoonerAtAHigherRate) {
  Gcra gcra({.units_per_second = 1, .burst = milliseconds(1)});
  ASSERT_TRUE(gcra.take(10, kStart));
  gcra.hasten(10, kStart + seconds(2));
  EXPECT_EQ(gcra.earliest(), kStart + seconds(2) + milliseconds(800) - milliseconds(1));
  gcra.hasten(10, kStart + seconds(9));
  EXPECT_EQ(gcra.earliest(), kStart + seconds(2) + milliseconds(800) - milliseconds(1))
      << "nothing is owed any more";
}

TEST(Gcra, DoesNotSaveUpMoreThanItsBurstWhileIdle) {
  Gcra gcra({.units_per_second = 100, .burst = milliseconds(50)});
  EXPECT_TRUE(gcra.take(1, kStart));
  const Instant later = kStart + seconds(60);
  int at_once = 0;
  while (gcra.take(1, later)) ++at_once;
  EXPECT_EQ(at_once, 6);  // 50 ms at 100 a second, and the one that opens
}

TEST(Gcra, NeverExceedsItsRateOverAnyInterval) {
  const uint64_t seed = 4711;
  Random random(seed);
  for (int round = 0; round < 200; ++round) {
    const double rate = 1 + static_cast<double>(random.below(5000));
    const Duration burst = milliseconds(random.below(200));
    Gcra gcra({.units_per_second = rate, .burst = burst});
    Instant now = kStart;
    Instant first = kNever;
    double passed = 0;
    for (int i = 0; i < 500; ++i) {
      now += Duration(static_cast<int64_t>(random.below(2'000'000)));
      if (!gcra.take(1, now)) continue;
      first = std::min(first, now);
      ++passed;
      EXPECT_LE(passed - 1, rate * to_seconds(now - first + burst) + 1e-6) << "seed " << seed;
    }
  }
}

TEST(Gcra, SaysWhenItIsWorthAskingAgain) {
  Gcra gcra({.units_per_second = 10, .burst = Duration::zero()});
  EXPECT_TRUE(gcra.take(1, kStart));
  EXPECT_FALSE(gcra.take(1, kStart));
  const Instant earliest = gcra.earliest();
  EXPECT_EQ(earliest, kStart + milliseconds(100));
  EXPECT_FALSE(gcra.take(1, earliest - Duration(1)));
  EXPECT_TRUE(gcra.take(1, earliest));
}

TEST(Gcra, ALargeRequestPassesAndDelaysTheNext) {
  Gcra bytes({.units_per_second = 1000, .burst = milliseconds(10)});
  EXPECT_TRUE(bytes.take(5000, kStart));
  EXPECT_FALSE(bytes.take(1, kStart + seconds(4)));
  EXPECT_TRUE(bytes.take(1, kStart + seconds(5)));
}

TEST(Gcra, TakesBackWhatWasNotUsed) {
  Gcra gcra({.units_per_second = 1, .burst = Duration::zero()});
  EXPECT_TRUE(gcra.take(1, kStart));
  gcra.give_back(1);
  EXPECT_TRUE(gcra.take(1, kStart));
}

struct ExtremeCase {
  const char* name;
  Gcra::Options options;
  int at_once;  // that pass in one moment, of a thousand
};

class GcraExtremes : public testing::TestWithParam<ExtremeCase> {};

TEST_P(GcraExtremes, LimitAsTheyShouldAndStayInRange) {
  Gcra gcra(GetParam().options);
  int passed = 0;
  for (int i = 0; i < 1000; ++i) passed += gcra.take(1, kStart) ? 1 : 0;
  EXPECT_EQ(passed, GetParam().at_once);
  EXPECT_EQ(gcra.available(kStart) > 0, passed == 1000);
  for (int i = 0; i < 1000; ++i) gcra.charge(1e300, kStart);
  EXPECT_FALSE(gcra.take(1, kStart + seconds(3600)));
  EXPECT_GT(gcra.earliest(), kStart);
  EXPECT_LE(gcra.earliest(), kStart + std::chrono::hours(24 * 366)) << "a debt of a year at most";
}

constexpr Duration kYears = std::chrono::hours(24 * 365 * 100);

INSTANTIATE_TEST_SUITE_P(
    Settings, GcraExtremes,
    testing::Values(
        ExtremeCase{"HardlyARate", {.units_per_second = 1e-300}, 1},
        ExtremeCase{
            "HardlyARateAndNoBurst", {.units_per_second = 1e-300, .burst = Duration::zero()}, 1},
        ExtremeCase{"NearlyZero", {.units_per_second = 5e-324}, 1},
        ExtremeCase{"ABurstOfYears", {.units_per_second = 1000, .burst = kYears}, 1000},
        ExtremeCase{"TheLongestBurst", {.units_per_second = 1, .burst = Duration::max()}, 1000},
        ExtremeCase{"ABurstBelowZero", {.units_per_second = 1, .burst = Duration::min()}, 1}),
    [](const auto& c) { return std::string(c.param.name); });

TEST(Gcra, ARateBeyondAllMeasurePassesEverything) {
  Gcra gcra({.units_per_second = 1e300});
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(gcra.take(1, kStart));
  EXPECT_GT(gcra.available(kStart), 1'000'000U);
}

}  // namespace
}  // namespace awps
