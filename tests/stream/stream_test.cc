// What becomes of records, and what is committed of them.

#include <gtest/gtest.h>

#include "tests/stream/stream_rig.h"

namespace awps {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using Texts = std::vector<std::string>;

using StreamTest = StreamRig;

TEST_F(StreamTest, LeadsRecordsToTheHubAndCommitsWhatIsSettled) {
  own({0});
  for (const char* text : {"a", "b", "c"}) source_.produce(0, send(text));
  turn();
  EXPECT_EQ(chat_.texts(), (Texts{"a", "b", "c"}));
  pass_second();
  EXPECT_LE(source_.committed(0), 0) << "nothing is settled yet";
  chat_.deliver(2);
  turn();
  pass_second();
  EXPECT_EQ(source_.committed(0), 2);
  chat_.deliver_all();
  turn();
  pass_second();
  EXPECT_EQ(source_.committed(0), 3);
  EXPECT_EQ(counters_.records.value(), 3);
  EXPECT_EQ(partition(0).lag, 0);
}

TEST_F(StreamTest, NeverCommitsPastAnUnsettledRecord) {
  own({0});
  for (int i = 0; i < 5; ++i) source_.produce(0, send("x"));
  turn();
  for (int i = 0; i < 4; ++i) chat_.end(1, {.kind = OutcomeKind::kDelivered});
  turn();
  pass_second();
  EXPECT_EQ(source_.committed(0), 0);
  EXPECT_EQ(partition(0).ahead, 5);
  chat_.deliver(1);
  turn();
  pass_second();
  EXPECT_EQ(source_.committed(0), 5);
}

TEST_F(StreamTest, CommitsNothingTwice) {
  own({0});
  source_.produce(0, send("a"));
  turn();
  chat_.deliver_all();
  turn();
  pass_second();
  const int commits = source_.commits;
  for (int i = 0; i < 10; ++i) pass_second();
  EXPECT_EQ(source_.commits, commits);
}

TEST_F(StreamTest, GoesOnFromTheCommittedOffset) {
  own({0});
  for (const char* text : {"a", "b"}) source_.produce(0, send(text));
  turn();
  chat_.deliver(1);
  turn();
  pass_second();
  source_.revoke({0});
  turn();
  EXPECT_EQ(source_.released, (std::vector<int32_t>{0}));
  own({0});
  EXPECT_EQ(chat_.texts(), Texts{"b"}) << "the first was returned, and read again";
}

struct SettledRow {
  const char* name;
  OutcomeKind kind;
  bool settles;
};
class OutcomeSettles : public StreamRig, public testing::WithParamInterface<SettledRow> {};

TEST_P(OutcomeSettles, AsItsKindSays) {
  own({0});
  source_.produce(0, send("a"));
  turn();
  chat_.end(0, {.kind = GetParam().kind});
  turn();
  pass_second();
  EXPECT_EQ(source_.committed(0) == 1, GetParam().settles);
}

INSTANTIATE_TEST_SUITE_P(Kinds, OutcomeSettles,
                         testing::Values(SettledRow{"Delivered", OutcomeKind::kDelivered, true},
                                         SettledRow{"Superseded", OutcomeKind::kSuperseded, true},
                                         SettledRow{"Expired", OutcomeKind::kExpired, true},
                                         SettledRow{"DeadLettered", OutcomeKind::kDeadLettered,
                                                    true},
                                         SettledRow{"Returned", OutcomeKind::kReturned, false},
                                         SettledRow{"Abandoned", OutcomeKind::kAbandoned, false}),
                         [](const auto& row) { return std::string(row.param.name); });

TEST_F(StreamTest, SettlesWhatHasNoActions) {
  own({0});
  source_.write(0, {.offset = 0, .key = "k", .value = {}, .written_at = {}});
  source_.produce(0, "");
  source_.produce(0, " \r\n\t ");
  source_.produce(0, "[]");
  source_.produce(0, R"({"batch":[],"ordered":true})");
  turn();
  pass_second();
  EXPECT_EQ(source_.committed(0), 5);
  EXPECT_TRUE(chat_.kept.empty());
}

TEST_F(StreamTest, TakesGapsInOffsets) {
  own({0});
  source_.skip(0, 7);
  source_.produce(0, send("a"));
  source_.skip(0, 3);
  source_.produce(0, send("b"));
  turn();
  EXPECT_EQ(partition(0).settled, 7);
  chat_.deliver(1);
  turn();
  pass_second();
  EXPECT_EQ(source_.committed(0), 11) << "the offset of the next one that is open";
  chat_.deliver(1);
  turn();
  pass_second();
  EXPECT_EQ(source_.committed(0), 12);
}

TEST_F(StreamTest, TakesALogThatBeginsAnew) {
  own({0});
  for (const char* text : {"a", "b", "c"}) source_.produce(0, send(text));
  turn();
  source_.recreate(0);
  source_.produce(0, send("new"));
  turn();
  EXPECT_TRUE(has_logged("goes back from offset 3 to 0"));
  EXPECT_EQ(chat_.texts(), (Texts{"a", "b", "c", "new"}));
  chat_.deliver(3);
  turn();
  pass_second();
  EXPECT_LE(source_.committed(0), 0) << "outcomes of the old log settle nothing of the new one";
  chat_.deliver(1);
  turn();
  pass_second();
  EXPECT_EQ(source_.committed(0), 1);
}

TEST_F(StreamTest, ARecordIsSettledOnceAllItsActionsAre) {
  own({0});
  source_.produce(0, "[" + send("a") + "," + send("b") + ",\n" + send("c") + "]");
  turn();
  ASSERT_EQ(chat_.texts(), (Texts{"a", "b", "c"}));
  for (int i = 0; i < 2; ++i) {
    chat_.deliver(1);
    turn();
    pass_second();
    EXPECT_LE(source_.committed(0), 0);
  }
  chat_.deliver(1);
  turn();
  pass_second();
  EXPECT_EQ(source_.committed(0), 1);
}

TEST_F(StreamTest, AnOrderedBatchIsOne) {
  own({0});
  source_.produce(0, R"({"batch":[)" + send("a") + "," + send("b") + R"(],"ordered":true})");
  source_.produce(0, R"({"batch":[)" + send("c") + R"(],"ordered":true})");
  source_.produce(0, send("d"));
  turn();
  ASSERT_EQ(chat_.items().size(), 4);
  EXPECT_NE(chat_.items()[0].ordered_batch, 0);
  EXPECT_EQ(chat_.items()[0].ordered_batch, chat_.items()[1].ordered_batch);
  EXPECT_NE(chat_.items()[1].ordered_batch, chat_.items()[2].ordered_batch);
  EXPECT_EQ(chat_.items()[3].ordered_batch, 0);
}

struct AgeRow {
  const char* name;
  Duration age;
  Duration left;
};
class RecordAge : public StreamRig, public testing::WithParamInterface<AgeRow> {};

TEST_P(RecordAge, IsTakenOffItsTimeToLive) {
  own({0});
  source_.produce(0, send("a", R"(,"ttlSeconds":60)"), clock_.wall_now() - GetParam().age);
  turn();
  ASSERT_EQ(chat_.items().size(), 1);
  EXPECT_EQ(chat_.items()[0].time_to_live, GetParam().left);
}

INSTANTIATE_TEST_SUITE_P(Ages, RecordAge,
                         testing::Values(AgeRow{"New", seconds(0), seconds(60)},
                                         AgeRow{"Aged", seconds(15), seconds(45)},
                                         AgeRow{"OfTheFuture", seconds(-15), seconds(60)},
                                         AgeRow{"Over", seconds(60), std::chrono::nanoseconds(1)},
                                         AgeRow{"LongOver", hours(5), std::chrono::nanoseconds(1)},
                                         AgeRow{"BeforeTime", hours(24 * 365 * 200),
                                                std::chrono::nanoseconds(1)}),
                         [](const auto& row) { return std::string(row.param.name); });

TEST_F(StreamTest, ARecordWithoutATimestampIsNew) {
  own({0});
  source_.produce(0, send("a", R"(,"ttlSeconds":60)"));
  source_.produce(0, send("b"), clock_.wall_now() - hours(1));
  turn();
  EXPECT_EQ(chat_.items()[0].time_to_live, seconds(60));
  EXPECT_EQ(chat_.items()[1].time_to_live, Duration::zero()) << "it has none";
}

TEST_F(StreamTest, IdlesWithAWakeUpASecond) {
  own({0, 1, 2});
  pass_second();
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(stream().next_turn(clock_.now()), clock_.now() + seconds(1));
    EXPECT_TRUE(stream().prepare_to_sleep());
    stream().woke_up();
    pass_second();
  }
  EXPECT_EQ(chat_.questions, 0);
  EXPECT_EQ(source_.commits, 0);
}

TEST_F(StreamTest, AFailedCommitIsRepeatedWithWhatIsSettledByThen) {
  own({0});
  for (const char* text : {"a", "b"}) source_.produce(0, send(text));
  turn();
  chat_.deliver(1);
  source_.commit_error = "the coordinator is away";
  turn();
  for (int i = 0; i < 3; ++i) pass_second();
  EXPECT_LE(source_.committed(0), 0);
  EXPECT_EQ(times_logged("were not committed"), 1) << "once in a row";
  EXPECT_GE(counters_.commits_failed.value(), 2);
  source_.commit_error.clear();
  chat_.deliver(1);
  turn();
  pass_second();
  EXPECT_EQ(source_.committed(0), 2);
  EXPECT_TRUE(has_logged("committed again"));
}

TEST_F(StreamTest, HasOneCommitOfAPartitionUnderWay) {
  own({0});
  for (const char* text : {"a", "b"}) source_.produce(0, send(text));
  turn();
  source_.holds_commits = true;
  chat_.deliver(1);
  turn();
  pass_second();
  chat_.deliver(1);
  turn();
  for (int i = 0; i < 5; ++i) pass_second();
  EXPECT_EQ(source_.commits, 1);
  source_.holds_commits = false;
  source_.end_commits();
  turn();
  pass_second();
  EXPECT_EQ(source_.committed(0), 2);
}

// More members than partitions: it is well, and says why it reads nothing.
TEST_F(StreamTest, AMemberWithoutPartitionsIsIdle) {
  turn();
  EXPECT_EQ(stream().status().state, StreamState::kJoining);
  EXPECT_FALSE(stream().status().has_joined);
  own({});
  EXPECT_EQ(stream().status().state, StreamState::kIdle);
  EXPECT_TRUE(stream().status().has_joined);
  EXPECT_TRUE(has_logged("more members than partitions"));
  own({0});
  EXPECT_EQ(stream().status().state, StreamState::kRunning);
  source_.revoke({0});
  turn();
  EXPECT_EQ(stream().status().state, StreamState::kJoining) << "it waits for what is its part now";
  EXPECT_TRUE(stream().status().has_joined);
  own({});
  EXPECT_EQ(stream().status().state, StreamState::kIdle);
}

TEST_F(StreamTest, SaysOfItselfWhatIsWrong) {
  EXPECT_EQ(stream().status().state, StreamState::kJoining);
  own({0});
  EXPECT_EQ(stream().status().state, StreamState::kRunning);
  source_.tell(SourceTrouble{.kind = SourceTrouble::Kind::kBrokerAway, .message = "no broker"});
  turn();
  EXPECT_EQ(stream().status().state, StreamState::kTroubled);
  EXPECT_EQ(stream().status().cause, "no broker");
  EXPECT_EQ(times_logged("stream orders: no broker"), 1);
  source_.produce(0, send("a"));
  turn();
  EXPECT_EQ(chat_.texts(), Texts{"a"}) << "what there is goes on";
  source_.tell(SourceWell{});
  turn();
  EXPECT_EQ(stream().status().state, StreamState::kRunning);
}

TEST_F(StreamTest, AfterASleepNothingStartsBeforeACommitIsAnswered) {
  own({0});
  source_.produce(0, send("a"));
  turn();
  const StreamLease& lease = *chat_.items()[0].account->lease;
  EXPECT_TRUE(lease.covers(clock_.now()));
  clock_.advance(minutes(5));
  EXPECT_FALSE(lease.covers(clock_.now()));
  source_.commit_error = "illegal generation";
  turn();
  EXPECT_FALSE(lease.covers(clock_.now()));
  EXPECT_EQ(stream().status().state, StreamState::kTroubled);
  source_.commit_error.clear();
  pass_second();
  EXPECT_TRUE(lease.covers(clock_.now()));
  EXPECT_EQ(source_.waited_commits, 2);
  EXPECT_TRUE(has_logged("slept"));
}

TEST_F(StreamTest, AfterASleepAnAnswerThatOnlyMembersGetIsEnough) {
  own({0, 1});
  for (const std::set<int32_t>& refused : {std::set<int32_t>{1}, std::set<int32_t>{0, 1}}) {
    source_.refused = refused;
    source_.produce(0, send("a"));
    turn();
    const StreamLease& lease = *chat_.items().back().account->lease;
    clock_.advance(minutes(5));
    ASSERT_FALSE(lease.covers(clock_.now()));
    turn();
    EXPECT_TRUE(lease.covers(clock_.now())) << refused.size() << " are refused";
    EXPECT_EQ(stream().status().state, StreamState::kRunning);
  }
}

TEST_F(StreamTest, WhileTheProofFailsEventsAreTakenAndTheNextComesASecondAfterItsEnd) {
  own({0});
  source_.produce(0, send("a"));
  turn();
  source_.commit_error = "the broker did not answer in time";
  source_.while_waiting = [this] { clock_.advance(seconds(5)); };
  clock_.advance(minutes(5));
  turn();
  EXPECT_EQ(source_.waited_commits, 1);
  source_.revoke({0}, /*is_lost=*/true);
  turn();
  EXPECT_EQ(source_.waited_commits, 1);
  EXPECT_EQ(chat_.withdrawn.size(), 1U);
  pass_second();
  EXPECT_EQ(source_.waited_commits, 1) << "of what is lost nothing can be proven";
}

TEST_F(StreamTest, OneRefusedPartitionHoldsUpNoOtherAndIsToldOnce) {
  own({0, 1});
  source_.refused = {1};
  for (int i = 1; i <= 4; ++i) {
    for (const int32_t number : {0, 1}) source_.produce(number, send("a"));
    turn();
    chat_.deliver_all();
    turn();
    pass_second();
    EXPECT_EQ(source_.committed(0), i);
  }
  EXPECT_EQ(source_.committed(1), -1);
  EXPECT_EQ(times_logged("were not committed"), 1);
  EXPECT_FALSE(has_logged("committed again"));
  source_.refused.clear();
  pass_second();
  EXPECT_EQ(source_.committed(1), 4);
  EXPECT_EQ(times_logged("committed again"), 1);
}

}  // namespace
}  // namespace awps
