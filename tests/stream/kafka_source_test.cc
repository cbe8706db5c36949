// KafkaSource with librdkafka's mock cluster.

#include "stream/kafka/kafka_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "stream/kafka/commits.h"
#include "stream/kafka/kafka_client.h"
#include "stream/kafka/kafka_questions.h"
#include "tests/stream/kafka_rig.h"

namespace awps {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;
using Kind = SourceTrouble::Kind;

TEST(KafkaSource, ReadsEachPartitionInOrderAndGoesOnWhereTheGroupHasGot) {
  MockKafka kafka;
  kafka.create("actions", 3);
  for (const int32_t partition : {0, 1, 2}) kafka.write(partition, numbered(200));
  {
    KafkaMember member(kafka.settings());
    ASSERT_TRUE(member.wait_for_records(600));
    for (const int32_t partition : {0, 1, 2}) {
      EXPECT_EQ(member.values[partition], numbered(200));
      EXPECT_EQ(member.source().end_of(partition), 200);
    }
    const PartitionOffset done[] = {{0, 200}, {2, 57}};
    EXPECT_TRUE(member.source().commit_and_wait(done, seconds(10)));
    member.leave();
    EXPECT_THAT(member.revoked,
                ElementsAre(::testing::Field(&Revoked::partitions, UnorderedElementsAre(0, 1, 2))));
    EXPECT_FALSE(member.revoked[0].is_lost);
  }
  KafkaMember next(kafka.settings());
  ASSERT_TRUE(next.wait_for_owned(3));
  EXPECT_EQ(next.owned[0], 200);
  EXPECT_EQ(next.owned[1], Assigned::kNone);
  EXPECT_EQ(next.owned[2], 57);
  ASSERT_TRUE(next.wait_for_records(200 + 143));
  EXPECT_THAT(next.offsets[0], IsEmpty());
  EXPECT_EQ(next.offsets[1].front(), 0);
  EXPECT_EQ(next.offsets[2].front(), 57);
}

TEST(KafkaSource, TellsTheEndOfEachCommit) {
  MockKafka kafka;
  kafka.create("actions", 1);
  KafkaMember member(kafka.settings());
  ASSERT_TRUE(member.wait_for_owned(1));
  kafka.fail(KafkaRequest::kOffsetCommit, {RD_KAFKA_RESP_ERR_INVALID_COMMIT_OFFSET_SIZE});
  const PartitionOffset first[] = {{0, 5}};
  member.source().commit(first);
  ASSERT_TRUE(member.wait([&] { return member.commits.size() == 1; }));
  EXPECT_THAT(member.commits[0].error, HasSubstr("actions"));
  EXPECT_THAT(member.commits[0].offsets, ElementsAre(PartitionOffset{0, 5}));
  const PartitionOffset second[] = {{0, 6}};
  member.source().commit(second);
  ASSERT_TRUE(member.wait([&] { return member.commits.size() == 2; }));
  EXPECT_EQ(member.commits[1].error, "");
  kafka.fail(KafkaRequest::kOffsetCommit, {RD_KAFKA_RESP_ERR_INVALID_COMMIT_OFFSET_SIZE});
  EXPECT_FALSE(member.source().commit_and_wait(second, seconds(10)));
  EXPECT_TRUE(member.source().commit_and_wait(second, seconds(10)));
}

struct Refusal {
  rd_kafka_resp_err_t error;
  bool is_of_member;
};

// What a broker looks at before it looks whether who commits is a member says nothing of that.
TEST(KafkaSource, KnowsWhichRefusalsOnlyMembersGet) {
  MockKafka kafka;
  kafka.create("actions", 1);
  KafkaMember member(kafka.settings());
  ASSERT_TRUE(member.wait_for_owned(1));
  const PartitionOffset offset[] = {{0, 5}};
  for (const Refusal& row : {Refusal{RD_KAFKA_RESP_ERR_OFFSET_METADATA_TOO_LARGE, true},
                             Refusal{RD_KAFKA_RESP_ERR_INVALID_COMMIT_OFFSET_SIZE, true},
                             Refusal{RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, false},
                             Refusal{RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID, false}}) {
    kafka.fail(KafkaRequest::kOffsetCommit, {row.error});
    const auto done = member.source().commit_and_wait(offset, seconds(10));
    ASSERT_FALSE(done) << rd_kafka_err2name(row.error);
    EXPECT_EQ(done.error().is_of_member, row.is_of_member) << rd_kafka_err2name(row.error);
  }
}

TEST(KafkaSource, TellsWhichPartitionsOfACommitWereRefused) {
  rd_kafka_topic_partition_list_t* list = rd_kafka_topic_partition_list_new(2);
  rd_kafka_topic_partition_list_add(list, "actions", 3);
  rd_kafka_topic_partition_list_add(list, "actions", 4)->err =
      RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED;
  const KafkaCommitEnd some = commit_end_of(RD_KAFKA_RESP_ERR_NO_ERROR, list);
  EXPECT_THAT(some.refused, ElementsAre(4));
  EXPECT_THAT(some.error, HasSubstr("partition 4"));
  EXPECT_TRUE(some.is_of_member) << "the other one was stored";
  // Nobody answered: the list is as it was sent.
  const KafkaCommitEnd none = commit_end_of(RD_KAFKA_RESP_ERR__TIMED_OUT, list);
  EXPECT_THAT(none.refused, IsEmpty());
  EXPECT_NE(none.error, "");
  EXPECT_FALSE(none.is_of_member);
  rd_kafka_topic_partition_list_destroy(list);
}

TEST(KafkaSource, WaitsForACommitNoLongerThanItIsTold) {
  MockKafka kafka;
  kafka.create("actions", 1);
  KafkaMember member(kafka.settings());
  ASSERT_TRUE(member.wait_for_owned(1));
  rd_kafka_mock_broker_set_rtt(kafka.get(), 1, 3000);
  const PartitionOffset offset[] = {{0, 6}};
  const auto begin = std::chrono::steady_clock::now();
  const auto done = member.source().commit_and_wait(offset, std::chrono::milliseconds(200));
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().message, HasSubstr("did not answer in time"));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, seconds(2));
  rd_kafka_mock_broker_set_rtt(kafka.get(), 1, 0);
}

TEST(KafkaQuestions, WaitForASilentBrokerNoLongerThanTheyAreTold) {
  MockKafka kafka;
  kafka.create("actions", 1);
  const KafkaSettings settings = kafka.settings();
  const auto client = KafkaClient::make_consumer(settings, {});
  ASSERT_TRUE(client);
  ASSERT_TRUE(ask_ends((*client)->get(), settings, 0, seconds(10)));
  rd_kafka_mock_broker_set_rtt(kafka.get(), 1, 5000);
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_FALSE(ask_ends((*client)->get(), settings, 0, std::chrono::milliseconds(200)));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, seconds(2));
  rd_kafka_mock_broker_set_rtt(kafka.get(), 1, 0);
}

TEST(KafkaSource, SaysThatTheTopicIsMissingAndWhenItIsThere) {
  MockKafka kafka;
  // The mock cluster makes what is asked for.
  kafka.create("absent", 2);
  rd_kafka_mock_topic_set_error(kafka.get(), "absent", RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
  KafkaMember member(kafka.settings("absent"));
  ASSERT_TRUE(member.wait([&] { return !member.troubles.empty(); }));
  EXPECT_EQ(member.troubles[0].kind, Kind::kTopicMissing);
  EXPECT_THAT(member.troubles[0].message, HasSubstr("absent"));
  rd_kafka_mock_topic_set_error(kafka.get(), "absent", RD_KAFKA_RESP_ERR_NO_ERROR);
  ASSERT_TRUE(member.wait_for_owned(2));
  EXPECT_EQ(member.wells, 1);
  EXPECT_THAT(member.troubles, SizeIs(1));
}

TEST(KafkaSource, SaysThatItMayNotReadTheTopic) {
  MockKafka kafka;
  kafka.create("actions", 1);
  rd_kafka_mock_topic_set_error(kafka.get(), "actions",
                                RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
  KafkaMember member(kafka.settings());
  ASSERT_TRUE(member.wait([&] { return !member.troubles.empty(); }));
  EXPECT_EQ(member.troubles[0].kind, Kind::kCredentialRefused);
  rd_kafka_mock_topic_set_error(kafka.get(), "actions", RD_KAFKA_RESP_ERR_NO_ERROR);
  ASSERT_TRUE(member.wait_for_owned(1));
  EXPECT_EQ(member.wells, 1);
}

TEST(KafkaSource, SaysThatTheGroupIsRefused) {
  MockKafka kafka;
  kafka.create("actions", 1);
  kafka.fail(KafkaRequest::kJoinGroup, {RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED,
                                        RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED});
  KafkaMember member(kafka.settings());
  ASSERT_TRUE(member.wait([&] { return !member.troubles.empty(); }));
  EXPECT_EQ(member.troubles[0].kind, Kind::kGroupRefused);
  EXPECT_EQ(member.wells, 0);
  ASSERT_TRUE(member.wait_for_owned(1));
  EXPECT_EQ(member.wells, 1);
  EXPECT_THAT(member.troubles, SizeIs(1));
}

// Metadata come from any broker, and are good.
TEST(KafkaSource, SaysThatTheGroupHasNoCoordinator) {
  MockKafka kafka;
  kafka.create("actions", 1);
  kafka.fail(KafkaRequest::kFindCoordinator,
             std::vector<rd_kafka_resp_err_t>(1000, RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE));
  KafkaMember member(kafka.settings());
  ASSERT_TRUE(member.wait([&] { return !member.troubles.empty(); }));
  EXPECT_EQ(member.troubles[0].kind, Kind::kBrokerAway);
  EXPECT_THAT(member.troubles[0].message, HasSubstr("no coordinator"));
  rd_kafka_mock_clear_request_errors(kafka.get(),
                                     static_cast<int16_t>(KafkaRequest::kFindCoordinator));
  ASSERT_TRUE(member.wait_for_owned(1));
  ASSERT_TRUE(member.wait([&] { return member.wells == 1; }));
}

TEST(KafkaSource, SaysThatTheBrokersAreAwayAndWhenTheyAreBack) {
  MockKafka kafka;
  kafka.create("actions", 1);
  kafka.write(0, numbered(3));
  rd_kafka_mock_broker_set_down(kafka.get(), 1);
  KafkaMember member(kafka.settings());
  ASSERT_TRUE(member.wait([&] { return !member.troubles.empty(); }));
  EXPECT_EQ(member.troubles[0].kind, Kind::kBrokerAway) << member.troubles[0].message;
  rd_kafka_mock_broker_set_up(kafka.get(), 1);
  ASSERT_TRUE(member.wait_for_records(3));
  EXPECT_EQ(member.wells, 1);
  rd_kafka_mock_broker_set_down(kafka.get(), 1);
  ASSERT_TRUE(member.wait([&] { return member.troubles.size() == 2; }));
  EXPECT_EQ(member.troubles[1].kind, Kind::kBrokerAway);
  rd_kafka_mock_broker_set_up(kafka.get(), 1);
  ASSERT_TRUE(member.wait([&] { return member.wells == 2; }));
  kafka.write(0, {"4"});
  ASSERT_TRUE(member.wait_for_records(4));
  EXPECT_EQ(member.values[0], numbered(4));
}

TEST(KafkaSource, GoesOnWhereItWasWhenALeaderComesBack) {
  MockKafka kafka(2);
  kafka.create("actions", 1);
  rd_kafka_mock_partition_set_leader(kafka.get(), "actions", 0, 1);
  kafka.write(0, numbered(3));
  KafkaMember member(kafka.settings());
  ASSERT_TRUE(member.wait_for_records(3));
  rd_kafka_mock_partition_set_leader(kafka.get(), "actions", 0, 2);
  kafka.write(0, {"4", "5"});
  ASSERT_TRUE(member.wait_for_records(5));
  EXPECT_EQ(member.values[0], numbered(5));
}

TEST(KafkaSource, KeepsWhatIsRevokedUntilItIsReleased) {
  MockKafka kafka;
  kafka.create("actions", 4);
  KafkaMember first(kafka.settings());
  ASSERT_TRUE(first.wait_for_owned(4));
  first.releases = false;
  KafkaMember second(kafka.settings());
  const auto both = [&](const KafkaMember::Condition& condition) {
    return first.wait([&] {
      second.turn();
      return condition();
    });
  };
  ASSERT_TRUE(both([&] { return !first.revoked.empty(); }));
  EXPECT_THAT(first.revoked[0].partitions, UnorderedElementsAre(0, 1, 2, 3));
  EXPECT_FALSE(first.revoked[0].is_lost);
  kafka.write(0, numbered(1));
  EXPECT_FALSE(first.source().next_record(0));
  EXPECT_THAT(second.owned, IsEmpty());
  first.releases = true;
  ASSERT_TRUE(both([&] { return first.owned.size() == 2 && second.owned.size() == 2; }));
  second.source().leave();
  ASSERT_TRUE(both([&] { return second.source().has_left(); }));
  ASSERT_TRUE(first.wait_for_owned(4));
}

TEST(KafkaSource, BeginsAnewAfterWhatIsFatal) {
  MockKafka kafka;
  kafka.create("actions", 1);
  KafkaOptions options = kafka.options();
  options.properties["group.instance.id"] = "one";
  KafkaMember member(*make_kafka_settings(options));
  ASSERT_TRUE(member.wait_for_owned(1));
  const PartitionOffset offset[] = {{0, 0}};
  kafka.fail(KafkaRequest::kHeartbeat, {RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID});
  ASSERT_TRUE(member.wait([&] { return !member.troubles.empty(); }));
  EXPECT_EQ(member.troubles[0].kind, Kind::kOther);
  ASSERT_THAT(member.revoked, SizeIs(1));
  EXPECT_TRUE(member.revoked[0].is_lost);
  member.source().commit(offset);
  ASSERT_TRUE(member.wait([&] { return member.commits.size() == 1; }));
  EXPECT_NE(member.commits[0].error, "");
  ASSERT_TRUE(member.wait_for_owned(1));
  EXPECT_EQ(member.wells, 1);
  kafka.write(0, numbered(2));
  ASSERT_TRUE(member.wait_for_records(2));
}

TEST(KafkaSource, BeginsAtTheEndOnceWhereItIsToldSo) {
  MockKafka kafka;
  kafka.create("actions", 1);
  kafka.write(0, numbered(50));
  KafkaOptions options = kafka.options();
  options.start = KafkaStart::kLatest;
  {
    KafkaMember member(*make_kafka_settings(options));
    ASSERT_TRUE(member.wait_for_owned(1));
    EXPECT_EQ(member.owned[0], 50);
    kafka.write(0, {"51"});
    ASSERT_TRUE(member.wait_for_records(1));
    EXPECT_THAT(member.offsets[0], ElementsAre(50));
    member.leave();
  }
  // It was read, but not settled: whoever has it next gets it again.
  KafkaMember next(*make_kafka_settings(options));
  ASSERT_TRUE(next.wait_for_records(1));
  EXPECT_EQ(next.owned[0], 50);
  EXPECT_THAT(next.values[0], ElementsAre("51"));
}

TEST(KafkaSource, ReadsOnePartitionWhileAnotherIsFull) {
  MockKafka kafka;
  kafka.create("actions", 2);
  const std::vector<std::string> large(40, std::string(100'000, 'x'));
  kafka.write(0, large);
  KafkaMember member(kafka.settings());
  member.reads = false;
  ASSERT_TRUE(member.wait_for_owned(2));
  for (int round = 0; round < 20; ++round) {
    kafka.write(1, {std::to_string(round)});
    ASSERT_TRUE(member.wait([&] {
      const auto record = member.source().next_record(1);
      return record && record->offset == round;
    }));
  }
  member.reads = true;
  ASSERT_TRUE(member.wait_for_records(40));
  std::vector<int64_t> all(40);
  std::iota(all.begin(), all.end(), 0);
  EXPECT_EQ(member.offsets[0], all);
}

// librdkafka leaves a queue that was full alone for up to 1 s, unless its thread of that broker is
// stirred. The other partition is on another broker, so that it stirs nothing.
TEST(KafkaSource, ReadsOnAtOnceAfterAPartitionWasFull) {
  MockKafka kafka(2);
  kafka.create("actions", 2);
  rd_kafka_mock_partition_set_leader(kafka.get(), "actions", 0, 1);
  rd_kafka_mock_partition_set_leader(kafka.get(), "actions", 1, 2);
  kafka.write(0, std::vector<std::string>(60, std::string(100'000, 'x')));
  KafkaMember member(kafka.settings());
  member.reads = false;
  ASSERT_TRUE(member.wait_for_owned(2));
  Duration stood_still{};
  size_t read = 0;
  for (int round = 0; round < 4; ++round) {
    for (int i = 0; i < 3; ++i) {  // meanwhile the first one fills
      kafka.write(1, {"x"});
      ASSERT_TRUE(member.wait([&] { return member.source().next_record(1).has_value(); }));
    }
    size_t at_once = 0;
    for (; member.source().next_record(0); ++at_once) {
    }
    EXPECT_GE(at_once, 5);
    read += at_once;
    const auto begin = std::chrono::steady_clock::now();
    ASSERT_TRUE(member.wait([&] { return member.source().next_record(0).has_value(); }));
    stood_still += std::chrono::steady_clock::now() - begin;
    ++read;
  }
  EXPECT_LT(read, 60);
  EXPECT_LT(stood_still, std::chrono::milliseconds(1200));
}

TEST(KafkaSource, EndsAtOnceWithoutABroker) {
  KafkaOptions options{.brokers = "127.0.0.1:1", .topic = "actions", .group = "awpsd"};
  KafkaMember member(*make_kafka_settings(options));
  ASSERT_TRUE(member.wait([&] { return !member.troubles.empty(); }));
  EXPECT_EQ(member.troubles[0].kind, Kind::kBrokerAway) << member.troubles[0].message;
  const PartitionOffset offset[] = {{0, 0}};
  EXPECT_FALSE(member.source().commit_and_wait(offset, std::chrono::milliseconds(50)));
  const auto begin = std::chrono::steady_clock::now();
  member.leave();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, seconds(10));
}

TEST(KafkaSource, TellsNobodyItsPassword) {
  MockKafka kafka;
  KafkaOptions options = kafka.options();
  options.properties["security.protocol"] = "sasl_plaintext";
  options.properties["sasl.mechanisms"] = "PLAIN";
  options.properties["sasl.username"] = "me";
  options.secret_properties["sasl.password"] = "tr0ub4dor";
  KafkaLines lines;
  KafkaSource source({.settings = *make_kafka_settings(options), .wake = {}, .log = lines.sink()});
  std::optional<SourceEvent> event;
  const auto end = std::chrono::steady_clock::now() + seconds(30);
  while (!(event = source.next_event()) && std::chrono::steady_clock::now() < end) {
    std::this_thread::yield();
  }
  ASSERT_TRUE(event);
  EXPECT_THAT(std::get<SourceTrouble>(*event).message, ::testing::Not(HasSubstr("tr0ub4dor")));
  EXPECT_THAT(lines.all(), ::testing::Not(HasSubstr("tr0ub4dor")));
}

}  // namespace
}  // namespace awps
