#include "spool/log_state.h"

#include <gtest/gtest.h>

namespace awps {
namespace {

// Segments 1, 2, …, of 1,000 bytes; each with ten records of ten bytes.
LogState with_segments(uint64_t count) {
  LogState state;
  for (uint64_t number = 1; number <= count; ++number) {
    const Position first = 10 * number - 9;
    state.segments().push_back({.number = number, .bytes = 1000, .first = first, .next = first});
    state.add({first, 10}, 100);
  }
  return state;
}

TEST(LogState, CountsWhatLivesInEachSegment) {
  LogState state = with_segments(3);
  EXPECT_EQ(state.release({8, 5}), 5U);
  EXPECT_EQ(state.release({8, 5}), 0U);
  EXPECT_EQ(state.segments()[0].live, 7U);
  EXPECT_EQ(state.segments()[1].live, 8U);
  EXPECT_EQ(state.live().size(), 25U);
}

TEST(LogState, OnlyTheFirstSegmentGoesAndNeverTheLast) {
  LogState state = with_segments(2);
  EXPECT_EQ(state.release({11, 10}), 10U);
  EXPECT_EQ(state.to_go(), nullptr);
  state.release({1, 10});
  ASSERT_NE(state.to_go(), nullptr);
  EXPECT_EQ(state.to_go()->number, 1U);
  state.drop_first();
  EXPECT_EQ(state.to_go(), nullptr);
}

TEST(LogState, AMovedRecordLivesWhereItWasMovedTo) {
  LogState state = with_segments(2);
  EXPECT_TRUE(state.move(3, {.segment = 2, .length = 10}));
  EXPECT_EQ(state.segments()[0].live, 9U);
  EXPECT_EQ(state.segments()[1].moved_live, 1U);
  EXPECT_TRUE(state.is_in(state.segments()[1], 3));
  EXPECT_FALSE(state.is_in(state.segments()[0], 3));
  EXPECT_EQ(state.release({1, 10}), 10U);
  EXPECT_EQ(state.segments()[0].live, 0U);
  EXPECT_EQ(state.segments()[1].moved_live, 0U);
  EXPECT_EQ(state.segments()[1].moved_bytes, 0U);
}

TEST(LogState, ARecordThatIsGoneIsNotMoved) {
  LogState state = with_segments(2);
  state.release({3, 1});
  EXPECT_FALSE(state.move(3, {.segment = 2, .length = 10}));
  EXPECT_TRUE(state.moved().empty());
}

TEST(LogState, AMovedRecordOutlivesItsFirstSegment) {
  LogState state = with_segments(2);
  state.move(3, {.segment = 2, .length = 10});
  state.release({1, 2});
  state.release({4, 7});
  state.drop_first();
  EXPECT_EQ(state.home_of(3), nullptr);
  EXPECT_TRUE(state.live().contains(3));
  EXPECT_EQ(state.release({3, 1}), 1U);
}

TEST(LogState, RecoveryFindsAMovedRecordWithoutItsFirstSegment) {
  LogState state;
  state.segments().push_back({.number = 5, .bytes = 1000, .first = 41, .next = 41});
  state.restore(3, {.segment = 5, .length = 10});
  EXPECT_TRUE(state.live().contains(3));
  EXPECT_EQ(state.segments()[0].moved_live, 1U);
}

TEST(LogState, MovesOnceMuchIsKeptByLittle) {
  LogState few = with_segments(8);
  few.release({2, 79});
  EXPECT_FALSE(few.wants_moving()) << "8 segments are free";
  LogState much = with_segments(9);
  much.release({2, 89});
  EXPECT_TRUE(much.wants_moving());
  LogState full = with_segments(9);
  for (Segment& segment : full.segments()) segment.bytes = 110;
  EXPECT_FALSE(full.wants_moving()) << "all of it lives";
}

TEST(LogState, TheAgeIsThatOfTheOldest) {
  LogState state;
  state.segments().push_back({.number = 1, .bytes = 1000});
  const WallTime begin{std::chrono::seconds(100)};
  EXPECT_EQ(state.oldest_since(), std::nullopt);
  state.mark_time(1, begin);
  state.add({1, 10}, 100);
  state.mark_time(11, begin + std::chrono::milliseconds(10));  // too soon after the last
  state.add({11, 10}, 100);
  state.mark_time(21, begin + std::chrono::seconds(5));
  state.add({21, 10}, 100);
  EXPECT_EQ(state.oldest_since(), begin);
  state.release({1, 15});
  EXPECT_EQ(state.oldest_since(), begin);
  state.release({16, 5});
  EXPECT_EQ(state.oldest_since(), begin + std::chrono::seconds(5));
}

TEST(LogState, AStragglerIsAtLeastAsOldAsWhatIsKnown) {
  const WallTime begin{std::chrono::hours(1)};
  LogState state;
  state.segments().push_back({.number = 9, .first = 40, .next = 40});
  state.mark_time(40, begin);
  state.restore(7, {.segment = 9});
  EXPECT_EQ(state.oldest_since(), begin);
}

TEST(LogState, AYearOfMarksIsAFewThousand) {
  LogState state;
  state.segments().push_back({.number = 1, .bytes = 1000});
  state.add({1, 100'000}, 100'000);
  for (int i = 0; i < 100'000; ++i) {
    state.mark_time(static_cast<Position>(i + 1), WallTime(std::chrono::seconds(i)));
  }
  state.release({1, 49'999});
  const WallTime since = *state.oldest_since();
  EXPECT_LE(since, WallTime(std::chrono::seconds(49'999)));
  EXPECT_GE(since, WallTime(std::chrono::seconds(49'999 - 100)));
}

}  // namespace
}  // namespace awps
