// How partitions are given back: revoked, and lost.

#include <gtest/gtest.h>

#include "tests/stream/stream_rig.h"

namespace awps {
namespace {

using std::chrono::seconds;
using Texts = std::vector<std::string>;
using Numbers = std::vector<int32_t>;

class DepartureTest : public StreamRig {
 protected:
  DepartureTest() { options_.hubs = {"news"}; }
};

TEST_F(DepartureTest, WithdrawsCommitsAndReleases) {
  own({0, 1});
  for (const char* text : {"a", "b", "c"}) source_.produce(0, send(text));
  turn();
  source_.produce(1, send("other"));
  turn();
  chat_.deliver(1);
  source_.revoke({0});
  turn();
  EXPECT_EQ(source_.committed(0), 1);
  EXPECT_EQ(source_.released, Numbers{0});
  EXPECT_EQ(source_.waited_commits, 1);
  EXPECT_EQ(chat_.texts(), Texts{"other"});
  EXPECT_EQ(counters_.returned.value(), 2);
  EXPECT_EQ(counters_.rebalances_revoked.value(), 1);
  ASSERT_EQ(chat_.withdrawn.size(), 1);
  EXPECT_EQ(chat_.withdrawn[0].size(), 1) << "the other partition keeps what it has";
}

TEST_F(DepartureTest, ReadsNothingMoreOfIt) {
  own({0});
  source_.produce(0, send("a"));
  turn();
  chat_.items()[0].is_under_way = true;
  source_.revoke({0});
  source_.produce(0, send("b"));
  turn();
  pass_second();
  EXPECT_EQ(chat_.texts(), Texts{"a"});
  EXPECT_EQ(partition(0).wait, PartitionWait::kEnding);
}

TEST_F(DepartureTest, WaitsForWhatIsUnderWayAndCommitsIt) {
  own({0});
  for (const char* text : {"a", "b"}) source_.produce(0, send(text));
  turn();
  chat_.items()[0].is_under_way = true;
  source_.revoke({0});
  turn();
  pass(seconds(3));
  EXPECT_TRUE(source_.released.empty());
  chat_.deliver(1);
  turn();
  EXPECT_EQ(source_.released, Numbers{0});
  EXPECT_EQ(source_.committed(0), 1);
}

struct LimitRow {
  const char* name;
  Duration service;
  Duration session;
  Duration limit;
};
class DepartureLimit : public StreamRig, public testing::WithParamInterface<LimitRow> {};

TEST_P(DepartureLimit, BoundsWhatIsUnderWay) {
  options_.service_timeout = GetParam().service;
  options_.session_timeout = GetParam().session;
  own({0});
  source_.produce(0, send("a"));
  turn();
  chat_.items()[0].is_under_way = true;
  source_.revoke({0});
  turn();
  for (Duration waited{}; waited < GetParam().limit - seconds(1); waited += seconds(1)) {
    pass(seconds(1));
    ASSERT_TRUE(source_.released.empty());
  }
  EXPECT_LE(stream().next_turn(clock_.now()), clock_.now() + seconds(1));
  pass(seconds(1));
  EXPECT_EQ(source_.released, Numbers{0});
  EXPECT_LE(source_.committed(0), 0);
  EXPECT_TRUE(has_logged("under way"));
}

INSTANTIATE_TEST_SUITE_P(
    Options, DepartureLimit,
    testing::Values(LimitRow{"ByTheService", seconds(10), seconds(30), seconds(10)},
                    LimitRow{"ByTheSession", seconds(60), seconds(30), seconds(15)}),
    [](const auto& row) { return std::string(row.param.name); });

TEST_F(DepartureTest, AHubThatDoesNotConfirmCostsTheCommitOfItsPartitions) {
  own({0, 1, 2});
  source_.produce(0, send("a"));
  source_.produce(0, send("b"));
  source_.produce(1, send("c", R"(,"hub":"news")"));
  source_.produce(1, send("d", R"(,"hub":"news")"));
  source_.produce(2, send("e", R"(,"hub":"news")"));
  turn();
  chat_.deliver(1);
  news_.deliver(1);
  news_.items()[1].is_under_way = true;
  turn();
  chat_.hangs = true;
  source_.revoke({0, 1, 2});
  turn();
  EXPECT_TRUE(source_.released.empty());
  EXPECT_EQ(stream().next_turn(clock_.now()), clock_.now() + seconds(1));
  wait(seconds(2));
  EXPECT_EQ(source_.released, Numbers{0});
  EXPECT_LE(source_.committed(0), 0) << "what its worker has may still be sent";
  EXPECT_TRUE(has_logged("hub 'chat' has not given back its records in time"));
  news_.deliver(1);
  turn();
  EXPECT_EQ(source_.released, (Numbers{0, 1, 2}));
  EXPECT_EQ(source_.committed(1), 1);
  EXPECT_EQ(source_.committed(2), 1);
  chat_.answer();  // too late: it means nothing any more
  turn();
}

// The hubs had no chance to answer while the process stood still: their answers come now.
TEST_F(DepartureTest, AProcessThatStoodStillHasNotWaited) {
  own({0});
  for (const char* text : {"a", "b"}) source_.produce(0, send(text));
  turn();
  chat_.deliver(1);
  chat_.hangs = true;
  source_.revoke({0});
  turn();
  pass(seconds(8));
  EXPECT_TRUE(source_.released.empty());
  chat_.answer();
  turn();
  EXPECT_EQ(source_.released, Numbers{0});
  EXPECT_EQ(source_.committed(0), 1);
}

// It is bounded all the same.
TEST_F(DepartureTest, AHubThatHangsIsNotWaitedForLongAfterThat) {
  own({0});
  source_.produce(0, send("a"));
  turn();
  chat_.hangs = true;
  source_.revoke({0});
  turn();
  pass(seconds(8));
  wait(seconds(2));
  EXPECT_EQ(source_.released, Numbers{0});
}

// The group waits for the release.
TEST_F(DepartureTest, AProcessThatStandsStillAgainAndAgainReleasesAllTheSame) {
  own({0});
  source_.produce(0, send("a"));
  turn();
  chat_.items()[0].is_under_way = true;
  source_.revoke({0});
  turn();
  const Duration each = options_.session_timeout * 9 / 10;
  for (int i = 0; i < 2; ++i) pass(each);
  EXPECT_EQ(source_.released, Numbers{0});
}

// In short pieces, of which none alone is too long.
TEST_F(DepartureTest, WhatIsForgivenIsForgivenOnce) {
  own({0});
  source_.produce(0, send("a"));
  turn();
  chat_.items()[0].is_under_way = true;
  source_.revoke({0});
  turn();
  const Instant end = clock_.now() + 2 * options_.session_timeout;
  while (clock_.now() < end) pass(seconds(8));
  EXPECT_EQ(source_.released, Numbers{0});
}

TEST_F(DepartureTest, LostIsTheSameWithoutACommit) {
  own({0});
  for (const char* text : {"a", "b"}) source_.produce(0, send(text));
  turn();
  chat_.deliver(1);
  source_.revoke({0}, /*is_lost=*/true);
  turn();
  EXPECT_EQ(source_.released, Numbers{0});
  EXPECT_LE(source_.committed(0), 0);
  EXPECT_EQ(source_.waited_commits, 0);
  EXPECT_TRUE(chat_.items().empty());
  EXPECT_EQ(counters_.rebalances_lost.value(), 1);
  EXPECT_TRUE(has_logged("lost"));
}

TEST_F(DepartureTest, LostWhileItIsRevokedIsNotCommitted) {
  own({0, 1});
  for (const int32_t i : {0, 1}) {
    source_.produce(i, send("a"));
    source_.produce(i, send("b"));
  }
  turn();
  chat_.items()[1].is_under_way = true;
  chat_.items()[3].is_under_way = true;
  chat_.end(2, {.kind = OutcomeKind::kDelivered});
  chat_.end(0, {.kind = OutcomeKind::kDelivered});
  source_.revoke({0, 1});
  turn();
  ASSERT_TRUE(source_.released.empty());
  source_.revoke({1}, /*is_lost=*/true);
  turn();
  ASSERT_TRUE(source_.released.empty());
  chat_.deliver_all();
  turn();
  EXPECT_EQ(source_.released, (Numbers{0, 1}));
  EXPECT_EQ(source_.committed(0), 2);
  EXPECT_LE(source_.committed(1), 0);
}

TEST_F(DepartureTest, OutcomesOfAFormerOwnershipSettleNothing) {
  options_.service_timeout = seconds(1);
  own({0});
  for (const char* text : {"a", "b"}) source_.produce(0, send(text));
  turn();
  for (PlayedHub::Item& item : chat_.items()) item.is_under_way = true;
  source_.revoke({0});
  turn();
  pass(seconds(3));
  ASSERT_EQ(source_.released, Numbers{0});
  own({0});
  ASSERT_EQ(chat_.texts(), (Texts{"a", "b", "a", "b"}));
  EXPECT_NE(chat_.items()[0].producer, chat_.items()[2].producer);
  chat_.deliver(2);
  turn();
  pass_second();
  EXPECT_LE(source_.committed(0), 0);
  chat_.deliver(2);
  turn();
  pass_second();
  EXPECT_EQ(source_.committed(0), 2);
}

// An answer to what the former owner asked must not pass for the new one's.
TEST_F(DepartureTest, CommitsOfAFormerOwnershipSettleNothing) {
  own({0});
  for (const char* text : {"a", "b"}) source_.produce(0, send(text));
  turn();
  source_.holds_commits = true;
  chat_.deliver(1);
  turn();
  pass_second();
  source_.revoke({0}, /*is_lost=*/true);
  turn();
  own({0});
  source_.holds_commits = false;
  source_.end_commits();
  turn();
  EXPECT_NE(partition(0).committed, 1);
  chat_.deliver_all();
  turn();
  pass_second();
  EXPECT_EQ(source_.committed(0), 2);
}

TEST_F(DepartureTest, AFailedLastCommitReleasesAllTheSame) {
  own({0});
  source_.produce(0, send("a"));
  turn();
  chat_.deliver_all();
  source_.commit_error = "no coordinator";
  source_.revoke({0});
  turn();
  EXPECT_EQ(source_.released, Numbers{0});
  EXPECT_TRUE(has_logged("no coordinator"));
  EXPECT_EQ(counters_.commits_failed.value(), 1);
}

TEST_F(DepartureTest, WaitsForALetterToBeSafe) {
  chat_.safe_up_to = 0;
  own({0});
  source_.produce(0, "x");
  turn();
  source_.revoke({0});
  turn();
  EXPECT_TRUE(source_.released.empty());
  chat_.safe_up_to = 1;
  pass_second();
  EXPECT_EQ(source_.released, Numbers{0});
  EXPECT_EQ(source_.committed(0), 1);
}

TEST_F(DepartureTest, AccountsOfFormerOwnershipsAreFreed) {
  for (int i = 0; i < 50; ++i) {
    own({0});
    source_.produce(0, send("a"));
    turn();
    chat_.deliver_all();
    source_.revoke({0});
    turn();
    pass_second();
  }
  EXPECT_EQ(source_.committed(0), 50);
  EXPECT_EQ(source_.released.size(), 50);
}

}  // namespace
}  // namespace awps
