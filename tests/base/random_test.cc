#include "base/random.h"

#include <gtest/gtest.h>

#include <array>
#include <set>

namespace awps {
namespace {

// The first numbers of Blackman and Vigna's xoshiro256** after SplitMix64 has filled the state from
// 0; a second program, written in Python from their papers, gave the same.
TEST(Random, IsXoshiro256StarStarSeededBySplitMix64) {
  Random random(0);
  constexpr std::array<uint64_t, 5> kReference = {0x99ec5f36cb75f2b4, 0xbf6e1f784956452a,
                                                  0x1a5f849d4933e6e0, 0x6aa594f1262d2d2c,
                                                  0xbba5ad4a1f842e59};
  for (const uint64_t expected : kReference) EXPECT_EQ(random.next(), expected);
}

TEST(Random, RepeatsFromItsSeed) {
  Random a(42);
  Random b(42);
  Random c(43);
  int same = 0;
  for (int i = 0; i < 100; ++i) {
    const uint64_t value = a.next();
    EXPECT_EQ(value, b.next());
    same += value == c.next() ? 1 : 0;
  }
  EXPECT_EQ(same, 0);
}

TEST(Random, BelowStaysBelowAndReachesAll) {
  Random random(1);
  std::array<int, 7> counts{};
  for (int i = 0; i < 7000; ++i) {
    const uint64_t value = random.below(7);
    ASSERT_LT(value, 7U);
    ++counts[value];
  }
  // Six standard deviations of a binomial distribution around 1000.
  for (const int count : counts) EXPECT_NEAR(count, 1000, 176);
  EXPECT_EQ(random.below(1), 0U);
  EXPECT_EQ(random.below(0), 0U);
}

TEST(Random, BelowReachesLargeValues) {
  Random random(2);
  uint64_t greatest = 0;
  for (int i = 0; i < 1000; ++i) greatest = std::max(greatest, random.below(UINT64_MAX));
  EXPECT_GT(greatest, UINT64_MAX / 100 * 98);
}

TEST(Random, UnitIsFromZeroUpToOne) {
  Random random(3);
  double sum = 0;
  for (int i = 0; i < 10'000; ++i) {
    const double value = random.unit();
    ASSERT_GE(value, 0.0);
    ASSERT_LT(value, 1.0);
    sum += value;
  }
  EXPECT_NEAR(sum / 10'000, 0.5, 0.02);
}

TEST(Random, ChanceHoldsAtItsEnds) {
  Random random(4);
  for (int i = 0; i < 1000; ++i) {
    EXPECT_FALSE(random.chance(0));
    EXPECT_TRUE(random.chance(1));
  }
}

TEST(SeedFromSystem, DiffersEachTime) {
  std::set<uint64_t> seeds;
  for (int i = 0; i < 20; ++i) seeds.insert(seed_from_system());
  EXPECT_EQ(seeds.size(), 20U);
}

}  // namespace
}  // namespace awps
