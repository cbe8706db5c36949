// What a committer does with producers that ask for deduplication.

#include "tests/worker/committer_rig.h"
#include "worker/committer.h"

namespace awps {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Names = std::vector<std::string>;

RigOptions with_ids(RigOptions options = {}) {
  options.committer.ids = {.window = seconds(120), .most = 1000};
  return options;
}

void break_disk(CommitterRig& rig) {
  rig.disk->fail({.from = rig.disk->operations() + 1, .is_lasting = true});
}

// Nothing of these producers is held anywhere.
void expect_nothing_held(CommitterRig& rig, uint64_t producers) {
  for (uint64_t producer = 1; producer <= producers; ++producer) {
    EXPECT_TRUE(rig.may_free(producer)) << producer;
  }
  EXPECT_TRUE(rig.arrivals->budget().is_empty());
  EXPECT_TRUE(rig.window->budget().is_empty());
}

TEST(CommitterIds, ADuplicateInTheSameBatchHasNoEffect) {
  CommitterRig rig(with_ids());
  rig.push_ids(1, {"a", "a", "b"});
  rig.turn();
  EXPECT_EQ(rig.reports(), (Names{"duplicate 1-2", "accepted 1-3"}));
  EXPECT_EQ(rig.safe(), (Names{"1-1", "1-3"}));
  EXPECT_EQ(rig.take(), (Names{"1-1", "1-3"}));
  rig.settle(2);
  expect_nothing_held(rig, 1);
  EXPECT_EQ(rig.committer->counts().accepted, 2U);
  EXPECT_EQ(rig.committer->counts().duplicates, 1U);
  EXPECT_EQ(rig.counters.commit_actions.value(), 2U);
}

TEST(CommitterIds, ADuplicateInTheSameGroupHasNoEffect) {
  CommitterRig rig(with_ids());
  rig.push_ids(1, {"a"}, "billing");
  rig.push_ids(2, {"a", "b"}, "billing");
  rig.turn();
  EXPECT_EQ(rig.reports(), (Names{"duplicate 2-1", "accepted 1-1", "accepted 2-2"}));
  EXPECT_EQ(rig.take(), (Names{"1-1", "2-2"}));
}

TEST(CommitterIds, OtherProducersHaveOtherIds) {
  CommitterRig rig(with_ids());
  rig.push_ids(1, {"a"}, "billing");
  rig.push_ids(2, {"a"}, "orders");
  rig.turn();
  EXPECT_EQ(rig.take(), (Names{"1-1", "2-1"}));
}

TEST(CommitterIds, WhoDoesNotAskIsNotDeduplicated) {
  CommitterRig rig(with_ids());
  rig.push_ids(1, {"a"}, "billing");
  rig.push(2, 1);
  rig.push(2, 1);
  rig.turn();
  EXPECT_EQ(rig.take(), (Names{"1-1", "2-1", "2-2"}));
}

TEST(CommitterIds, ABatchOfDuplicatesAloneIsAnsweredAndWritesNothing) {
  CommitterRig rig(with_ids());
  rig.push_ids(1, {"a", "b"});
  rig.run(milliseconds(5));
  (void)rig.reports();
  (void)rig.take();
  rig.settle(2);
  rig.run(seconds(2));
  int changes = 0;
  rig.disk->after_change([&](const DiskModel::Operation&) { ++changes; });
  rig.push_ids(1, {"b", "a"});
  rig.turn();
  EXPECT_EQ(changes, 0);
  EXPECT_EQ(rig.reports(), (Names{"duplicate 1-3", "duplicate 1-4", "accepted 1-4"}));
  EXPECT_EQ(rig.take(), Names{});
  EXPECT_EQ(rig.counters.commits.value(), 1U);
  EXPECT_EQ(rig.committer->counts().accepted, 2U);
  expect_nothing_held(rig, 1);
}

TEST(CommitterIds, ItsReceiptComesBehindThoseBeforeIt) {
  CommitterRig rig(with_ids());
  rig.push_ids(1, {"a"});
  rig.run(milliseconds(5));
  (void)rig.reports();
  break_disk(rig);
  rig.push_ids(1, {"b"});
  rig.push_ids(1, {"a"});
  rig.run(seconds(3));
  EXPECT_EQ(rig.reports(), Names{});
  rig.disk->heal();
  rig.run(seconds(6));
  EXPECT_EQ(rig.reports(), (Names{"duplicate 1-3", "accepted 1-3"}));
  EXPECT_EQ(rig.take(), (Names{"1-1", "1-2"}));
}

TEST(CommitterIds, OfAGroupThatIsRefusedAllAreInTheirOrderAndNoneIsKnown) {
  CommitterRig rig(with_ids());
  rig.push_ids(1, {"a"});
  rig.run(milliseconds(5));
  rig.reports();
  break_disk(rig);
  rig.push_ids(1, {"b", "a", "b", "c"});
  rig.run(seconds(11));
  EXPECT_EQ(rig.reports(), (Names{"refused 1-2 line 102", "refused 1-3 line 103",
                                  "refused 1-4 line 104", "refused 1-5 line 105"}));
  EXPECT_EQ(rig.take(), (Names{"1-1"}));
  rig.settle(1);
  expect_nothing_held(rig, 1);
  EXPECT_EQ(rig.committer->counts().duplicates, 0U);
  rig.disk->heal();
  rig.run(seconds(31));
  rig.push_ids(1, {"a", "b", "c"});
  rig.run(milliseconds(5));
  EXPECT_EQ(rig.reports(), (Names{"duplicate 1-6", "accepted 1-8"}));
  EXPECT_EQ(rig.take(), (Names{"1-7", "1-8"}));
}

TEST(CommitterIds, CountForTheWindowFromTheFirstOn) {
  CommitterRig rig(with_ids());
  rig.push_ids(1, {"a"});
  rig.run(seconds(100));
  rig.push_ids(1, {"a"});
  rig.run(seconds(20));
  rig.push_ids(1, {"a"});
  rig.turn();
  EXPECT_EQ(rig.take(), (Names{"1-1"}));
  rig.run(seconds(1));
  rig.push_ids(1, {"a"});
  rig.turn();
  EXPECT_EQ(rig.take(), (Names{"1-4"}));
}

TEST(CommitterIds, TheOldestOfTooManyAreForgotten) {
  RigOptions options = with_ids();
  options.committer.ids.most = 2;
  CommitterRig rig(options);
  rig.push_ids(1, {"a", "b", "c", "b", "a"});
  rig.turn();
  EXPECT_EQ(rig.take(), (Names{"1-1", "1-2", "1-3", "1-5"}));
}

class AtAnEnd : public testing::TestWithParam<bool> {
 protected:
  static void end(CommitterRig& rig) {
    if (GetParam()) return rig.kill();
    rig.cut(Keep::kNone);
  }
};

INSTANTIATE_TEST_SUITE_P(CommitterIds, AtAnEnd, testing::Bool(),
                         [](const auto& given) { return given.param ? "AKill" : "ACut"; });

TEST_P(AtAnEnd, IdsAreKnownBehindIt) {
  CommitterRig rig(with_ids());
  rig.push_ids(1, {"a"}, "billing");
  rig.turn();
  end(rig);
  rig.push_ids(2, {"a"}, "billing");
  EXPECT_EQ(rig.drain(), (Names{"1-1"}));
  EXPECT_EQ(rig.reports(), (Names{"duplicate 2-1", "accepted 2-1"}));
}

TEST_P(AtAnEnd, IdsOutliveTheirSegments) {
  RigOptions options = with_ids({.segment_bytes = 16'384});
  CommitterRig rig(options);
  rig.push_ids(1, {"a"}, "billing");
  EXPECT_EQ(rig.drain().size(), 1U);
  const std::string first = rig.disk->names("/spool/hub").front();
  for (int i = 0; i < 60; ++i) {
    rig.push(3, 500);
    rig.drain();
  }
  ASSERT_GT(rig.disk->names("/spool/hub").front(), first);
  rig.run(seconds(2));
  end(rig);
  rig.push_ids(2, {"a"}, "billing");
  rig.turn();
  EXPECT_EQ(rig.reports(), (Names{"duplicate 2-1", "accepted 2-1"}));
}

TEST(CommitterIds, OutliveAStopWithNothingElseLeft) {
  CommitterRig rig(with_ids());
  rig.push_ids(1, {"a"}, "billing");
  rig.drain();
  rig.committer->stop();
  rig.run(milliseconds(10));
  rig.committer->finish();
  EXPECT_EQ(rig.disk->names("/spool/hub").size(), 1U);
  rig.cut(Keep::kNone);
  EXPECT_EQ(rig.committer->recovery().records, 0U);
  rig.push_ids(2, {"a"}, "billing");
  rig.turn();
  EXPECT_EQ(rig.take(), Names{});
}

TEST(CommitterIds, OfAHubThatIsGoneKeepNothing) {
  CommitterRig rig(with_ids());
  rig.push_ids(1, {"a"});
  rig.drain();
  rig.arrivals->set_removed(true);
  rig.committer->stop();
  rig.committer->finish();
  EXPECT_EQ(rig.disk->names("/spool/hub"), Names{});
}

TEST(CommitterIds, AnIdleHubKeepsItsLogAsLongAsTheyCount) {
  CommitterRig rig(with_ids());
  rig.push_ids(1, {"a"});
  rig.drain();
  rig.run(seconds(110));
  EXPECT_EQ(rig.disk->names("/spool/hub").size(), 1U);
  rig.run(seconds(21));
  EXPECT_EQ(rig.disk->names("/spool/hub"), Names{});
  rig.run(seconds(10));
  EXPECT_EQ(rig.committer->next_turn(), kNever);
}

TEST(CommitterIds, AHubThatIsInMemoryNowKnowsThemWithoutALog) {
  RigOptions options = with_ids();
  options.committer.writes = CommitterOptions::Writes::kNothing;
  CommitterRig rig(options);
  rig.push_ids(1, {"a"});
  rig.drain();
  rig.run(seconds(15));
  EXPECT_EQ(rig.disk->names("/spool/hub"), Names{});
  (void)rig.reports();
  rig.push_ids(1, {"a", "b"});
  EXPECT_EQ(rig.drain(), (Names{"1-3"}));
  EXPECT_EQ(rig.reports(), (Names{"duplicate 1-2", "accepted 1-3"}));
  expect_nothing_held(rig, 1);
}

TEST(CommitterIds, GoToTheTailWithTheirActions) {
  CommitterRig rig(with_ids({.max_queued_bytes = 4 * CommitterRig::kCharge}));
  rig.push_ids(1, {"a", "b", "c", "d"});
  rig.run(milliseconds(5));
  rig.push_ids(1, {"a", "e", "e", "f"});
  rig.run(milliseconds(5));
  EXPECT_EQ(rig.counters.tail_records.value(), 2U);
  EXPECT_EQ(rig.drain(), (Names{"1-1", "1-2", "1-3", "1-4", "1-6", "1-8"}));
  expect_nothing_held(rig, 1);
}

TEST(CommitterIds, WhatIsSentAgainByAnOperatorIsNoDuplicate) {
  CommitterRig rig(with_ids());
  rig.push_ids(1, {"a"});
  rig.drain();
  Account operators;
  operators.producer = 77;
  auto batch = std::make_unique<Batch>(operators, rig.clock.now(), 256);
  batch->add({.kind = ActionKind::kSendToAll, .data = "77-1", .id = "a"}, 1, 100, 0);
  rig.committer->redrive(std::move(batch));
  EXPECT_EQ(rig.drain(), (Names{"77-1"}));
}

TEST(CommitterIds, DuplicatesAreToldWhenTheWindowCloses) {
  CommitterRig rig(with_ids());
  rig.push_ids(1, {"a"});
  rig.drain();
  (void)rig.reports();
  rig.push_ids(1, {"a"});
  rig.committer->stop();
  rig.committer->finish();
  EXPECT_EQ(rig.reports(), (Names{"duplicate 1-2", "accepted 1-2"}));
  expect_nothing_held(rig, 1);
}

TEST(CommitterIds, AreKnownOfWhatHadToWaitForRoom) {
  CommitterRig rig(with_ids({.hub_max_bytes = 900'000, .segment_bytes = 131'072}));
  for (int i = 0; i < 120; ++i) {
    rig.push(2, 100);
    rig.push_ids(1, {std::to_string(i), std::to_string(i), "x"});
    rig.run(milliseconds(3));
  }
  EXPECT_EQ(rig.room(), Budget::Room::kHubSpoolFull);
  size_t all = 0;
  for (int i = 0; i < 20; ++i) {
    all += rig.drain().size();
    rig.run(seconds(1));
  }
  EXPECT_EQ(all, 12'121U);
  rig.cut(Keep::kNone);
  for (int i = 0; i < 120; ++i) rig.push_ids(1, {std::to_string(i), "x"});
  EXPECT_EQ(rig.drain(), Names{});
}

// After a start as well: what comes is worth more than what is known.
TEST(CommitterIds, DoNotKeepAFullLogShut) {
  RigOptions options = with_ids({.hub_max_bytes = 900'000, .segment_bytes = 131'072});
  options.committer.ids.most = 100'000;
  CommitterRig rig(options);
  uint64_t sent = 0;
  while (rig.room() == Budget::Room::kFree) {
    Names ids;
    for (int i = 0; i < 100; ++i) ids.push_back(std::to_string(++sent));
    rig.push_ids(1, ids);
    rig.run(milliseconds(3));
  }
  rig.take();
  while (rig.held() > 0) {
    rig.settle(rig.held());
    rig.run(milliseconds(1));
    rig.take();
  }
  rig.run(milliseconds(200));
  rig.kill();
  for (int round = 0; round < 12; ++round) {
    rig.push(2, 500);
    rig.run(seconds(5));
    const Names told = rig.reports();
    ASSERT_FALSE(told.empty()) << round;
    EXPECT_EQ(told.back(), "accepted 2-" + std::to_string(500 * (round + 1)));
    rig.take();
    rig.settle(rig.held());
  }
}

// At 0 bytes its account may be freed: account.h, 2.
TEST(CommitterIds, AreToldBeforeTheirBytesAreGivenBack) {
  RigOptions options = with_ids();
  options.arrivals_bytes = 2 * CommitterRig::kCharge;
  CommitterRig rig(options);
  rig.push_ids(1, {"a"});
  rig.drain();
  (void)rig.reports();
  rig.push_ids(1, {"a", "a"});
  ASSERT_TRUE(rig.arrivals->budget().must_wait(1, rig.account(1)));
  Names told;
  rig.on_room = [&] {
    EXPECT_TRUE(rig.may_free(1));
    told = rig.reports();
  };
  rig.turn();
  EXPECT_EQ(told, (Names{"duplicate 1-2", "duplicate 1-3"}));
}

}  // namespace
}  // namespace awps
