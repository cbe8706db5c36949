// A hub that overflows to disk: it writes what memory has no room for, and nothing else.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/worker/overflow_rig.h"

namespace awps {
namespace {

using Names = std::vector<std::string>;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(CommitterOverflow, WritesNothingWhileMemoryHasRoom) {
  CommitterRig rig(overflowing());
  rig.run(seconds(30));
  const uint64_t before = rig.disk->operations();
  for (int i = 0; i < 20; ++i) {
    rig.push(1, 5);
    rig.turn();
    EXPECT_EQ(rig.reports().back(), "accepted 1-" + std::to_string(5 * (i + 1)));
    EXPECT_EQ(rig.take().size(), 5U) << "at once";
    rig.settle(5);
  }
  rig.run(seconds(30));
  EXPECT_EQ(rig.disk->operations(), before);
  EXPECT_TRUE(rig.committer->is_drained());
  EXPECT_EQ(rig.committer->counts().accepted, 100U);
}

TEST(CommitterOverflow, WhatMemoryHasNoRoomForIsAcceptedAndOnDiskASecondLater) {
  CommitterRig rig(overflowing());
  rig.push(1, 10);
  rig.push(1, 7);
  rig.run(milliseconds(10));
  EXPECT_EQ(rig.reports().back(), "accepted 1-17") << "not slowed";
  EXPECT_TRUE(rig.safe().empty());
  rig.run(seconds(1));
  EXPECT_EQ(rig.safe(), names(1, 11, 17));
  EXPECT_EQ(rig.take(), names(1, 1, 10));
  EXPECT_FALSE(rig.committer->is_drained());
  rig.settle(10);
  EXPECT_EQ(rig.drain(), names(1, 11, 17));
  EXPECT_TRUE(rig.committer->is_drained());
  rig.run(seconds(30));
  EXPECT_EQ(rig.disk->used_bytes(), 0U) << "nothing lives there";
}

TEST(CommitterOverflow, AnOverflowThatPassesSoonIsNeverWritten) {
  CommitterRig rig(overflowing());
  rig.push(1, 10);
  rig.push(1, 7);
  rig.run(milliseconds(500));
  EXPECT_EQ(rig.take(), names(1, 1, 10));
  EXPECT_EQ(rig.window_signals, 0);
  rig.settle(10);
  EXPECT_EQ(rig.window_signals, 1) << "it wakes the committer";
  rig.run(milliseconds(10));
  EXPECT_EQ(rig.take(), names(1, 11, 17));
  EXPECT_EQ(rig.counters.commits.value(), 0U);
  EXPECT_EQ(rig.disk->used_bytes(), 0U);
}

TEST(CommitterOverflow, MuchIsWrittenAtOnce) {
  RigOptions options = overflowing();
  options.committer.commit_bytes = 4096;
  CommitterRig rig(options);
  for (int i = 0; i < 20; ++i) rig.push(1, 10);
  rig.run(milliseconds(100));
  EXPECT_GE(rig.counters.commits.value(), 1U);
  EXPECT_GT(rig.safe().size(), 50U);
}

TEST(CommitterOverflow, IsWrittenBeforeAProducerHasToWaitForThat) {
  RigOptions options = overflowing();
  options.arrivals_bytes = 2 * kTen;
  CommitterRig rig(options);
  rig.push(1, 10);
  rig.run(milliseconds(10));
  for (int i = 0; i < 100; ++i) {
    ASSERT_EQ(rig.arrivals->budget().room_for(CommitterRig::kCharge, 0, rig.account(1)),
              Budget::Room::kFree)
        << i;
    rig.push(1, 3);
    rig.run(milliseconds(5));
  }
}

TEST(CommitterOverflow, ATurnEndsAlsoIfMuchComes) {
  CommitterRig rig(overflowing(uint64_t{64} << 20U));
  for (int i = 0; i < 1000; ++i) rig.push(1, 1);
  rig.turn();
  EXPECT_LT(rig.take().size(), 1000U);
  EXPECT_LE(rig.committer->next_turn(), rig.clock.now());
  EXPECT_EQ(rig.drain().back(), "1-1000");
}

TEST(CommitterOverflow, KeepsTheOrderOverManyTurnsOfDiskAndMemory) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    RigOptions options = overflowing();
    options.committer.commit_bytes = 2048;
    options.segment_bytes = uint64_t{64} << 10U;
    CommitterRig rig(options);
    Random random(seed);
    Names got;
    uint64_t sent = 0;
    for (int step = 0; step < 300; ++step) {
      const int count = static_cast<int>(random.below(12));
      if (count > 0) rig.push(1, count);
      sent += static_cast<uint64_t>(count);
      rig.run(milliseconds(random.below(400)));
      for (const std::string& name : rig.take()) got.push_back(name);
      rig.settle(random.below(rig.held() + 1));
    }
    rig.settle(rig.held());
    for (const std::string& name : rig.drain()) got.push_back(name);
    ASSERT_EQ(got, names(1, 1, sent)) << seed;
    EXPECT_GT(rig.counters.commits.value(), 0U) << seed;
    EXPECT_EQ(rig.committer->counts().accepted, sent);
    EXPECT_TRUE(rig.committer->is_drained());
    EXPECT_TRUE(rig.may_free(1));
  }
}

TEST(CommitterOverflow, AKillLeavesWhatWasWritten) {
  CommitterRig rig(overflowing());
  rig.push(1, 10);
  rig.push(1, 7);
  rig.run(seconds(2));
  rig.push(1, 4);
  rig.run(milliseconds(10));
  rig.kill();
  EXPECT_EQ(rig.committer->recovery().lost_records, 0U) << "what was in memory is not counted";
  EXPECT_EQ(rig.drain(), names(1, 11, 17));
}

TEST(CommitterOverflow, AFailedDiskMakesItAHubInMemory) {
  CommitterRig rig(overflowing());
  rig.disk->fail({.from = rig.disk->operations() + 1, .is_lasting = true});
  rig.push(1, 10);
  rig.push(1, 7);
  rig.run(seconds(60));
  for (const std::string& report : rig.reports()) {
    EXPECT_NE(report.substr(0, 7), "refused") << "it was accepted";
  }
  EXPECT_EQ(rig.room(), Budget::Room::kFree) << "there is room in memory";
  EXPECT_EQ(rig.take(), names(1, 1, 10));
  rig.settle(10);
  EXPECT_EQ(rig.drain(), names(1, 11, 17)) << "without the disk";
  rig.push(1, 5);
  rig.turn();
  EXPECT_EQ(rig.take(), names(1, 18, 22)) << "at once, also while the disk is to be tried";
}

TEST(CommitterOverflow, AFailedDiskThatIsWellAgainTakesWhatWaits) {
  CommitterRig rig(overflowing());
  rig.disk->fail({.from = rig.disk->operations() + 1, .is_lasting = true});
  rig.push(1, 10);
  rig.push(1, 7);
  rig.run(seconds(20));
  rig.disk->heal();
  rig.run(seconds(60));
  EXPECT_EQ(rig.safe(), names(1, 11, 17));
  EXPECT_EQ(rig.take(), names(1, 1, 10));
  rig.settle(10);
  EXPECT_EQ(rig.drain(), names(1, 11, 17));
}

TEST(CommitterOverflow, AFailedDiskIsNotTriedWithEachAction) {
  CommitterRig rig(overflowing());
  rig.disk->fail({.from = rig.disk->operations() + 1, .is_lasting = true});
  rig.push(1, 10);
  rig.push(1, 1);
  rig.run(milliseconds(1100));
  const auto failures = [&] {
    uint64_t sum = 0;
#define AWPS_ADD(field, call) sum += rig.counters.field.value();
    AWPS_SPOOL_ERRORS(AWPS_ADD)
#undef AWPS_ADD
    return sum;
  };
  const uint64_t before = failures();
  EXPECT_GE(before, 1U);
  for (int i = 0; i < 50; ++i) {
    rig.push(1, 1);
    rig.run(milliseconds(10));
  }
  EXPECT_EQ(rig.reports().back(), "accepted 1-61");
  EXPECT_EQ(failures(), before) << "it is tried a second later";
}

TEST(CommitterOverflow, AFailedDiskIsNotPolled) {
  for (const Duration interval : {Duration(milliseconds(2)), Duration::zero()}) {
    RigOptions options = overflowing();
    options.committer.commit_interval = interval;
    CommitterRig rig(options);
    rig.disk->fail({.from = rig.disk->operations() + 1, .is_lasting = true});
    rig.push(1, 10);
    rig.push(1, 7);
    rig.run(seconds(60));
    EXPECT_LT(rig.turns_in(seconds(10)), 50);
  }
}

TEST(CommitterOverflow, WithoutDiskAndMemoryDoorsWait) {
  RigOptions options = overflowing();
  options.arrivals_bytes = kTen;
  options.committer.commit_bytes = 1024;
  CommitterRig rig(options);
  rig.disk->fail({.from = rig.disk->operations() + 1, .is_lasting = true});
  for (int i = 0; i < 20; ++i) {
    rig.push(1, 2);
    rig.run(milliseconds(10));
  }
  rig.run(seconds(30));
  EXPECT_EQ(rig.room(), Budget::Room::kHubFull);
  rig.take();
  rig.settle(10);
  EXPECT_EQ(rig.drain(), names(1, 11, 40));
  EXPECT_EQ(rig.room(), Budget::Room::kFree);
}

TEST(CommitterOverflow, AFullDiskIsToldWhereMemoryIsFullToo) {
  RigOptions options = overflowing();
  options.hub_max_bytes = 1024;
  CommitterRig rig(options);
  rig.push(1, 10);
  rig.run(milliseconds(10));
  EXPECT_EQ(rig.room(), Budget::Room::kFree);
  rig.push(1, 7);
  rig.run(seconds(2));
  EXPECT_EQ(rig.room(), Budget::Room::kHubSpoolFull);
  EXPECT_EQ(rig.take(), names(1, 1, 10));
  rig.settle(10);
  rig.run(milliseconds(200));
  EXPECT_EQ(rig.room(), Budget::Room::kFree);
  EXPECT_EQ(rig.take(), names(1, 11, 17));
}

// Nothing is in the group that could have grown old meanwhile.
TEST(CommitterOverflow, DoorsOpenAsSoonAsAFullDiskHasRoomAgain) {
  static constexpr uint64_t kAll = uint64_t{1} << 40U;
  CommitterRig rig(overflowing());
  rig.space->took(kAll);
  rig.push(1, 10);
  rig.push(1, 7);
  rig.run(seconds(2));
  EXPECT_EQ(rig.room(), Budget::Room::kSpoolFull);
  rig.space->gave_back(kAll);
  rig.run(milliseconds(150));
  EXPECT_EQ(rig.room(), Budget::Room::kFree);
  EXPECT_EQ(rig.safe(), names(1, 11, 17));
}

}  // namespace
}  // namespace awps
