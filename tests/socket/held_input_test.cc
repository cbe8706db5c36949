#include "socket/held_input.h"

#include <gtest/gtest.h>

namespace awps {
namespace {

using Bytes = HeldInput::Bytes;

constexpr HeldInput::Options kOptions{
    .max_bytes = 1'000'000, .max_line_bytes = 200'000, .max_connections = 50};
constexpr size_t kShare = 10'000;
constexpr size_t kCommon = 790'000;  // but for one line of 200,000 and a share
constexpr size_t kRead = 100'000;

struct Harness {
  HeldInput held{kOptions, [this] { ++calls; }};
  int calls = 0;

  void connect(uint64_t number, const Bytes& bytes = {}) {
    held.add_connection();
    held.change(number, {}, bytes);
  }
};

TEST(HeldInput, CountsEachConnectionWithAtLeastItsShare) {
  Harness harness;
  harness.connect(1);
  EXPECT_EQ(harness.held.counted_bytes(), kShare);
  harness.held.change(1, {}, {.arriving = 9000, .waiting = 500});
  EXPECT_EQ(harness.held.counted_bytes(), kShare);
  harness.held.change(1, {.arriving = 9000, .waiting = 500}, {.arriving = 0, .waiting = 15'000});
  EXPECT_EQ(harness.held.counted_bytes(), 15'000);
  harness.held.remove_connection(1, {.arriving = 0, .waiting = 15'000});
  EXPECT_EQ(harness.held.counted_bytes(), 0);
  EXPECT_TRUE(harness.held.is_stuck());
}

TEST(HeldInput, ReadsInPiecesNearTheBound) {
  Harness harness;
  harness.connect(1, {.arriving = kCommon - 50'000});
  EXPECT_EQ(harness.held.may_read(1, {.arriving = kCommon - 50'000}, kRead), 50'000U);
}

TEST(HeldInput, LeavesEachItsShareAtTheBound) {
  Harness harness;
  harness.connect(1, {.waiting = 1'000'000});
  harness.connect(2);
  EXPECT_EQ(harness.held.may_read(2, {}, kRead), kShare);
  EXPECT_EQ(harness.held.may_read(2, {.arriving = 9'999}, kRead), 1U);
  harness.held.change(2, {}, {.arriving = kShare});
  EXPECT_EQ(harness.held.may_read(2, {.arriving = kShare}, kRead), 0U);
}

TEST(HeldInput, LetsOneLineAfterTheOtherComeToItsEnd) {
  Harness harness;
  const Bytes half{.arriving = kCommon / 2};
  harness.connect(1, half);
  harness.connect(2, half);
  EXPECT_EQ(harness.held.may_read(1, half, kRead), kRead);
  EXPECT_TRUE(harness.held.is_favourite(1));
  EXPECT_EQ(harness.held.may_read(2, half, kRead), 0U);
  EXPECT_TRUE(harness.held.must_wait(2, half, kRead));
  EXPECT_TRUE(harness.held.anyone_waits());
  // The first line is complete; its hub is full.
  harness.held.change(1, half, {.arriving = 0, .waiting = kCommon / 2});
  EXPECT_EQ(harness.calls, 1);
  EXPECT_FALSE(harness.held.anyone_waits());
  EXPECT_EQ(harness.held.may_read(2, half, kRead), kRead);
  EXPECT_TRUE(harness.held.is_favourite(2));
}

TEST(HeldInput, TheFavouriteStopsAtTheBound) {
  Harness harness;
  const Bytes all{.arriving = 1'000'000};
  harness.connect(1, all);
  EXPECT_EQ(harness.held.may_read(1, all, kRead), 0U);
  EXPECT_TRUE(harness.held.is_favourite(1));
  EXPECT_TRUE(harness.held.is_stuck()) << "nothing of it becomes free by itself";
  harness.connect(2, {.waiting = 1});
  EXPECT_FALSE(harness.held.is_stuck());
}

TEST(HeldInput, TellsThoseWhoWaitWhatBecomesFree) {
  Harness harness;
  const Bytes waits{.waiting = 1'000'000};
  const Bytes own{.arriving = 20'000};
  harness.connect(1, waits);
  harness.connect(2, own);
  ASSERT_TRUE(harness.held.must_wait(2, own, kRead));
  harness.held.remove_connection(1, waits);
  EXPECT_EQ(harness.calls, 1);
  EXPECT_FALSE(harness.held.must_wait(2, own, kRead));
}

TEST(HeldInput, AFavouriteThatLeavesMakesRoomForAnother) {
  Harness harness;
  const Bytes half{.arriving = kCommon / 2};
  harness.connect(1, half);
  harness.connect(2, half);
  ASSERT_EQ(harness.held.may_read(1, half, kRead), kRead);
  ASSERT_TRUE(harness.held.must_wait(2, half, kRead));
  harness.held.remove_connection(1, half);
  EXPECT_GT(harness.calls, 0);
  EXPECT_EQ(harness.held.may_read(2, half, kRead), kRead);
}

}  // namespace
}  // namespace awps
