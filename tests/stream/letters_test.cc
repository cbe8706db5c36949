// Records that are refused, and actions that the hub gives up: no record is settled before its
// letter is safe, and none stops its partition.

#include <gtest/gtest.h>

#include "tests/stream/stream_rig.h"

namespace awps {
namespace {

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

}  // namespace
}  // namespace awps
