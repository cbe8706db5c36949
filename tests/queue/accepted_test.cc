#include "queue/accepted.h"

#include <gtest/gtest.h>

#include "tests/support/random_actions.h"

namespace awps {
namespace {

using std::chrono::seconds;

TEST(Accepted, IsTheActionThatCame) {
  RandomActions actions(7);
  Arena given(1024);
  Arena arena(1024);
  for (int i = 0; i < 2000; ++i) {
    Action action = actions.next(given);
    const Accepted::Place place{
        .seq = uint64_t(i), .charge = uint32_t(i + 1), .ordered_batch = uint32_t(i % 2)};
    const Accepted& item = Accepted::make(action, place, arena);
    ASSERT_TRUE(same_action(item.action(), action)) << i;
    ASSERT_EQ(item.seq, place.seq);
    ASSERT_EQ(item.charge, place.charge);
    ASSERT_EQ(item.ordered_batch(), place.ordered_batch);
    ASSERT_EQ(item.kind(), action.kind);
    ASSERT_EQ(item.id(), action.id);
    ASSERT_EQ(item.member(), action.member);
    ASSERT_EQ(item.group(), action.group);
    ASSERT_EQ(item.data(), action.data);
    ASSERT_EQ(item.data_size(), action.data.size());
    ASSERT_EQ(item.time_to_live(), action.time_to_live);
  }
}

TEST(Accepted, TakesNoMoreThanItSays) {
  RandomActions actions(8);
  Arena given(1024);
  for (int i = 0; i < 2000; ++i) {
    const Action action = actions.next(given);
    const Accepted::Place place{.ordered_batch = uint32_t(i % 2)};
    const size_t bytes = Accepted::bytes_of(action, place);
    Arena arena(bytes);
    Accepted::make(action, place, arena);
    ASSERT_LE(arena.capacity() - arena.unused(), bytes) << i;
  }
}

TEST(Accepted, WithNothingBesideItsTextsTakesThemAnd48Bytes) {
  Arena arena(1024);
  const Action action{.kind = ActionKind::kSendToGroup, .group = "group", .data = "data"};
  Accepted::make(action, {}, arena);
  EXPECT_EQ(arena.capacity() - arena.unused(), 48U + 9U);
}

TEST(Accepted, HasTheLongestNamesAndTheirNeighbours) {
  const std::string longest(Accepted::kMostNameBytes, 'n');
  Arena arena(1024);
  const Action action{.kind = ActionKind::kAddUserToGroup,
                      .member = longest,
                      .group = longest,
                      .data = "d",
                      .id = longest,
                      .time_to_live = seconds(1)};
  EXPECT_TRUE(same_action(Accepted::make(action, {}, arena).action(), action));
}

TEST(AcceptedDeathTest, ANameThatHasNoRoomIsOurBug) {
  const std::string longer(Accepted::kMostNameBytes + 1, 'n');
  Arena arena(1024);
  EXPECT_DEATH(Accepted::make({.group = longer}, {}, arena), "kMostNameBytes");
}

}  // namespace
}  // namespace awps
