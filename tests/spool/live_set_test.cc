#include "spool/live_set.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace awps {
namespace {

TEST(LiveSet, IsEmptyAtFirst) {
  const LiveSet live;
  EXPECT_EQ(live.size(), 0U);
  EXPECT_EQ(live.first_from(0), std::nullopt);
}

TEST(LiveSet, RangesCrossItsBlocks) {
  LiveSet live;
  live.add({4000, 10'000});
  EXPECT_EQ(live.size(), 10'000U);
  EXPECT_EQ(live.first_from(0), 4000U);
  EXPECT_EQ(live.remove({4095, 5000}), 5000U);
  EXPECT_EQ(live.first_from(4095), 9095U);
  EXPECT_EQ(live.count({4000, 10'000}), 5000U);
  EXPECT_EQ(live.first_from(14'000), std::nullopt);
}

TEST(LiveSet, GapsLieOnBothSidesOfABlockEdge) {
  LiveSet live;
  EXPECT_EQ(live.first_gap_from(7), 7U) << "nothing is live";
  live.add({4090, 6});
  EXPECT_EQ(live.first_gap_from(4090), 4096U) << "the next block is not there";
  live.add({4096, 4096});
  EXPECT_EQ(live.first_gap_from(4090), 8192U) << "a whole block lies in between";
  live.add({8192, 10});
  for (const Position from : {4090U, 4095U, 4096U, 4097U, 8191U, 8192U, 8201U}) {
    EXPECT_EQ(live.first_gap_from(from), 8202U) << "from " << from;
  }
  EXPECT_EQ(live.first_gap_from(4089), 4089U);
  EXPECT_EQ(live.first_gap_from(8202), 8202U);
  live.remove({4096, 1});
  EXPECT_EQ(live.first_gap_from(4090), 4096U);
  EXPECT_EQ(live.first_gap_from(4097), 8202U);
}

TEST(LiveSet, WhatIsGoneIsNotRemovedTwice) {
  LiveSet live;
  live.add({1, 3});
  EXPECT_EQ(live.remove({2, 1}), 1U);
  EXPECT_EQ(live.remove({1, uint64_t{1} << 62U}), 2U);
  EXPECT_EQ(live.size(), 0U);
}

class LiveSetLikeASet : public testing::TestWithParam<uint32_t> {};

TEST_P(LiveSetLikeASet, InEachStep) {
  std::mt19937 random(GetParam());
  const auto below = [&random](uint64_t bound) { return random() % bound; };
  LiveSet live;
  std::set<Position> model;
  Position next = 1 + below(10'000);
  for (int step = 0; step < 400; ++step) {
    if (below(2) == 0) {
      const uint64_t count = 1 + below(3000);
      live.add({next, count});
      for (uint64_t i = 0; i < count; ++i) model.insert(next + i);
      next += count + below(2) * below(9000);
    } else {
      const PositionRange range{below(next), 1 + below(4000)};
      const auto begin = model.lower_bound(range.first);
      const auto end = model.lower_bound(range.end());
      const auto expected = static_cast<uint64_t>(std::distance(begin, end));
      EXPECT_EQ(live.count(range), expected);
      EXPECT_EQ(live.remove(range), expected);
      model.erase(begin, end);
    }
    ASSERT_EQ(live.size(), model.size());
    const Position from = below(next);
    const auto first = model.lower_bound(from);
    ASSERT_EQ(live.first_from(from),
              first == model.end() ? std::nullopt : std::optional<Position>(*first));
    ASSERT_EQ(live.contains(from), model.contains(from));
    Position gap = from;
    while (model.contains(gap)) ++gap;
    ASSERT_EQ(live.first_gap_from(from), gap);
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, LiveSetLikeASet, testing::Range(0U, 10U));

}  // namespace
}  // namespace awps
