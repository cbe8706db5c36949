// KafkaWriter and the questions of kafka_reader.h, with librdkafka's mock cluster.

#include "stream/kafka/kafka_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "stream/kafka/kafka_reader.h"
#include "tests/stream/kafka_rig.h"

namespace awps {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using Kind = SourceTrouble::Kind;

WriteRequest request_of(std::string_view value, uint64_t token) {
  return {.key = "key", .value = value, .headers = {}, .token = token, .partition = 0};
}

TEST(KafkaWriter, SaysWhichAreSafeAndWhere) {
  MockKafka kafka;
  kafka.create("actions", 1);
  KafkaWriter writer({.settings = kafka.settings(), .topic = {}, .wake = {}, .log = {}});
  for (uint64_t token = 1; token <= 100; ++token) {
    const auto sent = writer.send(request_of("value", token));
    ASSERT_TRUE(sent && *sent);
  }
  EXPECT_EQ(writer.under_way(), 100);
  ASSERT_TRUE(writer.flush(seconds(30)));
  const std::vector<WriteEnded> ended = writer.poll(Duration::zero());
  ASSERT_THAT(ended, SizeIs(100));
  for (size_t i = 0; i < ended.size(); ++i) {
    EXPECT_EQ(ended[i].token, i + 1);
    EXPECT_EQ(ended[i].error, "");
    EXPECT_EQ(ended[i].partition, 0);
    EXPECT_EQ(ended[i].offset, static_cast<int64_t>(i));
  }
  EXPECT_THAT(writer.poll(Duration::zero()), SizeIs(0));
}

TEST(KafkaWriter, KeepsTheOrderOfAPartitionWhereOneHasToBeRepeated) {
  MockKafka kafka;
  kafka.create("actions", 1);
  kafka.fail(KafkaRequest::kProduce,
             {RD_KAFKA_RESP_ERR_NO_ERROR, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
              RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND});
  KafkaWriter writer({.settings = kafka.settings(), .topic = {}, .wake = {}, .log = {}});
  const std::vector<std::string> values = numbered(30);
  for (const std::string& value : values) {
    const auto sent = writer.send(request_of(value, 0));
    ASSERT_TRUE(sent && *sent);
    writer.poll(std::chrono::milliseconds(10));  // requests of their own
  }
  ASSERT_TRUE(writer.flush(seconds(30)));
  std::vector<std::string> seen;
  const auto read = read_back(
      kafka.settings(), 1000,
      [&](int32_t, const StreamRecord& record) {
        if (seen.empty() || seen.back() != record.value) seen.emplace_back(record.value);
      },
      {}, seconds(30));
  ASSERT_TRUE(read);
  EXPECT_EQ(seen, values);
}

TEST(KafkaWriter, WritesLettersWithTheirHeadersAndTellsTheirEnds) {
  MockKafka kafka;
  kafka.create("letters", 1);
  int woken = 0;
  Mutex mutex;
  KafkaWriter writer({.settings = kafka.settings(),
                      .topic = "letters",
                      .wake =
                          [&] {
                            const MutexLock lock(mutex);
                            ++woken;
                          },
                      .log = {}});
  ASSERT_TRUE(writer.write({.token = 7,
                            .has_key = true,
                            .key = "",
                            .value = "bytes",
                            .headers = {{"awpsd-code", "forbidden"}}}));
  std::optional<LetterWritten> written;
  const auto end = std::chrono::steady_clock::now() + seconds(30);
  while (!(written = writer.next_written()) && std::chrono::steady_clock::now() < end) {
    writer.flush(std::chrono::milliseconds(10));
  }
  ASSERT_TRUE(written);
  EXPECT_EQ(written->token, 7);
  EXPECT_EQ(written->error, "");
  const MutexLock lock(mutex);
  EXPECT_GE(woken, 1);
}

TEST(KafkaWriter, HasNoRoomUntilSomethingHasEnded) {
  MockKafka kafka;
  kafka.create("actions", 1);
  rd_kafka_mock_broker_set_down(kafka.get(), 1);
  KafkaWriter writer(
      {.settings = kafka.settings(), .topic = {}, .wake = {}, .log = {}, .most_bytes = 100'000});
  const std::string value(10'000, 'x');
  size_t taken = 0;
  while (
      writer.write({.token = taken, .has_key = false, .key = {}, .value = value, .headers = {}})) {
    ASSERT_LT(++taken, 20);
  }
  EXPECT_GE(taken, 5);
  rd_kafka_mock_broker_set_up(kafka.get(), 1);
  ASSERT_TRUE(writer.flush(seconds(30)));
  EXPECT_TRUE(
      writer.write({.token = 1, .has_key = false, .key = {}, .value = value, .headers = {}}));
}

TEST(KafkaWriter, GivesUpAfterItsTime) {
  MockKafka kafka;
  kafka.create("actions", 1);
  rd_kafka_mock_broker_set_down(kafka.get(), 1);
  KafkaWriter writer({.settings = kafka.settings(),
                      .topic = {},
                      .wake = {},
                      .log = {},
                      .give_up_after = std::chrono::milliseconds(300)});
  ASSERT_TRUE(writer.send(request_of("value", 1)));
  ASSERT_TRUE(writer.flush(seconds(30)));
  const std::vector<WriteEnded> ended = writer.poll(Duration::zero());
  ASSERT_THAT(ended, SizeIs(1));
  EXPECT_THAT(ended[0].error, HasSubstr("\"actions\""));
}

TEST(KafkaWriter, SaysOfWhatIsTooLargeThatItIsNotTaken) {
  MockKafka kafka;
  kafka.create("actions", 1);
  KafkaOptions options = kafka.options();
  options.properties["message.max.bytes"] = "1000";
  KafkaWriter writer(
      {.settings = *make_kafka_settings(options), .topic = {}, .wake = {}, .log = {}});
  const std::string value(2000, 'x');
  EXPECT_FALSE(writer.send(request_of(value, 1)));
  ASSERT_TRUE(
      writer.write({.token = 3, .has_key = false, .key = {}, .value = value, .headers = {}}));
  const std::optional<LetterWritten> written = writer.next_written();
  ASSERT_TRUE(written);
  EXPECT_EQ(written->token, 3);
  EXPECT_NE(written->error, "");
  EXPECT_TRUE(written->is_too_large);
}

TEST(KafkaReader, ReadsTheLastRecordsOfEachPartition) {
  MockKafka kafka;
  kafka.create("actions", 3);
  kafka.write(0, numbered(10));
  kafka.write(2, numbered(2));
  std::map<int32_t, std::vector<std::string>> seen;
  const auto read = read_back(
      kafka.settings(), 3,
      [&](int32_t partition, const StreamRecord& record) {
        EXPECT_EQ(record.key, "key");
        seen[partition].emplace_back(record.value);
      },
      {}, seconds(30));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->partitions, 3);
  EXPECT_THAT(seen[0], ElementsAre("8", "9", "10"));
  EXPECT_THAT(seen[1], SizeIs(0));
  EXPECT_THAT(seen[2], ElementsAre("1", "2"));
}

TEST(KafkaReader, SaysWhatTheStreamLacks) {
  MockKafka kafka;
  kafka.create("actions", 2);
  const auto well = check_stream(kafka.settings(), {}, seconds(10));
  ASSERT_TRUE(well) << well.error().message;
  EXPECT_EQ(well->partitions, 2);
  for (const auto& [error, kind] :
       {std::pair{RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, Kind::kTopicMissing},
        std::pair{RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, Kind::kCredentialRefused}}) {
    rd_kafka_mock_topic_set_error(kafka.get(), "actions", error);
    const auto checked = check_stream(kafka.settings(), {}, seconds(10));
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().kind, kind);
    EXPECT_THAT(checked.error().message, HasSubstr("\"actions\""));
  }
  rd_kafka_mock_broker_set_down(kafka.get(), 1);
  const auto away = check_stream(kafka.settings(), {}, seconds(1));
  ASSERT_FALSE(away);
  EXPECT_EQ(away.error().kind, Kind::kBrokerAway);
}

}  // namespace
}  // namespace awps
