// A log that has no more room, and a producer that has none.

#include "tests/worker/committer_rig.h"

namespace awps {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Names = std::vector<std::string>;
using Room = Budget::Room;

constexpr RigOptions kSmallDisk{
    .max_queued_bytes = uint64_t{1} << 20U, .hub_max_bytes = 3 * 8192, .segment_bytes = 8192};

TEST(CommitterFull, AFullLogMakesDoorsWaitAndLosesNothing) {
  CommitterRig rig(kSmallDisk);
  uint64_t pushed = 0;
  for (; rig.room() == Room::kFree && pushed < 1000; ++pushed) {
    rig.push(1, 1);
    rig.run(milliseconds(3));
  }
  EXPECT_EQ(rig.room(), Room::kHubSpoolFull);
  rig.push(1, 4);  // of those that did not know it yet
  rig.run(seconds(20));
  EXPECT_EQ(rig.room(), Room::kHubSpoolFull);
  const Names taken = rig.take();
  EXPECT_EQ(taken, names(1, 1, taken.size())) << "the rest waits";
  EXPECT_GE(taken.size() + 1, pushed);
  rig.settle(taken.size());
  rig.run(seconds(3));
  EXPECT_EQ(rig.room(), Room::kFree);
  EXPECT_EQ(rig.take(), names(1, taken.size() + 1, pushed + 4));
  EXPECT_EQ(rig.safe(), names(1, taken.size() + 1, pushed + 4));
}

// Room for two segments; as with a quota, what is free does not tell it.
constexpr RigOptions kQuota{.max_queued_bytes = 10 * CommitterRig::kCharge,
                            .segment_bytes = 8192,
                            .disk_bytes = 2 * 8192,
                            .tells_free_bytes = false};

TEST(CommitterFull, WhatWaitsForRoomIsNotAcceptedAndOvertakesNothing) {
  CommitterRig rig(kQuota);
  uint64_t pushed = 0;
  for (; rig.room() == Room::kFree && pushed < 1000; pushed += 10) {
    rig.push(1, 10);
    rig.run(milliseconds(3));
  }
  const uint64_t accepted = pushed - 10;
  EXPECT_EQ(rig.room(), Room::kDiskFull);
  EXPECT_EQ(rig.reports().back(), "accepted 1-" + std::to_string(accepted));
  Names all = rig.take();
  rig.settle(3);
  rig.run(seconds(1));
  EXPECT_EQ(rig.safe(), names(1, 4, accepted)) << "releases have room";
  EXPECT_EQ(rig.reports(), Names{});
  EXPECT_EQ(rig.room(), Room::kDiskFull);
  for (const std::string& name : rig.drain()) all.push_back(name);
  EXPECT_EQ(all, names(1, 1, pushed)) << "what is delivered makes room";
  EXPECT_EQ(rig.room(), Room::kFree);
}

// As with a quota: what is free is not what it gets.
TEST(CommitterFull, ADiskThatIsFoundFullByTryingIsFullAndHasNotFailed) {
  CommitterRig rig;
  rig.disk->fail({.from = 1, .code = 28, .is_lasting = true});
  rig.push(1, 2);
  rig.run(seconds(20));
  EXPECT_EQ(rig.room(), Room::kDiskFull);
  EXPECT_EQ(rig.reports(), Names{});
  EXPECT_EQ(rig.counters.failed.value(), 0U);
  rig.disk->heal();
  rig.run(seconds(1));
  EXPECT_EQ(rig.reports(), (Names{"accepted 1-2"}));
  EXPECT_EQ(rig.room(), Room::kFree);
}

TEST(CommitterFull, AFullLogOpensAgainAlsoIfNothingWaits) {
  CommitterRig rig(kSmallDisk);
  uint64_t pushed = 0;
  for (; rig.room() == Room::kFree && pushed < 1000; ++pushed) {
    rig.push(1, 1);
    rig.run(milliseconds(3));
  }
  rig.take();
  rig.settle(rig.held());
  rig.run(seconds(3));
  EXPECT_EQ(rig.room(), Room::kFree);
}

TEST(CommitterFull, AFullLogIsLookedThroughForWhatNobodyWantsAnyMore) {
  CommitterRig rig({.max_queued_bytes = 10 * CommitterRig::kCharge,
                    .hub_max_bytes = 3 * 8192,
                    .segment_bytes = 8192});
  rig.push(1, 9);
  rig.run(milliseconds(3));
  uint64_t pushed = 9;
  for (; rig.room() == Room::kFree && pushed < 1000; ++pushed) {
    rig.push(1, 1, pushed % 2 == 0 ? seconds(5) : Duration::zero());
    rig.run(milliseconds(3));
  }
  EXPECT_EQ(rig.take(), names(1, 1, 10)) << "so the window has no room";
  (void)rig.reports();
  rig.run(seconds(30));
  const Names reports = rig.reports();
  EXPECT_GE(reports.size(), 15U);
  for (const std::string& report : reports) EXPECT_EQ(report.find("expired 1-"), 0U) << report;
  EXPECT_EQ(rig.committer->counts().expired, reports.size());
}

TEST(CommitterFull, AProducerHasItsShareOfTheDisk) {
  CommitterRig rig({.max_queued_bytes = 10 * CommitterRig::kCharge,
                    .committer = {.producer_spool_bytes = 1000}});
  rig.push(1, 9);
  rig.push(1, 30);
  rig.push(2, 1);
  rig.run(milliseconds(3));
  Budget& budget = rig.arrivals->budget();
  EXPECT_EQ(budget.room_for(1, 0, rig.account(1)), Room::kProducerSpoolFull);
  EXPECT_EQ(budget.room_for(1, 0, rig.account(2)), Room::kFree);
  rig.run(seconds(2));
  const std::vector<TailHolder> holders = rig.committer->holders();
  ASSERT_EQ(holders.size(), 2U);
  EXPECT_EQ(holders[0].connection, 1U);
  EXPECT_GT(holders[0].bytes, holders[1].bytes);
  EXPECT_TRUE(budget.must_wait(1, rig.account(1)));
  const int before = rig.room_signals;
  rig.drain();
  EXPECT_GT(rig.room_signals, before);
  EXPECT_EQ(budget.room_for(1, 0, rig.account(1)), Room::kFree);
}

// What it reads gives the producer room again: so the read is under way then.
TEST(CommitterFull, ADiskThatIsReadIsWaitedForAsOneThatIsWritten) {
  CommitterRig rig({.max_queued_bytes = 10 * CommitterRig::kCharge,
                    .committer = {.producer_spool_bytes = 1000}});
  rig.push(1, 9);
  rig.push(1, 30);
  rig.run(milliseconds(3));
  EXPECT_TRUE(rig.arrivals->budget().must_wait(1, rig.account(1)));
  Duration longest{};
  rig.on_room = [&] {
    rig.clock.pass(seconds(5));
    longest = std::max(longest, rig.committer->disk().lasts());
  };
  rig.drain();
  EXPECT_GE(longest, seconds(5));
  EXPECT_EQ(rig.committer->disk().lasts(), Duration::zero());
}

}  // namespace
}  // namespace awps
