// A disk that hangs while the hub stops: the worker leaves, and then the disk answers. What was
// accepted is on disk, or counted as lost; what was not accepted is, or is refused. What the worker
// puts elsewhere does not stay on disk.

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "tests/worker/overflow_rig.h"

namespace awps {
namespace {

using Names = std::vector<std::string>;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// The next call that changes the disk, or the next `call`, hangs, and the worker leaves meanwhile.
class HangingDisk {
 public:
  explicit HangingDisk(CommitterRig& rig, const std::string& call = "") : rig_(rig) {
    rig_.disk->after_change([this, call](const DiskModel::Operation& operation) {
      if (!has_hung && (call.empty() || operation.call == call)) hang();
    });
  }
  ~HangingDisk() { rig_.disk->after_change({}); }

  std::function<void()> meanwhile = [] {};
  /// In a thread of its own.
  std::function<void()> leave = [this] {
    EXPECT_FALSE(rig_.committer->close_window());
    rig_.take();  // for the last time
  };
  bool has_hung = false;

 private:
  void hang() {
    has_hung = true;
    meanwhile();
    rig_.clock.pass(DiskWait::kLongestAnswer);
    std::jthread([this] { leave(); }).join();
  }

  CommitterRig& rig_;
};

Names refused(uint64_t first, uint64_t last) {
  Names all;
  for (uint64_t seq = first; seq <= last; ++seq) {
    all.push_back("refused 1-" + std::to_string(seq) + " line " + std::to_string(100 + seq));
  }
  return all;
}

/// It has segments, and all that it has is in memory: 1-10, and 1-17, which is on disk as well.
void have_segments(CommitterRig& rig) {
  rig.push(1, 10);
  rig.push(1, 7);
  rig.run(seconds(2));
  rig.take();
  rig.settle(9);
  rig.run(seconds(2));
  rig.take();
  rig.settle(/*count=*/6, /*skipped=*/1);
  ASSERT_EQ(rig.committer->kept(), 0U);
  ASSERT_GT(rig.disk->used_bytes(), 0U);
  ASSERT_EQ(rig.held(), 2U);
  rig.reports();
}

TEST(CommitterLeft, WhatComesWhileTheDiskHangsIsOnDiskBeforeItIsAccepted) {
  CommitterRig rig(overflowing());
  have_segments(rig);
  HangingDisk disk(rig);
  disk.meanwhile = [&] { rig.push(1, 5); };
  rig.committer->stop();
  rig.run(seconds(2));  // releases are written
  ASSERT_TRUE(disk.has_hung);
  rig.run(milliseconds(10));
  EXPECT_EQ(rig.reports(), Names{"accepted 1-22"});
  EXPECT_EQ(rig.committer->kept(), 5U);
  rig.committer->finish();
  EXPECT_EQ(rig.committer->lost(), 0U);
  EXPECT_EQ(rig.take(), Names{});
  const Names safe = rig.safe();
  ASSERT_GE(safe.size(), 5U);
  EXPECT_EQ(Names(safe.end() - 5, safe.end()), names(1, 18, 22));
}

TEST(CommitterLeft, WhatTheDiskDoesNotTakeThenIsRefused) {
  CommitterRig rig(overflowing());
  have_segments(rig);
  HangingDisk disk(rig);
  disk.meanwhile = [&] {
    rig.push(1, 5);
    rig.disk->fail({.from = rig.disk->operations() + 1, .is_lasting = true});
  };
  rig.committer->stop();
  rig.run(seconds(2));
  rig.committer->finish();
  ASSERT_TRUE(disk.has_hung);
  EXPECT_EQ(rig.reports(), refused(18, 22));
  EXPECT_EQ(rig.committer->kept() + rig.committer->lost(), 0U);
  EXPECT_EQ(rig.take(), Names{});
}

// The group is accepted before it is written: see committer_overflow.cc.
TEST(CommitterLeft, WhatWasAcceptedAndTheDiskDoesNotTakeIsCountedAndTold) {
  CommitterRig rig(overflowing());
  have_segments(rig);
  rig.push(1, 9);
  rig.run(milliseconds(10));
  rig.push(1, 4);
  rig.run(milliseconds(10));
  EXPECT_EQ(rig.reports().back(), "accepted 1-30");
  HangingDisk disk(rig);
  disk.meanwhile = [&] {
    rig.push(1, 2);
    rig.disk->fail({.from = rig.disk->operations() + 1, .is_lasting = true});
  };
  rig.committer->stop();
  rig.run(seconds(2));
  rig.committer->finish();
  ASSERT_TRUE(disk.has_hung);
  Names expected{"lost 1-27", "lost 1-28", "lost 1-29", "lost 1-30"};
  for (const std::string& report : refused(31, 32)) expected.push_back(report);
  EXPECT_EQ(rig.reports(), expected);
  EXPECT_EQ(rig.committer->lost(), 4U);
  EXPECT_EQ(rig.committer->counts().lost, 4U);
  EXPECT_EQ(rig.held(), 11U) << "the worker has no more than it had";
  EXPECT_TRUE(rig.arrivals->budget().is_empty());
}

TEST(CommitterLeft, AHubThatLeavesItsLogWritesWhatTheWorkerCannotTake) {
  CommitterRig rig({.committer = {.writes = CommitterOptions::Writes::kNothing}});
  rig.push(1, 2);
  rig.run(milliseconds(3));
  rig.drain();
  rig.reports();
  HangingDisk disk(rig, "unlink");  // then it passes everything through
  disk.meanwhile = [&] { rig.push(1, 3); };
  rig.run(seconds(30));
  ASSERT_TRUE(disk.has_hung);
  rig.committer->finish();
  EXPECT_EQ(rig.reports(), (Names{"accepted 1-5", "kept 1-3", "kept 1-4", "kept 1-5"}));
  EXPECT_EQ(rig.safe(), names(1, 3, 5));
  EXPECT_EQ(rig.committer->kept(), 3U);
  EXPECT_EQ(rig.committer->lost(), 0U);
  EXPECT_EQ(rig.take(), Names{});
}

// It was accepted once: its letter is sent again.
TEST(CommitterLeft, WhatIsSentAgainIsNotLeftToTheWorker) {
  CommitterRig rig;
  rig.account(1).reports = nullptr;
  rig.push(1, 3);
  rig.committer->stop();
  HangingDisk disk(rig);
  disk.meanwhile = [&] {
    rig.disk->fail({.from = rig.disk->operations() + 1, .is_lasting = true});
  };
  rig.run(seconds(30));
  ASSERT_TRUE(disk.has_hung);
  rig.committer->finish();
  EXPECT_EQ(rig.committer->lost(), 3U);
  EXPECT_EQ(rig.take(), Names{});
}

// ---- the head

/// No log has 1-10, which came before what the log has, and 1-18 and 1-19.
void have_a_head(CommitterRig& rig) {
  have_segments(rig);
  rig.push(1, 2);
  rig.run(milliseconds(10));
  close(rig);
  ASSERT_EQ(head_of(rig).size(), 3U);
}

// The worker writes it to the file of undelivered actions.
TEST(CommitterLeft, AHeadThatIsWrittenTooLateIsNotSentFromTheLog) {
  for (const char* call : {"write", "sync"}) {
    CommitterRig rig(overflowing());
    have_a_head(rig);
    HangingDisk disk(rig, call);
    std::future<bool> kept =
        std::async(std::launch::async, [&] { return rig.committer->keep(head_of(rig)); });
    disk.leave = [&] { kept.wait(); };
    while (!disk.has_hung) rig.turn();
    EXPECT_FALSE(kept.get());
    rig.committer->finish();
    EXPECT_EQ(rig.safe(), Names{"1-17"}) << call;
    rig.kill();
    EXPECT_EQ(rig.drain(), Names{"1-17"}) << call;
  }
}

TEST(CommitterLeft, AHeadThatNobodyWaitsForIsNotWritten) {
  CommitterRig rig(overflowing());
  have_a_head(rig);
  rig.settle(/*count=*/1, /*skipped=*/1);
  HangingDisk disk(rig);  // as its release is written
  disk.leave = [&] { EXPECT_FALSE(rig.committer->keep(head_of(rig))); };
  rig.clock.pass(seconds(2));
  rig.turn();
  ASSERT_TRUE(disk.has_hung);
  rig.disk->after_change(
      [&](const DiskModel::Operation&) { EXPECT_EQ(std::ranges::count(rig.safe(), "1-10"), 0); });
  rig.run(seconds(2));
  rig.committer->finish();
  EXPECT_EQ(rig.safe(), Names{});
}

TEST(CommitterLeft, AHeadThatIsWaitedForStays) {
  CommitterRig rig(overflowing());
  have_a_head(rig);
  EXPECT_TRUE(keep_the_head(rig));
  rig.committer->finish();
  EXPECT_EQ(rig.safe(), (Names{"1-10", "1-17", "1-18", "1-19"}));
}

}  // namespace
}  // namespace awps
