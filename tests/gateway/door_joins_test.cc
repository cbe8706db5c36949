// Retries end to end: which of them get the answer of the request that they repeat, and which
// become actions of their own.

#include <gtest/gtest.h>

#include "tests/gateway/door_rig.h"

namespace awps {
namespace {

constexpr char kId[] = "x-ms-client-request-id: 7b1c";

std::string send_with_id(const std::string& data, std::vector<std::string> headers = {}) {
  headers.emplace_back(kId);
  return send_text(data, headers);
}

TEST(DoorJoins, ARetryGetsTheAnswerThatIsWaitedFor) {
  DoorRig rig;
  HttpClient first = rig.client();
  first.write(send_with_id("a"));
  const auto taken = rig.hub().take();
  first.close();
  HttpClient second = rig.client();
  second.write(send_with_id("a"));
  ASSERT_TRUE(rig.wait_for_joins(1));
  rig.hub().settle(taken);
  EXPECT_EQ(second.read().status, 202);
  EXPECT_EQ(rig.hub().count(), 1U);
}

TEST(DoorJoins, BothGetTheAnswer) {
  DoorRig rig;
  HttpClient first = rig.client();
  first.write(send_with_id("a"));
  const auto taken = rig.hub().take();
  HttpClient second = rig.client();
  second.write(send_with_id("a"));
  ASSERT_TRUE(rig.wait_for_joins(1));
  rig.hub().settle(taken);
  EXPECT_EQ(first.read().status, 202);
  EXPECT_EQ(second.read().status, 202);
}

TEST(DoorJoins, AnAnswerThatWasReadOnALivingConnectionIsTheEnd) {
  DoorRig rig;
  HttpClient first = rig.client();
  for (int i = 0; i < 2; ++i) {
    first.write(send_with_id("a"));
    rig.hub().settle(rig.hub().take());
    EXPECT_EQ(first.read().status, 202);
  }
  HttpClient second = rig.client();
  second.write(send_with_id("a"));
  rig.hub().settle(rig.hub().take());
  EXPECT_EQ(second.read().status, 202);
  EXPECT_EQ(rig.hub().count(), 3U);
  EXPECT_EQ(rig.counters.values().joined, 0U);
}

// Its client may have closed it without having read the answer.
TEST(DoorJoins, ARetryAfterTheConnectionDiedJoins) {
  DoorRig rig;
  HttpClient first = rig.client();
  first.write(send_with_id("a"));
  rig.hub().settle(rig.hub().take());
  EXPECT_EQ(first.read().status, 202);
  first.close();
  HttpClient second = rig.client();
  EXPECT_EQ(second.ask(send_with_id("a")).status, 202);
  EXPECT_EQ(rig.hub().count(), 1U);
  EXPECT_EQ(rig.counters.values().joined, 1U);
}

struct DifferenceCase {
  const char* name;
  std::string request;
};

class Difference : public testing::TestWithParam<DifferenceCase> {};

TEST_P(Difference, MakesANewAction) {
  DoorRig rig;
  HttpClient first = rig.client();
  first.write(send_with_id("a"));
  const auto taken = rig.hub().take();
  HttpClient second = rig.client();
  second.write(GetParam().request);
  rig.hub().settle(rig.hub().take());
  EXPECT_EQ(second.read().status, 202);
  rig.hub().settle(taken);
  EXPECT_EQ(first.read().status, 202);
  EXPECT_EQ(rig.counters.values().joined, 0U);
}

INSTANTIATE_TEST_SUITE_P(
    All, Difference,
    testing::Values(DifferenceCase{"Body", send_with_id("b")},
                    DifferenceCase{"Id", send_text("a", {"x-ms-client-request-id: other"})},
                    DifferenceCase{"NoId", send_text("a")},
                    DifferenceCase{"OwnHeader", send_with_id("a", {"x-awpsd-ordering-key: k"})},
                    DifferenceCase{
                        "Query",
                        send_text("a", {kId}, "/api/hubs/chat/:send?api-version=2023-07-01")}),
    [](const auto& row) { return row.param.name; });

TEST(DoorJoins, WithoutAnIdNothingJoins) {
  DoorRig rig;
  HttpClient first = rig.client();
  HttpClient second = rig.client();
  first.write(send_text("a"));
  const auto taken = rig.hub().take();
  second.write(send_text("a"));
  rig.hub().settle(rig.hub().take());
  rig.hub().settle(taken);
  EXPECT_EQ(first.read().status, 202);
  EXPECT_EQ(second.read().status, 202);
}

// The order of a connection holds for what joins and what does not.
TEST(DoorJoins, WhatComesBehindARetryIsNotHeldUp) {
  DoorRig rig;
  HttpClient first = rig.client();
  first.write(send_with_id("a"));
  const auto taken = rig.hub().take();
  first.close();
  HttpClient second = rig.client();
  second.write(send_with_id("a") + send_text("b"));
  const auto behind = rig.hub().take();
  EXPECT_EQ(behind.data(), "b");
  rig.hub().settle(taken);
  rig.hub().settle(behind);
  EXPECT_EQ(second.read().status, 202);
  EXPECT_EQ(second.read().status, 202);
  EXPECT_EQ(rig.hub().count(), 2U);
}

TEST(DoorJoins, ARetryOfWhatWaitsForRoomJoinsIt) {
  DoorRig rig({.hubs = {{.max_bytes = 1500}}});
  const std::string big(1000, 'x');
  HttpClient client = rig.client();
  client.write(send_text(big));
  const auto taken = rig.hub().take();
  HttpClient first = rig.client();
  first.write(send_with_id(big));
  HttpClient second = rig.client();
  second.write(send_with_id(big));
  ASSERT_TRUE(rig.wait_for_joins(1));
  rig.hub().settle(taken);
  rig.hub().settle(rig.hub().take());
  EXPECT_EQ(first.read().status, 202);
  EXPECT_EQ(second.read().status, 202);
  EXPECT_EQ(rig.hub().count(), 2U);
}

TEST(DoorJoins, RetriesJoinWhileTheDaemonStops) {
  DoorRig rig;
  HttpClient first = rig.client();
  first.write(send_with_id("a"));
  const auto taken = rig.hub().take();
  HttpClient second = rig.client();
  rig.door().begin_stop();
  second.write(send_with_id("a"));
  ASSERT_TRUE(rig.wait_for_joins(1));
  rig.hub().settle(taken);
  EXPECT_EQ(second.read().status, 202);
}

// ---- a durable hub

const DoorRig::Options kDurable{
    .hubs = {{.is_durable = true, .dedupe_window = std::chrono::minutes(2)}}};

TEST(DoorJoins, A503WithoutAReceiptLeavesTheActionToBeJoined) {
  DoorRig rig(kDurable);
  HttpClient first = rig.client();
  first.write(send_with_id("a"));
  const auto taken = rig.hub().take();
  rig.pass(std::chrono::seconds(6));
  EXPECT_EQ(first.read().status, 503);
  first.write(send_with_id("a"));
  ASSERT_TRUE(rig.wait_for_joins(1));
  rig.hub().accept(taken);
  rig.hub().settle(taken);
  EXPECT_EQ(first.read().status, 202);
  EXPECT_EQ(rig.hub().count(), 1U);
}

TEST(DoorJoins, AfterALateRefusalTheRetryIsANewAction) {
  DoorRig rig(kDurable);
  HttpClient client = rig.client();
  client.write(send_with_id("a"));
  const auto taken = rig.hub().take();
  rig.pass(std::chrono::seconds(6));
  EXPECT_EQ(client.read().status, 503);
  rig.hub().refuse_late(taken);
  rig.let_server_turn();
  client.write(send_with_id("a"));
  const auto again = rig.hub().take();
  EXPECT_TRUE(again.id.is_set) << "the hub has forgotten the id of what it refused";
  rig.hub().settle(again);
  EXPECT_EQ(client.read().status, 202);
}

// By the id a hub knows a retry from before the daemon's start.
TEST(DoorJoins, ADurableHubLearnsTheIdOfARequest) {
  DoorRig rig(kDurable);
  HttpClient client = rig.client();
  client.write(send_with_id("a"));
  const auto taken = rig.hub().take();
  EXPECT_TRUE(taken.id.is_set);
  EXPECT_FALSE(taken.id.is_new) << "soon after the start it may be a duplicate";
  EXPECT_NE(taken.action->id.find("7b1c"), std::string_view::npos);
  rig.hub().settle(taken, {.kind = OutcomeKind::kDuplicate});
  const HttpAnswer answer = client.read();
  EXPECT_EQ(answer.status, 202);
  EXPECT_EQ(answer.header("x-awpsd-outcome"), "duplicate");
}

TEST(DoorJoins, LongAfterTheStartNothingIsADuplicateOfTheHub) {
  DoorRig rig(kDurable);
  rig.pass(std::chrono::minutes(5));
  HttpClient client = rig.client();
  client.write(send_with_id("a"));
  const auto taken = rig.hub().take();
  EXPECT_TRUE(taken.id.is_set);
  EXPECT_TRUE(taken.id.is_new);
  rig.hub().settle(taken);
  EXPECT_EQ(client.read().status, 202);
}

TEST(DoorJoins, ANewActionWithAnIdThatWasAnsweredHasNone) {
  DoorRig rig(kDurable);
  HttpClient client = rig.client();
  client.write(send_with_id("a"));
  rig.hub().settle(rig.hub().take());
  EXPECT_EQ(client.read().status, 202);
  client.write(send_with_id("a"));
  const auto second = rig.hub().take();
  EXPECT_FALSE(second.id.is_set);
  rig.hub().settle(second);
  EXPECT_EQ(client.read().status, 202);
}

TEST(DoorJoins, ARequestWithoutAnIdIsNoDuplicate) {
  DoorRig rig(kDurable);
  HttpClient client = rig.client();
  client.write(send_text("a"));
  const auto taken = rig.hub().take();
  EXPECT_FALSE(taken.id.is_set);
  rig.hub().settle(taken);
  EXPECT_EQ(client.read().status, 202);
}

// ---- callers that hang up

TEST(DoorJoins, AnActionOfACallerThatIsGoneStaysAccepted) {
  DoorRig rig;
  HttpClient client = rig.client();
  client.write(send_text("a"));
  const auto taken = rig.hub().take();
  client.close();
  HttpClient other = rig.client();
  other.write(send_text("b"));
  const auto next = rig.hub().take();
  rig.hub().settle(taken);
  rig.hub().settle(next);
  EXPECT_EQ(other.read().status, 202);
}

}  // namespace
}  // namespace awps
