// Deduplication in a hub that overflows to disk: its ids are known as long as the process lives,
// whichever way their actions go.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/worker/overflow_rig.h"

namespace awps {
namespace {

using Names = std::vector<std::string>;
using std::chrono::milliseconds;
using std::chrono::seconds;

RigOptions with_ids() {
  RigOptions options = overflowing();
  options.committer.ids = {.window = seconds(120), .most = 1000};
  return options;
}

Names numbers(int first, int last) {
  Names all;
  for (int i = first; i <= last; ++i) all.push_back(std::to_string(i));
  return all;
}

TEST(CommitterOverflowIds, OfWhatWentToMemoryAreKnown) {
  CommitterRig rig(with_ids());
  rig.push_ids(1, {"a", "b", "a"});
  rig.push_ids(1, {"b", "c"});
  rig.turn();
  EXPECT_EQ(rig.take().size(), 3U);
  EXPECT_EQ(rig.committer->counts().accepted, 3U);
  EXPECT_EQ(rig.committer->counts().duplicates, 2U);
  const Names told = rig.reports();
  EXPECT_EQ(told.back(), "accepted 1-5");
}

TEST(CommitterOverflowIds, OfWhatWaitsToBeWrittenAreKnown) {
  CommitterRig rig(with_ids());
  rig.push(2, 10);
  rig.push_ids(1, numbers(1, 6));
  rig.push_ids(1, numbers(4, 9));
  rig.run(milliseconds(10));
  EXPECT_EQ(rig.committer->counts().accepted, 19U);
  rig.run(seconds(2));
  rig.take();
  rig.settle(10);
  EXPECT_EQ(rig.drain().size(), 9U);
  EXPECT_EQ(rig.committer->counts().duplicates, 3U);
  EXPECT_TRUE(rig.committer->is_drained());
  EXPECT_TRUE(rig.may_free(1));
}

// It is no duplicate of itself.
TEST(CommitterOverflowIds, WhatIsTakenBackToMemoryHasItsEffect) {
  CommitterRig rig(with_ids());
  rig.push(2, 10);
  for (int i = 0; i < 12; ++i) rig.push_ids(1, numbers(3 * i + 1, 3 * i + 3));
  rig.run(milliseconds(10));
  rig.take();
  rig.settle(10);
  rig.run(milliseconds(10));
  EXPECT_GT(rig.take().size(), 0U) << "some, not all of the group";
  EXPECT_LT(rig.held(), 36U);
  rig.run(seconds(2));
  size_t all = rig.held();
  rig.settle(rig.held());
  all += rig.drain().size();
  EXPECT_EQ(all, 36U);
  rig.push_ids(1, numbers(1, 36));
  EXPECT_EQ(rig.drain(), Names{});
  EXPECT_EQ(rig.committer->counts().accepted, 46U);
  EXPECT_TRUE(rig.may_free(1));
}

TEST(CommitterOverflowIds, ABatchOfDuplicatesAloneIsAnsweredInEachState) {
  CommitterRig rig(with_ids());
  rig.push_ids(1, numbers(1, 5));
  rig.push_ids(1, numbers(1, 5));
  rig.run(milliseconds(10));
  EXPECT_EQ(rig.reports().back(), "accepted 1-10");
  rig.push(2, 10);
  rig.push_ids(1, numbers(1, 5));
  rig.run(milliseconds(10));
  const Names told = rig.reports();
  EXPECT_EQ(std::ranges::count(told, "accepted 1-15"), 1);
  rig.take();
  rig.settle(rig.held());
  rig.drain();
  EXPECT_TRUE(rig.committer->is_drained());
  EXPECT_TRUE(rig.may_free(1));
}

TEST(CommitterOverflowIds, AFailedDiskMakesNoDuplicates) {
  CommitterRig rig(with_ids());
  rig.disk->fail({.from = rig.disk->operations() + 1, .is_lasting = true});
  rig.push(2, 10);
  rig.push_ids(1, numbers(1, 6));
  rig.run(seconds(30));
  rig.take();
  rig.settle(10);
  EXPECT_EQ(rig.drain().size(), 6U);
  EXPECT_EQ(rig.committer->counts().duplicates, 0U);
}

// A group that waits to be written: it was accepted when it came.

// Ten of producer 2 fill memory; what producer 1 sends then is in the group.
void fill_memory(CommitterRig& rig) {
  rig.push(2, 10);
  rig.turn();
  (void)rig.reports();
}

TEST(CommitterOverflowIds, ARepeatOfWhatWaitsIsADuplicateOnceThatIsWritten) {
  CommitterRig rig(with_ids());
  fill_memory(rig);
  rig.push_ids(1, {"a"}, "billing");
  rig.run(milliseconds(10));
  EXPECT_EQ(rig.reports(), (Names{"accepted 1-1"}));
  rig.push_ids(3, {"a"}, "billing");
  rig.run(milliseconds(10));
  EXPECT_EQ(rig.reports(), (Names{"accepted 3-1"})) << "it is told in its turn";
  EXPECT_EQ(rig.counters.commits.value(), 0U);
  rig.run(seconds(1));
  EXPECT_EQ(rig.reports(), (Names{"duplicate 3-1"}));
  EXPECT_EQ(rig.safe(), (Names{"1-1"}));
}

TEST(CommitterOverflowIds, ARepeatOfWhatWaitedAndWasNeverWrittenIsADuplicate) {
  CommitterRig rig(with_ids());
  fill_memory(rig);
  rig.push_ids(1, {"a"}, "billing");
  rig.run(milliseconds(10));
  rig.push_ids(3, {"a"}, "billing");
  rig.run(milliseconds(10));
  rig.take();
  rig.settle(10);
  rig.run(milliseconds(10));
  EXPECT_EQ(rig.take(), (Names{"1-1"}));
  EXPECT_EQ(rig.counters.commits.value(), 0U);
  rig.push_ids(4, {"a"}, "billing");
  rig.run(milliseconds(10));
  EXPECT_EQ(rig.reports(), (Names{"accepted 1-1", "accepted 3-1", "duplicate 3-1", "duplicate 4-1",
                                  "accepted 4-1"}));
  EXPECT_EQ(rig.drain(), Names{});
}

TEST(CommitterOverflowIds, ARepeatOfWhatWaitedIsADuplicateBehindAKill) {
  CommitterRig rig(with_ids());
  fill_memory(rig);
  rig.push_ids(1, {"a"}, "billing");
  rig.run(seconds(2));
  EXPECT_EQ(rig.safe(), (Names{"1-1"}));
  rig.kill();
  rig.push_ids(3, {"a"}, "billing");
  EXPECT_EQ(rig.drain(), (Names{"1-1"}));
  EXPECT_EQ(rig.committer->counts().duplicates, 1U);
}

// From its acceptance on an id counts, and not from when it was written, or came to memory.
TEST(CommitterOverflowIds, OfWhatWaitsCountFromItsAcceptance) {
  for (const bool is_disk_good : {true, false}) {
    SCOPED_TRACE(is_disk_good);
    CommitterRig rig(with_ids());
    fill_memory(rig);
    if (!is_disk_good) rig.disk->fail({.from = rig.disk->operations() + 1, .is_lasting = true});
    rig.push_ids(1, {"a"}, "billing");
    rig.run(milliseconds(119'900));
    rig.push_ids(3, {"a"}, "billing");
    rig.run(milliseconds(200));
    rig.push_ids(4, {"a"}, "billing");
    rig.run(seconds(2));
    rig.take();
    rig.settle(10);
    EXPECT_EQ(rig.drain(), (Names{"1-1", "4-1"})) << "120 s later it is something new";
    EXPECT_EQ(rig.committer->counts().duplicates, 1U);
  }
}

TEST(CommitterOverflowIds, OfWhatWaitsCountFromItsAcceptanceBehindAKill) {
  CommitterRig rig(with_ids());
  fill_memory(rig);
  rig.push_ids(1, {"a"}, "billing");
  rig.run(seconds(2));
  rig.kill();
  rig.run(milliseconds(118'100));
  rig.push_ids(3, {"a"}, "billing");
  EXPECT_EQ(rig.drain(), (Names{"1-1", "3-1"}));
}

}  // namespace
}  // namespace awps
