// What a stop keeps of a hub that overflows to disk: what memory has, before what is on disk.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/worker/overflow_rig.h"

namespace awps {
namespace {

using Names = std::vector<std::string>;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(CommitterOverflowStop, AStopKeepsMemoryAndDiskInOrder) {
  CommitterRig rig(overflowing());
  rig.push(1, 10);
  rig.run(milliseconds(10));
  rig.take();
  rig.settle(/*count=*/2, /*skipped=*/3);
  rig.push(1, 9);
  rig.run(seconds(2));
  rig.push(1, 3);
  rig.run(milliseconds(10));
  EXPECT_TRUE(stop(rig));
  rig.kill();
  Names expected = names(1, 1, 3);
  for (const std::string& name : names(1, 6, 22)) expected.push_back(name);
  EXPECT_EQ(rig.drain(), expected);
}

TEST(CommitterOverflowStop, AStopKeepsWhatIsOnlyInMemory) {
  CommitterRig rig(overflowing());
  rig.push(1, 8);
  rig.run(milliseconds(10));
  EXPECT_EQ(rig.disk->used_bytes(), 0U);
  EXPECT_TRUE(stop(rig));
  EXPECT_EQ(rig.safe(), names(1, 1, 8)) << "synced";
  rig.kill();
  EXPECT_EQ(rig.committer->recovery().lost_records, 0U);
  EXPECT_EQ(rig.drain(), names(1, 1, 8));
}

TEST(CommitterOverflowStop, AStopKeepsWhatHasJustCome) {
  CommitterRig rig(overflowing());
  rig.push(1, 4);
  EXPECT_TRUE(stop(rig));
  EXPECT_EQ(rig.reports(), Names{"accepted 1-4"});
  rig.kill();
  EXPECT_EQ(rig.drain(), names(1, 1, 4));
}

// Rounds of everything, each ended by a stop; nothing is lost, and nothing comes twice.
TEST(CommitterOverflowStop, ManyStopsKeepEverythingInOrder) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    RigOptions options = overflowing();
    options.committer.commit_bytes = 2048;
    options.segment_bytes = uint64_t{64} << 10U;
    CommitterRig rig(options);
    Random random(seed);
    Names left;
    for (int round = 0; round < 8; ++round) {
      uint64_t sent = 0;
      for (int step = 0; step < 30; ++step) {
        const int count = static_cast<int>(random.below(12));
        if (count > 0) rig.push(static_cast<uint64_t>(round + 1), count);
        for (const std::string& name :
             names(static_cast<uint64_t>(round + 1), sent + 1, sent + static_cast<uint64_t>(count)))
          left.push_back(name);
        sent += static_cast<uint64_t>(count);
        rig.run(milliseconds(random.below(400)));
        rig.take();
        const size_t done = random.below(rig.held() + 1);
        rig.settle(done);
        left.erase(left.begin(), left.begin() + static_cast<ptrdiff_t>(done));
      }
      ASSERT_TRUE(stop(rig));
      rig.kill();
      ASSERT_EQ(rig.committer->recovery().lost_records, 0U);
      ASSERT_EQ(rig.committer->recovery().records, left.size()) << seed << " " << round;
    }
    EXPECT_EQ(rig.drain(), left) << seed;
  }
}

TEST(CommitterOverflowStop, AStopKeepsMemoryAlsoWhereTheLogIsFull) {
  RigOptions options = overflowing();
  options.hub_max_bytes = 1024;
  CommitterRig rig(options);
  rig.push(1, 10);
  rig.push(1, 7);
  rig.run(seconds(2));
  EXPECT_TRUE(stop(rig));
  rig.kill();
  EXPECT_EQ(rig.drain(), names(1, 1, 17));
}

/// Its log is full, and some waits for room there.
void fill_the_log(CommitterRig& rig) {
  rig.push(1, 10);
  rig.run(milliseconds(10));
  while (rig.room() == Budget::Room::kFree) {
    rig.push(1, 4);
    rig.run(seconds(2));
  }
}

RigOptions with_a_small_log() {
  RigOptions options = overflowing();
  options.segment_bytes = uint64_t{8} << 10U;
  options.hub_max_bytes = uint64_t{24} << 10U;
  options.committer.commit_bytes = 2048;
  return options;
}

TEST(CommitterOverflowStop, WhatAStopKeepsIsToldByOne) {
  CommitterRig rig(with_a_small_log());
  fill_the_log(rig);
  rig.reports();
  close(rig);
  Names of_worker;
  rig.visit_held([&](const Accepted& accepted, const Batch&) {
    of_worker.push_back("kept 1-" + std::to_string(accepted.seq));
  });
  EXPECT_GT(of_worker.size(), 10U) << "also what the log had no room for";
  EXPECT_TRUE(keep_the_head(rig));
  rig.committer->finish();
  const Names told = rig.reports();
  EXPECT_GT(told.size(), 0U);
  for (const std::string& report : told) {
    EXPECT_EQ(std::ranges::count(of_worker, report), 0) << report;
  }
}

TEST(CommitterOverflowStop, WhatAStopKeepsExpiresOnlyThere) {
  CommitterRig rig(with_a_small_log());
  fill_the_log(rig);
  rig.push(1, 6000, seconds(30));  // the doors' queue had room for it
  rig.run(seconds(31));
  close(rig);
  const Committer::Counts before = rig.committer->counts();
  const uint64_t tail = rig.committer->kept();
  EXPECT_TRUE(keep_the_head(rig, /*part_size=*/20'000));
  rig.clock.pass(seconds(20));  // the log is looked through for what has expired
  rig.turn();
  EXPECT_EQ(rig.committer->counts().expired, before.expired);
  EXPECT_EQ(rig.committer->kept(), tail);
  rig.committer->finish();
}

TEST(CommitterOverflowStop, AStopWithAFailedDiskLeavesAllToTheWorker) {
  CommitterRig rig(overflowing());
  rig.push(1, 10);
  rig.push(1, 7);
  rig.run(milliseconds(10));
  rig.disk->fail({.from = rig.disk->operations() + 1, .is_lasting = true});
  close(rig);
  EXPECT_FALSE(keep_the_head(rig));
  EXPECT_EQ(rig.held(), 17U) << "it writes the file of undelivered actions";
  EXPECT_EQ(rig.reports().back(), "accepted 1-17");
  rig.disk->heal();
  rig.committer->finish();
  rig.kill();
  EXPECT_TRUE(rig.drain().empty());
}

}  // namespace
}  // namespace awps
