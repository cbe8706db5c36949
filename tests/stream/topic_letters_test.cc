// Dead letters of a stream that go to a topic.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/stream/stream_rig.h"

namespace awps {
namespace {

using std::chrono::seconds;
using Texts = std::vector<std::string>;

class TopicLettersTest : public StreamRig {
 protected:
  TopicLettersTest() { letters_go_to_topic_ = true; }

  int64_t settled(int32_t number) {
    turn();
    pass_second();
    return source_.committed(number);
  }
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

// The topic may take less than 64 KiB.
TEST_F(TopicLettersTest, IsShortenedUntilTheTopicTakesIt) {
  own({0});
  source_.write(0, {.offset = 0,
                    .key = std::string(5000, 'k'),
                    .value = std::string(100000, 'x'),
                    .written_at = {}});
  turn();
  std::vector<size_t> sizes;
  while (writer_.written.back().value.size() > 10000) {
    writer_.end_last("message too large", /*is_too_large=*/true);
    turn();
    sizes.push_back(writer_.written.back().value.size());
  }
  EXPECT_THAT(sizes, testing::ElementsAre(65536, 32768, 16384, 8192)) << "without a pause";
  EXPECT_EQ(writer_.written.back().key.size(), RefusedRecord::kMostKeyBytes);
  EXPECT_EQ(times_logged("too large for its topic"), 1);
  writer_.end_last();
  EXPECT_EQ(settled(0), 1);
}

// Who does not even take the headers is asked again a second later, and it is said what to do.
TEST_F(TopicLettersTest, SaysWhereTheTopicTakesNoLetterAtAll) {
  own({0});
  source_.produce(0, "xyz");
  turn();
  for (int i = 0; i < 10; ++i) {
    writer_.end_last("message too large", /*is_too_large=*/true);
    turn();
  }
  EXPECT_EQ(writer_.written.size(), 3) << "three bytes, one, none";
  EXPECT_THAT(partition(0).oldest->why, testing::HasSubstr("raise its max.message.bytes"));
  pass_second();
  EXPECT_EQ(writer_.written.size(), 4);
}

// The brokers refuse all that is written together.
TEST_F(TopicLettersTest, OneIsCutOnlyIfItWasWrittenAlone) {
  own({0});
  for (int i = 0; i < 3; ++i) source_.produce(0, std::string(1000, 'x'));
  turn();
  ASSERT_EQ(writer_.written.size(), 3);
  for (const PlayedWriter::Written& one : writer_.written) {
    writer_.ends.push_back({.token = one.token, .error = "too large", .is_too_large = true});
  }
  for (size_t i = 4; i <= 6; ++i) {
    turn();
    ASSERT_EQ(writer_.written.size(), i) << "one at a time";
    EXPECT_EQ(writer_.written.back().value.size(), 1000) << "whole";
    writer_.end_last();
  }
  EXPECT_EQ(settled(0), 3);
  for (int i = 0; i < 3; ++i) source_.produce(0, "x");
  turn();
  EXPECT_EQ(writer_.written.size(), 9) << "together again";
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
  wait(seconds(20));
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
