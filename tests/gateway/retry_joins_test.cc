#include "gateway/retry_joins.h"

#include <gtest/gtest.h>

#include "gateway/action_ids.h"

namespace awps {
namespace {

using std::chrono::seconds;
using Kind = RetryJoins::Arrival::Kind;

const auto kAnswer =
    std::make_shared<const GatewayAnswer>(GatewayAnswer{.status = 202, .is_accepted = true});
const auto kRefusal = std::make_shared<const GatewayAnswer>(GatewayAnswer{.status = 503});

class RetryJoinsTest : public testing::Test {
 protected:
  static constexpr JoinKey kKey{.high = 1, .low = 2};

  RetryJoins::Arrival arrive(uint64_t connection, const JoinKey& key = kKey) {
    joins_.request_came(connection);
    return joins_.arrive(key, connection, now_);
  }
  /// A request that was answered on this connection.
  RetryJoins::Arrival answered_on(uint64_t connection) {
    const auto first = arrive(connection);
    joins_.answered(first.ticket, kAnswer, now_);
    joins_.written(first.ticket, true, now_);
    return first;
  }

  RetryJoins joins_{{}};
  Instant now_{seconds(1000)};
};

TEST_F(RetryJoinsTest, ARequestIsNew) {
  const auto first = arrive(1);
  EXPECT_EQ(first.kind, Kind::kNew);
  EXPECT_EQ(first.action, first.ticket.number);
  EXPECT_FALSE(first.has_forerunner);
  EXPECT_EQ(arrive(1, {.high = 1, .low = 3}).kind, Kind::kNew);
}

TEST_F(RetryJoinsTest, JoinsWhatIsStillWaitedFor) {
  const auto first = arrive(1);
  joins_.connection_ended(1, now_);
  now_ += seconds(500);
  const auto second = arrive(2);
  EXPECT_EQ(second.kind, Kind::kJoinsWaiting);
  EXPECT_EQ(second.action, first.action);
  EXPECT_EQ(arrive(3).action, first.action);
}

TEST_F(RetryJoinsTest, JoinsAnAnswerThatCouldNotBeWritten) {
  const auto first = arrive(1);
  joins_.answered(first.ticket, kAnswer, now_);
  joins_.written(first.ticket, false, now_);
  now_ += seconds(60);
  const auto second = arrive(2);
  EXPECT_EQ(second.kind, Kind::kJoinsAnswered);
  EXPECT_EQ(second.answer, kAnswer);
  EXPECT_EQ(second.action, first.action);
}

// They were told to send it again, and it was accepted after that.
TEST_F(RetryJoinsTest, JoinsAnAnswerThatNobodyWaitedForAnyMore) {
  const auto first = arrive(1);
  joins_.answered_to_nobody(first.ticket, kAnswer, now_);
  joins_.request_came(1);
  EXPECT_EQ(joins_.connections(), 0U);
  EXPECT_EQ(arrive(1).kind, Kind::kJoinsAnswered);
}

TEST_F(RetryJoinsTest, JoinsForAMinuteAnAnswerThatNobodyWaitedForAnyMore) {
  const auto first = arrive(1);
  joins_.answered_to_nobody(first.ticket, kAnswer, now_);
  now_ += seconds(60) + Duration(1);
  EXPECT_EQ(arrive(1).kind, Kind::kNew);
}

TEST_F(RetryJoinsTest, JoinsForAMinute) {
  const auto first = arrive(1);
  joins_.answered(first.ticket, kAnswer, now_);
  joins_.written(first.ticket, false, now_);
  now_ += seconds(60) + Duration(1);
  const auto second = arrive(2);
  EXPECT_EQ(second.kind, Kind::kNew);
  EXPECT_TRUE(second.has_forerunner);
}

TEST_F(RetryJoinsTest, JoinsWhatEndedSoonAfterTheAnswer) {
  answered_on(1);
  now_ += seconds(5);
  joins_.connection_ended(1, now_);
  EXPECT_EQ(arrive(2).kind, Kind::kJoinsAnswered);
}

TEST_F(RetryJoinsTest, WhatEndedLaterHadItsAnswer) {
  answered_on(1);
  now_ += seconds(5) + Duration(1);
  joins_.connection_ended(1, now_);
  EXPECT_EQ(arrive(2).kind, Kind::kNew);
  EXPECT_EQ(joins_.answer_bytes(), 0U);
}

TEST_F(RetryJoinsTest, AnotherRequestShowsThatTheAnswerArrived) {
  answered_on(1);
  joins_.request_came(1);
  joins_.connection_ended(1, now_);
  EXPECT_EQ(arrive(2).kind, Kind::kNew);
}

TEST_F(RetryJoinsTest, OnAConnectionThatLivesOnItIsNew) {
  answered_on(1);
  EXPECT_EQ(joins_.connection_in_doubt(kKey), 1U);
  const auto second = arrive(2);
  EXPECT_EQ(second.kind, Kind::kNew);
  EXPECT_TRUE(second.has_forerunner);
  EXPECT_EQ(joins_.connection_in_doubt(kKey), std::nullopt);
}

TEST_F(RetryJoinsTest, TwoOnOneConnectionAreTwo) {
  answered_on(1);
  EXPECT_EQ(arrive(1).kind, Kind::kNew);
}

TEST_F(RetryJoinsTest, TheRetryDecidesOfTheNextRetry) {
  const auto first = arrive(1);
  const auto second = arrive(2);
  joins_.answered(first.ticket, kAnswer, now_);
  joins_.written(first.ticket, true, now_);  // into a connection that nobody reads any more
  joins_.written(second.ticket, false, now_);
  EXPECT_EQ(arrive(3).kind, Kind::kJoinsAnswered);
}

TEST_F(RetryJoinsTest, WhatWasNotAcceptedIsTriedAnew) {
  const auto first = arrive(1);
  joins_.answered(first.ticket, kRefusal, now_);
  joins_.written(first.ticket, false, now_);
  const auto second = arrive(2);
  EXPECT_EQ(second.kind, Kind::kNew);
  EXPECT_FALSE(second.has_forerunner);
}

TEST_F(RetryJoinsTest, ARefusalDoesNotHideAnEarlierAction) {
  answered_on(1);
  const auto second = arrive(1);
  joins_.answered(second.ticket, kRefusal, now_);
  const auto third = arrive(2);
  EXPECT_EQ(third.kind, Kind::kNew);
  EXPECT_TRUE(third.has_forerunner);
}

TEST_F(RetryJoinsTest, TheOldestKeyGoesFirst) {
  RetryJoins few({.max_entries = 2});
  const JoinKey keys[] = {{1, 1}, {2, 2}, {3, 3}};
  const auto first = few.arrive(keys[0], 1, now_);
  (void)few.arrive(keys[1], 1, now_);
  (void)few.arrive(keys[2], 1, now_);
  EXPECT_EQ(few.size(), 2U);
  few.answered(first.ticket, kAnswer, now_);  // nothing is there any more
  EXPECT_EQ(few.arrive(keys[2], 2, now_).kind, Kind::kJoinsWaiting);
  EXPECT_EQ(few.arrive(keys[0], 2, now_).kind, Kind::kNew);
  EXPECT_EQ(few.arrive(keys[1], 2, now_).kind, Kind::kNew);
}

TEST_F(RetryJoinsTest, AnswersTakeBoundedMemory) {
  RetryJoins little({.max_answer_bytes = 100'000});
  const auto big = std::make_shared<const GatewayAnswer>(
      GatewayAnswer{.status = 404, .body = std::string(2000, 'x'), .is_accepted = true});
  for (uint64_t i = 0; i < 1000; ++i) {
    const auto arrival = little.arrive({i, i}, i, now_);
    little.answered(arrival.ticket, big, now_);
    little.connection_ended(i, now_);
    ASSERT_LE(little.answer_bytes(), 100'000U);
  }
  EXPECT_GT(little.size(), 40U);
  EXPECT_EQ(little.connections(), 0U);
}

TEST(JoinKeys, EveryFieldCounts) {
  const JoinFields fields{.caller = "service",
                          .method = "POST",
                          .target = "/p?q",
                          .content_type = "text/plain",
                          .own_fields = "x-awpsd-answer:accepted\n",
                          .body = "body",
                          .client_request_id = "id"};
  const JoinKey key = join_key_of(fields);
  EXPECT_EQ(join_key_of(fields), key);
  for (std::string_view JoinFields::*const field :
       {&JoinFields::caller, &JoinFields::method, &JoinFields::target, &JoinFields::content_type,
        &JoinFields::own_fields, &JoinFields::body, &JoinFields::client_request_id}) {
    JoinFields other = fields;
    other.*field = "other";
    EXPECT_NE(join_key_of(other), key);
    other.*field = "";
    EXPECT_NE(join_key_of(other), key);
  }
  JoinFields moved = fields;
  moved.caller = "serviceP";
  moved.method = "OST";
  EXPECT_NE(join_key_of(moved), key);
}

// Records of durable hubs have it: another version must find the same.
TEST(JoinKeys, StayWhatTheyAre) {
  const JoinKey key = join_key_of({.caller = "service",
                                   .method = "POST",
                                   .target = "/api/hubs/h/:send",
                                   .content_type = "text/plain",
                                   .own_fields = "",
                                   .body = "x",
                                   .client_request_id = "id"});
  EXPECT_EQ(action_id_of(key, "id"), "\"id a235203d7e9b1108450385409e4a484a\"");
}

TEST(ActionIds, AreShortJsonStrings) {
  const JoinKey key{.high = 0x0123456789abcdefU, .low = 1};
  EXPECT_EQ(action_id_of(key, "a b\n\"é"), "\"ab\\\" 0123456789abcdef0000000000000001\"");
  EXPECT_EQ(action_id_of(key, std::string(300, 'x')).size(), 64U + 1 + 32 + 2);
}

TEST(ActionIds, OnlySoonAfterAStartADuplicateIsARetry) {
  const Instant start{seconds(5)};
  EXPECT_TRUE(may_follow_restart(start + kRestartWindow, start));
  EXPECT_FALSE(may_follow_restart(start + kRestartWindow + Duration(1), start));
}

}  // namespace
}  // namespace awps
