// Reads end to end: what is passed on to the service, for whom, how many at once, and what comes
// back.

#include <gtest/gtest.h>

#include "tests/gateway/door_rig.h"

namespace awps {
namespace {

constexpr char kUser[] = "/api/hubs/chat/users/ann?api-version=2024-12-01";
constexpr char kList[] = "/api/hubs/chat/groups/g/connections?maxpagesize=2";
constexpr char kToken[] = "/api/hubs/chat/:generateToken";

std::string head_of(const std::string& target, std::vector<std::string> headers = {}) {
  return request_of("HEAD", target, headers);
}

TEST(DoorReads, AReadGoesToTheService) {
  DoorRig rig;
  HttpClient client = rig.client();
  client.write(head_of(kUser));
  const auto asked = rig.service.take();
  EXPECT_EQ(asked.method, "HEAD");
  EXPECT_EQ(asked.url, std::string(kServiceUrl) + kUser);
  rig.service.answer(asked, {.status = 404, .error_code = "Warning.User.NotExisted"});
  const HttpAnswer answer = client.read(/*to_head=*/true);
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(answer.header("x-ms-error-code"), "Warning.User.NotExisted");
  EXPECT_EQ(rig.counters.values().reads.at(404), 1U);
  EXPECT_EQ(rig.counters.values().requests.at({"userExists", 404}), 1U);
}

TEST(DoorReads, TheNextPageIsAskedForHere) {
  DoorRig rig;
  HttpClient client = rig.client();
  client.write(request_of("GET", kList));
  const auto asked = rig.service.take();
  EXPECT_EQ(asked.method, "GET");
  rig.service.answer(asked, {.status = 200,
                             .content_type = "application/json",
                             .body = R"({"value":[],"nextLink":"https://a.example/api/next"})"});
  EXPECT_EQ(client.read().body, R"({"value":[],"nextLink":"/api/next"})");
}

// ---- with which token

struct TokenCase {
  const char* name;
  std::string target;
  std::string method;
  std::string bearer;
  std::string token;  // that the service sees; empty: it is not asked
};

std::string text_of(const std::string& header) {
  return header.substr(header.rfind(' ') + 1);
}

class ReadToken : public testing::TestWithParam<TokenCase> {};

TEST_P(ReadToken, IsTheCallersOrTheGateways) {
  DoorRig rig({.over_tcp = true, .change_rules = [](HubRules& rules) {
                 rules.own_keys = {{.name = "sender", .key = kOtherKey}};
               }});
  std::string bearer = GetParam().bearer;
  if (bearer == "gateway's address") {
    bearer = DoorRig::bearer(GetParam().target, kServiceKey,
                             "http://" + to_text(rig.server().addresses()[0]));
  }
  const std::string host = "Host: " + to_text(rig.server().addresses()[0]);
  HttpClient client = rig.client();
  client.write(request_of(GetParam().method, GetParam().target, {bearer, host}));
  const bool is_head = GetParam().method == "HEAD";
  if (GetParam().token.empty()) {
    EXPECT_EQ(client.read(is_head).status, 403);
    EXPECT_EQ(rig.service.count(), 0U);
    return;
  }
  const auto asked = rig.service.take();
  EXPECT_EQ(asked.token, GetParam().token);
  rig.service.answer(asked, {.status = 200});
  EXPECT_EQ(client.read(is_head).status, 200);
}

INSTANTIATE_TEST_SUITE_P(
    All, ReadToken,
    testing::Values(
        TokenCase{"OfTheServicePassesOn", kUser, "HEAD", DoorRig::bearer(kUser),
                  text_of(DoorRig::bearer(kUser))},
        TokenCase{"ForTheGatewaysAddressIsMadeAnew", kUser, "HEAD", "gateway's address", "token"},
        TokenCase{"OfAnotherKeyIsMadeAnew", kUser, "HEAD", DoorRig::bearer(kUser, kOtherKey),
                  "token"},
        TokenCase{"OfAnotherKeyListsToo", kList, "GET", DoorRig::bearer(kList, kOtherKey), "token"},
        TokenCase{"OfTheServiceMakesTokens", kToken, "POST", DoorRig::bearer(kToken),
                  text_of(DoorRig::bearer(kToken))},
        TokenCase{"OfAnotherKeyMakesNone", kToken, "POST", DoorRig::bearer(kToken, kOtherKey), ""},
        TokenCase{"ForTheGatewaysAddressMakesNone", kToken, "POST", "gateway's address", ""}),
    [](const auto& row) { return row.param.name; });

TEST(DoorReads, AUserOfTheMachineGetsNoClientToken) {
  DoorRig rig;
  EXPECT_EQ(rig.client().ask(request_of("POST", kToken, {DoorRig::bearer(kToken)})).status, 403);
}

// ---- how many, and how long

TEST(DoorReads, AtMostSoManyAreAtTheService) {
  DoorRig rig({.limits = {.max_reads = 2}});
  HttpClient client = rig.client();
  client.write(head_of(kUser) + head_of(kUser) + head_of(kUser));
  const auto first = rig.service.take();
  rig.service.take();
  rig.let_server_turn();
  EXPECT_EQ(rig.service.count(), 2U);
  rig.service.answer(first, {.status = 200});
  EXPECT_NE(rig.service.take().url, "") << "its place is free";
}

TEST(DoorReads, AReadThatHasNoTurnIs503) {
  DoorRig rig({.limits = {.max_reads = 1}});
  HttpClient first = rig.client();
  first.write(head_of(kUser));
  rig.service.take();
  HttpClient second = rig.client();
  second.write(head_of(kUser));
  ASSERT_TRUE(rig.pass_until_answered(second));
  const HttpAnswer answer = second.read(true);
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.header("retry-after"), "1");
  EXPECT_EQ(rig.service.count(), 1U);
}

TEST(DoorReads, TooManyThatWaitAreAnsweredAtOnce) {
  DoorRig rig({.limits = {.max_reads = 1, .max_waiting_reads = 1}});
  HttpClient client = rig.client();
  client.write(head_of(kUser));
  const auto asked = rig.service.take();
  client.write(head_of(kUser) + head_of(kUser));
  rig.let_server_turn();
  rig.service.answer(asked, {.status = 200});
  EXPECT_EQ(client.read(true).status, 200);
  rig.service.answer(rig.service.take(), {.status = 200});
  EXPECT_EQ(client.read(true).status, 200);
  EXPECT_EQ(client.read(true).status, 503);
}

TEST(DoorReads, TakeAQuarterOfThePace) {
  DoorRig rig;
  rig.pace = 4;  // a second: reads have one
  HttpClient client = rig.client();
  client.write(head_of(kUser) + head_of(kUser));
  rig.service.answer(rig.service.take(), {.status = 200});
  EXPECT_EQ(client.read(true).status, 200);
  rig.pass(std::chrono::milliseconds(500));
  EXPECT_EQ(rig.service.count(), 1U);
  rig.pass(std::chrono::milliseconds(600));
  rig.service.answer(rig.service.take(), {.status = 200});
  EXPECT_EQ(client.read(true).status, 200);
}

TEST(DoorReads, WaitForAPermitOfTheEndpoint) {
  DoorRig rig;
  rig.has_permits = false;
  HttpClient client = rig.client();
  client.write(head_of(kUser));
  rig.pass(std::chrono::seconds(1));
  EXPECT_EQ(rig.service.count(), 0U);
  rig.has_permits = true;
  while (rig.service.count() == 0) rig.pass(std::chrono::milliseconds(10));
  rig.service.answer(rig.service.take(), {.status = 200});
  EXPECT_EQ(client.read(true).status, 200);
}

// A turn costs the same however many wait.
TEST(DoorReads, ThoseThatWaitBehindOthersAreNotLookedAt) {
  DoorRig rig({.limits = {.max_waiting_reads = 64}});
  rig.has_permits = false;
  std::vector<HttpClient> clients;
  for (int i = 0; i < 2; ++i) {
    std::string reads;
    for (int j = 0; j < 32; ++j) reads += head_of(kUser);
    clients.push_back(rig.client());
    clients.back().write(reads);
  }
  while (rig.kept().reads < 64) rig.let_server_turn();
  rig.permits_asked_for = 0;
  rig.pass(std::chrono::milliseconds(100));
  EXPECT_GE(rig.permits_asked_for, 1);
  EXPECT_LE(rig.permits_asked_for, 4);
}

TEST(DoorReads, InAPauseAReadIsToldWhatIsLeft) {
  DoorRig rig;
  rig.trouble_seconds = 17;
  HttpClient client = rig.client();
  const HttpAnswer answer = client.ask(request_of("GET", kList));
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.header("retry-after"), "17");
  EXPECT_EQ(rig.service.count(), 0U);
}

TEST(DoorReads, AreRefusedWhereTheyAreOff) {
  DoorRig rig({.door = {.passes_reads = false}});
  EXPECT_EQ(rig.client().ask(request_of("GET", kList)).status, 501);
}

TEST(DoorReads, WithoutAWayAReadIs503) {
  DoorRig rig({.has_ways = false});
  EXPECT_EQ(rig.client().ask(request_of("GET", kList)).status, 503);
}

// ---- after what was written

std::string settled_read() {
  return head_of(kUser, {"x-awpsd-after: settled"});
}

TEST(DoorReads, OneThatIsToSeeWritesWaitsForThem) {
  DoorRig rig;
  HttpClient client = rig.client();
  client.write(
      request_of("PUT", "/api/hubs/chat/users/ann/groups/g", {"x-awpsd-answer: accepted"}));
  const auto taken = rig.hub().take();
  EXPECT_EQ(client.read().status, 200);
  client.write(settled_read());
  client.write(head_of("/api/hubs/chat/users/bob"));  // waits for nothing
  rig.service.answer(rig.service.take(), {.status = 200});
  EXPECT_EQ(rig.service.count(), 1U);
  rig.hub().settle(taken);
  const auto asked = rig.service.take();
  EXPECT_EQ(asked.url, std::string(kServiceUrl) + kUser);
  rig.service.answer(asked, {.status = 200});
  EXPECT_EQ(client.read(true).status, 200);
  EXPECT_EQ(client.read(true).status, 200);
}

TEST(DoorReads, OneThatIsToSeeWritesWaitsNoLongerThanAnAnswer) {
  DoorRig rig;
  HttpClient client = rig.client();
  client.write(
      request_of("PUT", "/api/hubs/chat/users/ann/groups/g", {"x-awpsd-answer: accepted"}));
  rig.hub().take();
  EXPECT_EQ(client.read().status, 200);
  client.write(settled_read());
  ASSERT_TRUE(rig.pass_until_answered(client));
  const HttpAnswer answer = client.read(true);
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.header("retry-after"), "1");
  EXPECT_EQ(rig.service.count(), 0U);
}

// ---- reload and stop

TEST(DoorReads, AWayThatIsGoneIsWaitedForByNobody) {
  DoorRig rig;
  HttpClient client = rig.client();
  client.write(head_of(kUser));
  rig.service.take();
  rig.change_rules = [](HubRules& rules) { rules.way = nullptr; };
  rig.set_hubs();
  EXPECT_EQ(client.read(true).status, 503);
}

TEST(DoorReads, OneThatWaitsForAWayThatIsGoneIsAnswered) {
  DoorRig rig;
  HttpClient client = rig.client();
  client.write(
      request_of("PUT", "/api/hubs/chat/users/ann/groups/g", {"x-awpsd-answer: accepted"}));
  const auto taken = rig.hub().take();
  EXPECT_EQ(client.read().status, 200);
  client.write(settled_read());
  while (rig.kept().reads == 0) rig.let_server_turn();
  rig.change_rules = [](HubRules& rules) { rules.way = nullptr; };
  rig.set_hubs();
  rig.hub().settle(taken);
  EXPECT_EQ(client.read(true).status, 503);
  EXPECT_EQ(rig.kept().read_threads, 0U);
  EXPECT_EQ(rig.service.count(), 0U);
}

TEST(DoorReads, WhatIsUnderWayEndsAfterTheStop) {
  DoorRig rig({.limits = {.max_reads = 1}});
  HttpClient client = rig.client();
  client.write(head_of(kUser));
  const auto asked = rig.service.take();
  HttpClient second = rig.client();
  rig.door().begin_stop();
  EXPECT_EQ(second.ask(request_of("GET", kList)).status, 503);
  rig.service.answer(asked, {.status = 200});
  EXPECT_EQ(client.read(true).status, 200);
}

TEST(DoorReads, WhatIsUnderWayIsAnsweredByTheEndOfTheStop) {
  DoorRig rig;
  HttpClient client = rig.client();
  client.write(head_of(kUser));
  rig.service.take();
  rig.stop();
  EXPECT_EQ(client.read(true).status, 503);
}

}  // namespace
}  // namespace awps
