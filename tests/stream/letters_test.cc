// Records that are refused, and actions that the hub gives up: no record is settled before its
// letter is safe, and none stops its partition.

#include <gtest/gtest.h>

#include "tests/stream/stream_rig.h"

namespace awps {
namespace {

using std::chrono::seconds;
using Texts = std::vector<std::string>;

class LettersTest : public StreamRig {
 protected:
  int64_t settled(int32_t number) {
    turn();
    pass_second();
    return source_.committed(number);
  }
};

struct RefusedRow {
  const char* name;
  std::string value;
  const char* code;
  const char* message;  // a part of it
};
class RefusedRecords : public StreamRig, public testing::WithParamInterface<RefusedRow> {};

TEST_P(RefusedRecords, BecomeLettersAndStopNothing) {
  options_.hubs = {"news"};
  options_.max_record_bytes = 2000;
  own({3});
  source_.write(3, {.offset = 0, .key = "k", .value = GetParam().value, .written_at = {}});
  source_.produce(3, send("next"));
  turn();
  EXPECT_EQ(chat_.texts(), Texts{"next"});
  ASSERT_EQ(chat_.kept.size(), 1);
  const RefusedRecord& kept = chat_.kept[0];
  EXPECT_EQ(kept.code, GetParam().code);
  EXPECT_NE(kept.message.find(GetParam().message), std::string::npos) << kept.message;
  EXPECT_EQ(kept.stream, "orders");
  EXPECT_EQ(kept.topic, "actions");
  EXPECT_EQ(kept.partition, 3);
  EXPECT_EQ(kept.offset, 0);
  EXPECT_TRUE(kept.has_key);
  EXPECT_EQ(kept.key, "k");
  EXPECT_EQ(kept.bytes, GetParam().value);
  EXPECT_EQ(kept.total_bytes, GetParam().value.size());
  EXPECT_EQ(counters_.rejected.value(), 1);
  EXPECT_TRUE(has_logged("partition 3, offset 0: "));
  chat_.deliver_all();
  turn();
  pass_second();
  EXPECT_EQ(source_.committed(3), 2);
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, RefusedRecords,
    testing::Values(
        RefusedRow{"NoJson", "hello world", "invalid_json", "not JSON"},
        RefusedRow{"CutOff", R"([{"actionName":"sendToAll",)", "invalid_json", "not JSON"},
        RefusedRow{"TwoLines", send("a") + "\n" + send("b"), "invalid_json", "not JSON"},
        RefusedRow{"NotUtf8", "\xff\xfe\x00x", "invalid_json", "not JSON"},
        RefusedRow{"NoAction", R"({"actionName":"fly"})", "invalid_action", "fly"},
        RefusedRow{"ANumber", "17", "invalid_action", "the line is"},
        RefusedRow{"Hello", R"({"hello":{"ack":"delivered"}})", "invalid_action",
                   "a record cannot be a hello"},
        RefusedRow{"BadHello", R"({"hello":17})", "invalid_action", "a record cannot be a hello"},
        RefusedRow{"BrokenHello", R"({"hello":)", "invalid_json", "not JSON"},
        RefusedRow{"UnknownHub", send("a", R"(,"hub":"news","hub":"x")"), "invalid_action", "hub"},
        RefusedRow{"ForbiddenHub", send("a", R"(,"hub":"other")"), "forbidden",
                   "add it to 'hubs' of [streams.orders]"},
        RefusedRow{"TooLong", std::string(3000, 'x'), "line_too_long", "2000 bytes"}),
    [](const auto& row) { return std::string(row.param.name); });

TEST_F(LettersTest, OneThatWasCutOffDoesNotSpoilTheNext) {
  own({0});
  source_.produce(0, "[");
  source_.produce(0, send("a"));
  turn();
  EXPECT_EQ(chat_.texts(), Texts{"a"});
}

TEST_F(LettersTest, HubsThatTheStreamMayUse) {
  options_.hubs = {"news"};
  own({0});
  source_.produce(0, send("a", R"(,"hub":"NEWS")"));
  source_.produce(0, send("b", R"(,"hub":"Chat")"));
  turn();
  EXPECT_EQ(news_.texts(), Texts{"a"});
  EXPECT_EQ(chat_.texts(), Texts{"b"});
  StreamOptions options = options_;
  options.hubs = {};
  stream().set_options(options);
  source_.produce(0, send("c", R"(,"hub":"news")"));
  turn();
  ASSERT_EQ(chat_.kept.size(), 1);
  EXPECT_EQ(chat_.kept[0].code, "forbidden");
}

TEST_F(LettersTest, AllThatAreRefusedOfARecordMakeOneLetter) {
  own({0});
  source_.produce(0, "[" + send("a") + ",{},17," + send("b") + ",{}]");
  turn();
  EXPECT_EQ(chat_.texts(), (Texts{"a", "b"}));
  ASSERT_EQ(chat_.kept.size(), 1);
  EXPECT_EQ(chat_.kept[0].element, 1);
  EXPECT_NE(chat_.kept[0].message.find("(and 2 more elements of this record failed: 2, 4)"),
            std::string::npos)
      << chat_.kept[0].message;
  EXPECT_EQ(counters_.rejected.value(), 3);
}

TEST_F(LettersTest, KeepsTheBeginningOfALongOne) {
  own({0});
  source_.write(0, {.offset = 0,
                    .key = std::string(5000, 'k'),
                    .value = std::string(100000, 'x'),
                    .written_at = {}});
  turn();
  ASSERT_EQ(chat_.kept.size(), 1);
  EXPECT_EQ(chat_.kept[0].bytes.size(), RefusedRecord::kMostBytes);
  EXPECT_EQ(chat_.kept[0].total_bytes, 100000);
  EXPECT_EQ(chat_.kept[0].key.size(), RefusedRecord::kMostKeyBytes);
}

TEST_F(LettersTest, IsNotSettledBeforeItsLetterIsOnDisk) {
  chat_.safe_up_to = 0;
  own({0});
  source_.produce(0, "x");
  for (int i = 0; i < 3; ++i) EXPECT_LE(settled(0), 0);
  EXPECT_EQ(chat_.kept.size(), 1) << "it is kept once";
  EXPECT_EQ(partition(0).oldest->why, "its dead letter is being stored");
  chat_.safe_up_to = 1;
  EXPECT_EQ(settled(0), 1);
}

TEST_F(LettersTest, WhatTheHubGaveUpIsSettledOnceItsLetterIsOnDisk) {
  chat_.safe_up_to = 6;
  own({0});
  source_.produce(0, send("a"));
  turn();
  chat_.end(0, {.kind = OutcomeKind::kDeadLettered, .letter = 7});
  EXPECT_LE(settled(0), 0);
  chat_.safe_up_to = 7;
  EXPECT_EQ(settled(0), 1);
}

// A worker that ends keeps nothing: the letter goes to the hub that comes after it.
TEST_F(LettersTest, IsOfferedAgainWhereAHubHasNotKeptIt) {
  chat_.has_ended = true;
  own({0});
  source_.produce(0, "x");
  EXPECT_LE(settled(0), 0);
  chat_.has_ended = false;
  pass_second();
  EXPECT_EQ(settled(0), 1);
  EXPECT_EQ(chat_.kept.size(), 1);
}

TEST_F(LettersTest, ManyPoisonRecordsWaitForTheStoreWithBoundedMemory) {
  chat_.hangs = true;
  own({0});
  for (int i = 0; i < 1000; ++i) source_.produce(0, std::string(60000, 'x'));
  turn();
  EXPECT_LT(partition(0).ahead, 100);
  EXPECT_EQ(partition(0).wait, PartitionWait::kLetters);
  chat_.answer();
  turn();
  EXPECT_EQ(chat_.kept.size(), 1000);
  EXPECT_EQ(settled(0), 1000);
}

TEST_F(LettersTest, AHubThatKeepsNoMoreIsNotOfferedMore) {
  chat_.may_keep = false;
  own({0});
  source_.produce(0, "x");
  turn();
  EXPECT_EQ(partition(0).wait, PartitionWait::kLetters);
  EXPECT_EQ(partition(0).ahead, 0);
  chat_.may_keep = true;
  EXPECT_EQ(settled(0), 1);
}

TEST_F(LettersTest, ALateRefusalIsALetter) {
  own({0});
  source_.produce(0, "[" + send("a") + "," + send("b") + "]");
  turn();
  chat_.refuse_late(1, "cannot write");
  turn();
  ASSERT_EQ(chat_.kept.size(), 1);
  EXPECT_EQ(chat_.kept[0].element, 1);
  EXPECT_EQ(chat_.kept[0].code, "storage_failed");
  EXPECT_LE(settled(0), 0);
  chat_.deliver_all();
  EXPECT_EQ(settled(0), 1);
}

class TopicLettersTest : public LettersTest {
 protected:
  TopicLettersTest() { letters_go_to_topic_ = true; }
};

TEST_F(TopicLettersTest, ARefusedRecordGoesThereAsItCame) {
  own({2});
  source_.write(2, {.offset = 0, .key = "k", .value = std::string(100000, 'x'), .written_at = {}});
  turn();
  ASSERT_EQ(writer_.written.size(), 1);
  const PlayedWriter::Written& letter = writer_.written[0];
  EXPECT_TRUE(letter.has_key);
  EXPECT_EQ(letter.key, "k");
  EXPECT_EQ(letter.value, std::string(100000, 'x'));
  EXPECT_EQ(letter.header("awpsd-code"), "invalid_json");
  EXPECT_NE(letter.header("awpsd-message").find("not JSON"), std::string::npos);
  EXPECT_EQ(letter.header("awpsd-http-status"), "0");
  EXPECT_EQ(letter.header("awpsd-stream"), "orders");
  EXPECT_EQ(letter.header("awpsd-topic"), "actions");
  EXPECT_EQ(letter.header("awpsd-partition"), "2");
  EXPECT_EQ(letter.header("awpsd-offset"), "0");
  EXPECT_EQ(letter.header("awpsd-element"), "0");
  EXPECT_EQ(letter.header("awpsd-bytes"), "(none)");
  EXPECT_TRUE(chat_.kept.empty());
  EXPECT_LE(settled(2), 0);
  writer_.end_last();
  EXPECT_EQ(settled(2), 1);
}

// One letter a record, once the hub is done with all of it.
TEST_F(TopicLettersTest, WhatTheHubGaveUpGoesThere) {
  own({0});
  source_.produce(0, "[" + send("a") + "," + send("b") + ",{}," + send("c") + "]");
  turn();
  EXPECT_TRUE(chat_.items()[0].account->letters_elsewhere);
  chat_.end(2, {.kind = OutcomeKind::kDeadLettered,
                .http_status = 413,
                .error_code = "refused",
                .error_message = "too large"});
  chat_.end(0, {.kind = OutcomeKind::kDelivered});
  turn();
  EXPECT_TRUE(writer_.written.empty());
  chat_.deliver(1);
  turn();
  ASSERT_EQ(writer_.written.size(), 1);
  EXPECT_EQ(writer_.written[0].header("awpsd-element"), "2,3");
  writer_.end_last();
  EXPECT_EQ(settled(0), 1);

  source_.produce(0, send("d"));
  turn();
  chat_.end(0, {.kind = OutcomeKind::kDeadLettered,
                .http_status = 413,
                .error_code = "refused",
                .error_message = "too large"});
  turn();
  ASSERT_EQ(writer_.written.size(), 2);
  EXPECT_EQ(writer_.written[1].header("awpsd-code"), "refused");
  EXPECT_EQ(writer_.written[1].header("awpsd-message"), "too large");
  EXPECT_EQ(writer_.written[1].header("awpsd-http-status"), "413");
  EXPECT_EQ(writer_.written[1].value, send("d"));
}

TEST_F(TopicLettersTest, IsWrittenUntilItIsSafe) {
  own({0});
  source_.produce(0, "x");
  turn();
  writer_.end_last("not enough replicas");
  EXPECT_LE(settled(0), 0);
  ASSERT_EQ(writer_.written.size(), 2);
  EXPECT_EQ(writer_.written[1].value, "x");
  EXPECT_EQ(partition(0).oldest->why, "not enough replicas");
  writer_.end_last();
  EXPECT_EQ(settled(0), 1);
  EXPECT_EQ(writer_.written.size(), 2);
}

TEST_F(TopicLettersTest, AFullWriterIsAskedAgain) {
  writer_.is_full = true;
  own({0});
  source_.produce(0, "x");
  EXPECT_LE(settled(0), 0);
  writer_.is_full = false;
  pass_second();
  ASSERT_EQ(writer_.written.size(), 1);
  writer_.end_last();
  EXPECT_EQ(settled(0), 1);
}

TEST_F(TopicLettersTest, OneThatIsTooLargeIsShortened) {
  own({0});
  source_.produce(0, std::string(100000, 'x'));
  turn();
  writer_.end_last("message too large", /*is_too_large=*/true);
  pass_second();
  pass_second();
  ASSERT_EQ(writer_.written.size(), 2);
  EXPECT_EQ(writer_.written[1].value.size(), RefusedRecord::kMostBytes);
  EXPECT_EQ(writer_.written[1].header("awpsd-bytes"), "100000");
}

TEST_F(TopicLettersTest, WhileTheTopicFailsThePartitionStopsAtMaxAhead) {
  options_.max_ahead = 10;
  own({0});
  for (int i = 0; i < 50; ++i) source_.produce(0, "x");
  turn();
  EXPECT_EQ(writer_.written.size(), 10);
  EXPECT_EQ(partition(0).wait, PartitionWait::kAhead);
}

// Texts are kept only while they may be needed, and no more of them than the bound says.
TEST_F(TopicLettersTest, KeepsTextsWithinTheirBound) {
  options_.max_kept_bytes = 10000;
  own({0, 1});
  for (int i = 0; i < 50; ++i) source_.produce(0, send(std::string(900, 'x')));
  turn();
  EXPECT_LT(chat_.items().size(), 13);
  EXPECT_EQ(partition(0).wait, PartitionWait::kAhead);
  source_.produce(1, send("other"));
  turn();
  EXPECT_EQ(chat_.texts().back(), "other") << "one record of each partition may always be open";
  size_t delivered = 0;
  while (!chat_.items().empty()) {
    ++delivered;
    chat_.deliver(1);
    turn();
  }
  EXPECT_EQ(delivered, 51);
  EXPECT_EQ(settled(0), 50);
}

TEST_F(TopicLettersTest, OfAFormerOwnershipNothingIsSettled) {
  own({0});
  source_.produce(0, "x");
  turn();
  source_.revoke({0});
  turn();
  pass(seconds(20));
  ASSERT_FALSE(source_.owns(0));
  writer_.end_last();
  own({0});
  EXPECT_EQ(writer_.written.size(), 2);
  EXPECT_LE(settled(0), 0);
  writer_.end_last();
  EXPECT_EQ(settled(0), 1);
}

}  // namespace
}  // namespace awps
