// What is committed, when, and what producers and the worker get of it.

#include "worker/committer.h"

#include "tests/worker/committer_rig.h"

namespace awps {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Names = std::vector<std::string>;

constexpr RigOptions kSmallWindow{.max_queued_bytes = 10 * CommitterRig::kCharge};

TEST(Committer, ALoneActionIsCommittedAtOnce) {
  CommitterRig rig;
  rig.push(1, 1);
  EXPECT_EQ(rig.committer->next_turn(), rig.clock.now());
  rig.turn();
  EXPECT_EQ(rig.reports(), (Names{"accepted 1-1"}));
  EXPECT_EQ(rig.take(), (Names{"1-1"}));
}

TEST(Committer, CommitsBeginNoCloserThanTheInterval) {
  CommitterRig rig;
  rig.push(1, 1);
  rig.turn();
  rig.push(1, 1);
  rig.turn();
  EXPECT_EQ(rig.take(), (Names{"1-1"}));
  EXPECT_EQ(rig.committer->next_turn(), rig.clock.now() + milliseconds(2));
  rig.run(milliseconds(2));
  EXPECT_EQ(rig.take(), (Names{"1-2"}));
}

TEST(Committer, NothingIsToldOrPublishedThatACutWouldLose) {
  CommitterRig rig;
  for (uint64_t i = 0; i < 20; ++i) {
    rig.push(1 + i % 3, static_cast<int>(1 + i % 5));
    rig.disk->after_change([&](const DiskModel::Operation&) {
      ASSERT_EQ(rig.window->size_approx(), 0U);
      ASSERT_TRUE(rig.reports().empty());
    });
    rig.run(milliseconds(1));
    rig.disk->after_change({});
    const Names safe = rig.safe();
    const Names taken = rig.take();
    for (const std::string& name : taken) {
      EXPECT_NE(std::ranges::find(safe, name), safe.end()) << name << " would be lost";
    }
    EXPECT_EQ(rig.reports().empty(), taken.empty());
  }
}

TEST(Committer, ReceiptsAreOneForEachConnectionAndGroup) {
  CommitterRig rig;
  rig.push(1, 3);
  rig.push(2, 1);
  rig.push(1, 2);
  rig.turn();
  EXPECT_EQ(rig.reports(), (Names{"accepted 1-5", "accepted 2-1"}));
  EXPECT_EQ(rig.counters.commits.value(), 1U);
  EXPECT_EQ(rig.counters.commit_actions.value(), 6U);
}

TEST(Committer, AGroupTakesNoMoreThanItsBytes) {
  CommitterRig rig({.committer = {.commit_bytes = 100}});
  rig.push(1, 2);
  rig.push(1, 2);
  rig.turn();
  EXPECT_EQ(rig.reports(), (Names{"accepted 1-2"}));
  rig.run(milliseconds(2));
  EXPECT_EQ(rig.reports(), (Names{"accepted 1-4"}));
}

TEST(Committer, OrderIsKeptFromDirectToTailAndBack) {
  CommitterRig rig(kSmallWindow);
  Names expected;
  Names got;
  for (uint64_t i = 0; i < 40; ++i) {
    rig.push(1, 3);
    rig.run(milliseconds(3));
    if (i % 4 != 0) continue;
    const Names taken = rig.take();
    got.insert(got.end(), taken.begin(), taken.end());
    rig.settle(rig.held() / 2);
  }
  EXPECT_GT(rig.counters.tail_records.value(), 0U) << "the window never was full";
  const Names rest = rig.drain();
  got.insert(got.end(), rest.begin(), rest.end());
  EXPECT_EQ(rig.counters.tail_records.value(), 0U);
  rig.push(1, 1);
  rig.run(milliseconds(3));
  const Names last = rig.take();
  got.insert(got.end(), last.begin(), last.end());
  EXPECT_EQ(got, names(1, 1, 121));
}

TEST(Committer, WhatIsCommittedWhileTheTailIsReadComesBehindIt) {
  CommitterRig rig(kSmallWindow);
  rig.push(1, 9);
  rig.run(milliseconds(3));
  rig.push(1, 200);
  rig.run(milliseconds(3));
  EXPECT_EQ(rig.take(), names(1, 1, 9));
  rig.settle(9);  // the window is empty, and the tail is not
  rig.push(1, 1);
  EXPECT_EQ(rig.drain(), names(1, 10, 210));
}

TEST(Committer, ABatchThatIsLargerThanTheWindowGoesAloneIntoAnEmptyOne) {
  CommitterRig rig(kSmallWindow);
  rig.push(1, 50);
  rig.turn();
  EXPECT_EQ(rig.take(), names(1, 1, 50));
}

TEST(Committer, TheWindowIsFilledAgainBelowHalf) {
  CommitterRig rig(kSmallWindow);
  rig.push(1, 8);
  rig.push(1, 100);
  rig.run(milliseconds(10));
  EXPECT_EQ(rig.take(), names(1, 1, 8));
  rig.settle(2);
  rig.run(milliseconds(10));
  EXPECT_EQ(rig.take(), Names{}) << "six of ten places are in use";
  rig.settle(1);
  rig.turn();
  EXPECT_EQ(rig.take().front(), "1-9");
}

TEST(Committer, AnActionThatComesBackIsAsOldAsItIs) {
  CommitterRig rig(kSmallWindow);
  rig.push(1, 9);
  rig.push(1, 4, seconds(60));
  rig.run(milliseconds(3));
  const Instant accepted = rig.clock.now() - milliseconds(3);
  rig.clock.pass(seconds(7));
  rig.take();
  rig.settle(9);
  rig.turn();
  std::unique_ptr<Batch> batch;
  ASSERT_EQ(rig.window->pop({&batch, 1}), 1U);
  EXPECT_EQ(batch->accepted_at(), accepted);
  EXPECT_EQ(batch->count(), 4U);
  EXPECT_EQ(batch->first()->time_to_live(), seconds(60));
  EXPECT_EQ(&batch->account(), &rig.account(1)) << "its outcomes are told";
}

// ---- releases

TEST(Committer, WhatIsSettledIsReleasedWithinTheIntervalAndSyncedWithinASecond) {
  CommitterRig rig;
  rig.push(1, 3);
  rig.run(milliseconds(150));
  rig.take();
  rig.settle(2);
  rig.run(milliseconds(100));
  EXPECT_EQ(rig.safe(), names(1, 1, 3)) << "not synced";
  rig.run(seconds(1));
  EXPECT_EQ(rig.safe(), names(1, 3, 3));
}

TEST(Committer, AKillRepeatsWhatIsNotReleased) {
  CommitterRig rig;
  rig.push(1, 3);
  rig.run(milliseconds(150));
  rig.take();
  rig.settle(1);
  rig.run(milliseconds(150));
  rig.kill();
  EXPECT_EQ(rig.drain(), names(1, 2, 3));
}

TEST(Committer, AnIdleLogLeavesNothingOnDisk) {
  CommitterRig rig;
  rig.push(1, 3);
  rig.drain();
  rig.run(seconds(30));
  EXPECT_TRUE(rig.disk->names("/spool/hub").empty());
  EXPECT_TRUE(rig.disk->cut(Keep::kNone, 1)->names("/spool/hub").empty()) << "for good";
  rig.push(1, 1);
  EXPECT_EQ(rig.drain(), names(1, 4, 4));
}

// ---- recovery

TEST(Committer, BeginsWithWhatTheLastRunLeft) {
  CommitterRig rig;
  rig.push(1, 3);
  rig.push(2, 2);
  rig.run(milliseconds(3));
  rig.cut(Keep::kNone);
  EXPECT_EQ(rig.committer->counts().accepted, 5U);
  EXPECT_EQ(rig.counters.recovered.value(), 5U);
  rig.push(1, 1);  // another connection with the same number
  const Names all = rig.drain();
  EXPECT_EQ(all, (Names{"1-1", "1-2", "1-3", "2-1", "2-2", "1-1"}));
}

TEST(Committer, ProducersOfAnEarlierRunAreOthers) {
  CommitterRig rig;
  rig.push(7, 1);
  rig.run(milliseconds(3));
  rig.kill();
  rig.push(7, 1);
  rig.run(milliseconds(3));
  std::array<std::unique_ptr<Batch>, 2> batches;
  ASSERT_EQ(rig.window->pop(batches), 2U);
  EXPECT_NE(batches[0]->account().producer, batches[1]->account().producer);
  EXPECT_FALSE(batches[0]->account().wants_outcomes);
  EXPECT_EQ(&batches[1]->account(), &rig.account(7));
}

}  // namespace
}  // namespace awps
