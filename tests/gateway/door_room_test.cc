// Writes that wait: for room in their hub, for its disk, for the end of a stop.

#include <gtest/gtest.h>

#include "tests/gateway/door_rig.h"

namespace awps {
namespace {

// ---- a hub that has no room

DoorRig::Options small_hub(bool blocks) {
  return {.hubs = {{.block_when_full = blocks, .max_bytes = 1500}}};
}

const std::string kBig(1000, 'x');  // two of them are too much

TEST(DoorRoom, AWriteWaitsForRoom) {
  DoorRig rig(small_hub(true));
  HttpClient client = rig.client();
  client.write(send_text(kBig + "1") + send_text(kBig + "2") + send_text("3"));
  const auto first = rig.hub().take();
  rig.hub().settle(first);
  const auto second = rig.hub().take();
  EXPECT_EQ(second.data(), kBig + "2");
  rig.hub().settle(second);
  const auto third = rig.hub().take();
  EXPECT_EQ(third.data(), "3") << "what comes behind does not overtake";
  rig.hub().settle(third);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(client.read().status, 202);
}

TEST(DoorRoom, IsWaitedForNoLongerThanAnAnswer) {
  DoorRig rig(small_hub(true));
  HttpClient first = rig.client();
  first.write(send_text(kBig));
  const auto taken = rig.hub().take();
  HttpClient second = rig.client();
  second.write(send_text(kBig));
  ASSERT_TRUE(rig.pass_until_answered(second));
  const HttpAnswer answer = second.read();
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.header("retry-after"), "1");
  rig.hub().settle(taken);
  rig.let_server_turn();
  EXPECT_EQ(rig.hub().count(), 1U) << "what was answered 503 does not come later";
}

TEST(DoorRoom, WhatFitsHasItsTurnOnceTheOneBeforeItIsOverdue) {
  DoorRig rig({.hubs = {{.max_bytes = 2 * kBig.size()}}});
  HttpClient first = rig.client();
  first.write(send_text(kBig));
  const auto taken = rig.hub().take();
  HttpClient second = rig.client();
  second.write(send_text(kBig));
  while (rig.kept().writes < 2) rig.let_server_turn();
  rig.pass(std::chrono::seconds(3));
  second.write(send_text("3"));
  while (rig.kept().writes < 3) rig.let_server_turn();
  rig.pass(std::chrono::seconds(3));
  EXPECT_EQ(second.read().status, 503);
  const auto next = rig.hub().take();
  EXPECT_EQ(next.data(), "3");
  rig.hub().settle(next);
  EXPECT_EQ(second.read().status, 202);
  rig.hub().settle(taken);
}

// Each of those that wait behind has its own deadline.
TEST(DoorRoom, WhatWaitsBehindIsAnsweredInTimeToo) {
  DoorRig rig(small_hub(true));
  HttpClient first = rig.client();
  first.write(send_text(kBig));
  rig.hub().take();
  HttpClient second = rig.client();
  second.write(send_text(kBig) + send_text(kBig));
  ASSERT_TRUE(rig.pass_until_answered(second));
  EXPECT_EQ(second.read().status, 503);
  ASSERT_TRUE(rig.pass_until_answered(second));
  EXPECT_EQ(second.read().status, 503);
}

TEST(DoorRoom, AHubThatRejectsAnswersAtOnce) {
  DoorRig rig(small_hub(false));
  HttpClient first = rig.client();
  first.write(send_text(kBig));
  const auto taken = rig.hub().take();
  const HttpAnswer answer = rig.client().ask(send_text(kBig));
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.header("retry-after"), "1");
  rig.hub().settle(taken);
  EXPECT_EQ(first.read().status, 202);
}

TEST(DoorRoom, AHubThatIsGoneNeedNotBeWaitedFor) {
  DoorRig rig(small_hub(true));
  HttpClient client = rig.client();
  client.write(send_text(kBig) + send_text(kBig));
  const auto taken = rig.hub().take();
  rig.hub().queue().set_removed(true);
  rig.set_hubs();
  rig.hub().settle(taken);
  EXPECT_EQ(client.read().status, 202);
  EXPECT_EQ(client.read().status, 404);
}

// ---- one full hub and the others

DoorRig::Options full_and_healthy(const HeldBytes::Limits& held = {}) {
  return {.hubs = {{.max_bytes = 1500}, {.name = "news"}}, .limits = {.held = held}};
}

std::string to_news(const std::string& data) {
  return send_text(data, {}, "/api/hubs/news/:send");
}

TEST(DoorRoom, AFullHubHoldsNothingUpThatGoesToOthers) {
  DoorRig rig(full_and_healthy());
  HttpClient client = rig.client();
  client.write(send_text(kBig) + send_text(kBig) + to_news("c"));
  const auto first = rig.hub(0).take();
  const auto other = rig.hub(1).take();
  EXPECT_EQ(other.data(), "c");
  rig.hub(1).settle(other);
  rig.hub(0).settle(first);
  rig.hub(0).settle(rig.hub(0).take());
  for (int i = 0; i < 3; ++i) EXPECT_EQ(client.read().status, 202);
}

class DoorHeld : public testing::TestWithParam<HeldBytes::Limits> {};
INSTANTIATE_TEST_SUITE_P(
    Of, DoorHeld,
    testing::Values(HeldBytes::Limits{.max_bytes = 3000},  // one, with its head
                    HeldBytes::Limits{.max_writes = 1}),
    [](const auto& test) { return test.param.max_writes == 1 ? "Connections" : "Bytes"; });

TEST_P(DoorHeld, AFullHubHoldsNoMoreThanItsPart) {
  DoorRig rig(full_and_healthy(GetParam()));
  HttpClient first = rig.client();
  first.write(send_text(kBig));
  const auto taken = rig.hub(0).take();
  HttpClient held = rig.client();
  held.write(send_text(kBig));
  while (rig.kept().held_bytes == 0) rig.let_server_turn();
  const HttpAnswer answer = rig.client().ask(send_text(kBig));
  EXPECT_EQ(answer.status, 503) << "at once";
  EXPECT_EQ(answer.header("retry-after"), "1");
  HttpClient other = rig.client();
  other.write(to_news(kBig));
  rig.hub(1).settle(rig.hub(1).take());
  EXPECT_EQ(other.read().status, 202) << "it does not count what another hub holds";
  rig.hub(0).settle(taken);
  rig.hub(0).settle(rig.hub(0).take());
  EXPECT_EQ(held.read().status, 202);
  EXPECT_EQ(rig.kept().held_bytes, 0U);
}

TEST(DoorRoom, WhatNobodyWaitsForIsLetGo) {
  DoorRig rig(full_and_healthy());
  HttpClient first = rig.client();
  first.write(send_text(kBig));
  const auto taken = rig.hub(0).take();
  HttpClient gone = rig.client();
  gone.write(send_text(kBig) + send_text(kBig));
  while (rig.kept().held_bytes < 2 * kBig.size()) rig.let_server_turn();
  EXPECT_EQ(rig.kept().waiting_for_room, 1U);
  gone.close();
  while (rig.kept().producers > 1) rig.let_server_turn();
  EXPECT_EQ(rig.kept().held_bytes, 0U);
  EXPECT_EQ(rig.kept().waiting_for_room, 0U);
  EXPECT_EQ(rig.kept().writes, 1U);
  rig.hub(0).settle(taken);
  rig.let_server_turn();
  EXPECT_EQ(rig.hub(0).count(), 1U);
}

TEST(DoorRoom, WhatARetryWaitsForIsNotLetGo) {
  DoorRig rig({.hubs = {{.max_bytes = 4000}}});
  const std::string big(2500, 'x');
  HttpClient first = rig.client();
  first.write(send_text(big));
  const auto taken = rig.hub().take();
  const std::string request = send_text("joined", {"x-ms-client-request-id: 7b1c"});
  HttpClient gone = rig.client();
  gone.write(send_text(big) + request);
  while (rig.kept().writes < 3) rig.let_server_turn();
  HttpClient retry = rig.client();
  retry.write(request);
  ASSERT_TRUE(rig.wait_for_joins(1));
  gone.close();
  const auto joined = rig.hub().take();  // what takes more room is not before it any more
  ASSERT_TRUE(joined.action.has_value());
  EXPECT_EQ(joined.data(), "joined");
  rig.hub().settle(joined);
  EXPECT_EQ(retry.read().status, 202);
  rig.hub().settle(taken);
}

TEST(DoorRoom, WhoIsAnsweredDoesNotGoOnWaiting) {
  DoorRig rig(full_and_healthy());
  HttpClient first = rig.client();
  first.write(send_text(kBig));
  const auto taken = rig.hub(0).take();
  HttpClient client = rig.client();
  for (int i = 0; i < 5; ++i) {
    client.write(send_text(kBig));
    ASSERT_TRUE(rig.pass_until_answered(client));
    EXPECT_EQ(client.read().status, 503);
    EXPECT_EQ(rig.kept().waiting_for_room, 0U);
  }
  rig.hub(0).settle(taken);
}

// ---- a durable hub

const DoorRig::Options kDurable{
    .hubs = {{.is_durable = true, .dedupe_window = std::chrono::minutes(2)}}};

TEST(DoorDurable, AnAcceptedAnswerWaitsForTheReceipt) {
  DoorRig rig(kDurable);
  HttpClient client = rig.client();
  client.write(send_text("a", {"x-awpsd-answer: accepted"}));
  const auto taken = rig.hub().take();
  rig.let_server_turn();
  EXPECT_FALSE(client.has_unread());
  rig.hub().accept(taken);
  EXPECT_EQ(client.read().header("x-awpsd-outcome"), "accepted");
}

TEST(DoorDurable, ALateRefusalIs503) {
  DoorRig rig(kDurable);
  HttpClient client = rig.client();
  client.write(send_text("a"));
  rig.hub().refuse_late(rig.hub().take());
  const HttpAnswer answer = client.read();
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.header("x-ms-error-code"), "Error.awpsd.StorageFailed");
  EXPECT_EQ(answer.header("retry-after"), "1");
}

TEST(DoorDurable, WhatIsNotKnownToBeAcceptedInTimeIs503) {
  DoorRig rig(kDurable);
  HttpClient client = rig.client();
  client.write(send_text("a"));
  const auto taken = rig.hub().take();
  rig.pass(std::chrono::seconds(6));
  EXPECT_EQ(client.read().status, 503);
  rig.hub().accept(taken);
  rig.hub().settle(taken);
}

TEST(DoorDurable, AnOutcomeImpliesItsReceipt) {
  DoorRig rig(kDurable);
  HttpClient client = rig.client();
  client.write(send_text("a"));
  rig.hub().settle(rig.hub().take());
  EXPECT_EQ(client.read().status, 202);
}

TEST(DoorDurable, OneHubsDiskHoldsUpNoOther) {
  DoorRig rig({.hubs = {{.name = "chat", .is_durable = true}, {.name = "news"}}});
  HttpClient client = rig.client();
  client.write(send_text("a"));
  const auto slow = rig.hub(0).take();
  client.write(send_text("b", {"x-awpsd-answer: accepted"}, "/api/hubs/news/:send"));
  const auto fast = rig.hub(1).take();
  rig.hub(0).settle(slow);
  EXPECT_EQ(client.read().header("x-awpsd-outcome"), "");
  EXPECT_EQ(client.read().header("x-awpsd-outcome"), "accepted");
  rig.hub(1).settle(fast);
}

// ---- the stop

TEST(DoorStop, NothingIsPushedAfterIt) {
  DoorRig rig;
  HttpClient client = rig.client();
  rig.door().begin_stop();
  const HttpAnswer answer = client.ask(send_text("a"));
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.header("connection"), "close");
  EXPECT_EQ(rig.hub().count(), 0U);
}

TEST(DoorStop, WhatWaitsForRoomIsAnswered) {
  DoorRig rig(small_hub(true));
  HttpClient client = rig.client();
  client.write(send_text(kBig));
  const auto taken = rig.hub().take();
  HttpClient second = rig.client();
  second.write(send_text(kBig));
  while (rig.counters.values().requests.empty() && !second.has_unread()) {
    rig.door().begin_stop();  // as often as it takes: the request may come after it
  }
  EXPECT_EQ(second.read().header("connection"), "close");
  rig.hub().settle(taken);
  EXPECT_EQ(client.read().status, 202);
}

TEST(DoorStop, AnAcceptedActionWaitsForItsEnd) {
  DoorRig rig;
  HttpClient client = rig.client();
  client.write(send_text("a"));
  const auto taken = rig.hub().take();
  rig.door().begin_stop();
  rig.pass(std::chrono::seconds(30));
  EXPECT_FALSE(client.has_unread());
  rig.hub().settle(taken, {.kind = OutcomeKind::kAbandoned, .error_code = "kept"});
  EXPECT_EQ(client.read().header("x-awpsd-outcome"), "accepted");
}

struct LeftCase {
  const char* name;
  bool has_log;
  int status;
};

class LeftAtTheStop : public testing::TestWithParam<LeftCase> {};

TEST_P(LeftAtTheStop, IsAnsweredByWhetherItIsKept) {
  DoorRig rig;
  HttpClient client = rig.client();
  client.write(send_text("a"));
  rig.hub().take();
  rig.door().begin_stop();
  rig.door().finish_stop(
      [](const std::string& hub) { return hub == "chat" && GetParam().has_log; });
  EXPECT_EQ(client.read().status, GetParam().status);
  rig.end_without_stop();
}

INSTANTIATE_TEST_SUITE_P(All, LeftAtTheStop,
                         testing::Values(LeftCase{"InALog", true, 202},
                                         LeftCase{"Nowhere", false, 503}),
                         [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace awps
