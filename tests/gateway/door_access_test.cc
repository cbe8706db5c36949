// Who may, end to end: over TCP by a token, over a Unix socket by the user.

#include <gtest/gtest.h>

#include "tests/gateway/door_rig.h"

namespace awps {
namespace {

constexpr char kTarget[] = "/api/hubs/chat/:send";

DoorRig::Options over_tcp(std::function<void(HubRules&)> change = [](HubRules&) {}) {
  return {.over_tcp = true, .change_rules = std::move(change)};
}

std::string send_to(const std::string& target, const std::string& bearer,
                    std::vector<std::string> headers = {}) {
  if (!bearer.empty()) headers.push_back(bearer);
  return send_text("a", headers, target);
}

TEST(DoorAccess, AKeyOfTheServiceOpensTheHub) {
  DoorRig rig(over_tcp());
  HttpClient client = rig.client();
  client.write(send_to(kTarget, DoorRig::bearer(kTarget)));
  rig.hub().settle(rig.hub().take());
  EXPECT_EQ(client.read().status, 202);
}

TEST(DoorAccess, WithoutATokenNobodyLearnsWhichHubsThereAre) {
  DoorRig rig(over_tcp());
  for (const std::string target : {"/api/hubs/chat/:send", "/api/hubs/other/:send"}) {
    for (const std::string& bearer : {std::string(), DoorRig::bearer(target, kOtherKey),
                                      std::string("Authorization: Basic eA==")}) {
      HttpClient client = rig.client();
      const HttpAnswer answer = client.ask(send_to(target, bearer));
      EXPECT_EQ(answer.status, 401) << target << " " << bearer;
      EXPECT_EQ(answer.body, "");
      EXPECT_NE(answer.header("www-authenticate"), "");
    }
  }
  EXPECT_EQ(rig.hub().count(), 0U);
}

TEST(DoorAccess, WhoMayUseAHubLearnsThatAnotherIsUnknown) {
  DoorRig rig(over_tcp());
  const std::string target = "/api/hubs/other/:send";
  EXPECT_EQ(rig.client().ask(send_to(target, DoorRig::bearer(target))).status, 404);
}

// Also of a hub whose service and keys are its own.
TEST(DoorAccess, WhoMayUseAnyHubLearnsIt) {
  const std::string url = "https://other.webpubsub.azure.com";
  DoorRig rig({.over_tcp = true,
               .hubs = {{.name = "chat"}, {.name = "news"}},
               .change_rules = [&](HubRules& rules) {
                 if (rules.hub != "news") return;
                 rules.service_url = url;
                 rules.takes_service_keys = false;
                 rules.own_keys = {{.name = "sender", .key = kOtherKey}};
               }});
  const std::string target = "/api/hubs/other/:send";
  EXPECT_EQ(rig.client().ask(send_to(target, DoorRig::bearer(target, kOtherKey, url))).status, 404);
  const std::string elsewhere = "https://foreign.webpubsub.azure.com";
  EXPECT_EQ(rig.client().ask(send_to(target, DoorRig::bearer(target, kOtherKey, elsewhere))).status,
            401);
}

// Nor does a stranger make work of it.
TEST(DoorAccess, AHubThatIsNotThereCostsTheChecksOfOneThatIs) {
  std::vector<PlayedHub::Options> hubs;
  for (int i = 0; i < 20; ++i) hubs.push_back({.name = "hub" + std::to_string(i)});
  auto asked = std::make_shared<std::atomic<int>>(0);
  DoorRig rig({.over_tcp = true, .hubs = hubs, .change_rules = [=](HubRules& rules) {
                 rules.service_keys = [=] {
                   ++*asked;
                   return std::vector<std::string>{kServiceKey};
                 };
               }});
  for (const std::string target : {"/api/hubs/hub7/:send", "/api/hubs/other/:send"}) {
    rig.pass(std::chrono::seconds(2));
    *asked = 0;
    EXPECT_EQ(rig.client().ask(send_to(target, DoorRig::bearer(target, kOtherKey))).status, 401);
    EXPECT_EQ(*asked, 1) << target;
  }
}

struct HeaderCase {
  const char* name;
  std::vector<std::string> headers;
  int status;
};

class StrangersHead : public testing::TestWithParam<HeaderCase> {};

TEST_P(StrangersHead, IsForbidden) {
  DoorRig rig(over_tcp());
  HttpClient client = rig.client();
  EXPECT_EQ(client.ask(send_to(kTarget, DoorRig::bearer(kTarget), GetParam().headers)).status,
            GetParam().status);
  EXPECT_EQ(rig.hub().count(), 0U);
}

INSTANTIATE_TEST_SUITE_P(All, StrangersHead,
                         testing::Values(HeaderCase{"Origin", {"Origin: http://localhost"}, 403},
                                         HeaderCase{"ForeignHost", {"Host: evil.example"}, 403},
                                         HeaderCase{"HostThatOnlyBeginsLikeOurs",
                                                    {"Host: localhost.evil.example"},
                                                    403}),
                         [](const auto& row) { return row.param.name; });

TEST(DoorAccess, TakesTheHostsThatItWasTold) {
  DoorRig rig({.over_tcp = true, .door = {.hosts = {"gateway.example"}}});
  HttpClient client = rig.client();
  client.write(send_to(kTarget, DoorRig::bearer(kTarget), {"Host: Gateway.Example:8089"}));
  rig.hub().settle(rig.hub().take());
  EXPECT_EQ(client.read().status, 202);
}

struct WildcardCase {
  const char* name;
  const char* host;
  int status;
};

class HostsOfAWildcard : public testing::TestWithParam<WildcardCase> {};

// What is no stranger's is asked for its token.
TEST_P(HostsOfAWildcard, HaveOneLabelInItsPlace) {
  DoorRig rig({.over_tcp = true, .door = {.hosts = {"*.gateway.example"}}});
  const std::string host = std::string("Host: ") + GetParam().host;
  EXPECT_EQ(rig.client().ask(send_to(kTarget, "", {host})).status, GetParam().status);
}

INSTANTIATE_TEST_SUITE_P(All, HostsOfAWildcard,
                         testing::Values(WildcardCase{"One", "a.gateway.example", 401},
                                         WildcardCase{"OneWithPort", "A.Gateway.Example:8089", 401},
                                         WildcardCase{"None", "gateway.example", 403},
                                         WildcardCase{"AnEmptyOne", ".gateway.example", 403},
                                         WildcardCase{"Two", "a.b.gateway.example", 403},
                                         WildcardCase{"AnotherDomain", "a.evil.example", 403},
                                         WildcardCase{"AnotherEnd", "a.b-gateway.example", 403}),
                         [](const auto& row) { return row.param.name; });

TEST(DoorAccess, ARestrictedHubIsNotServedOverTcp) {
  DoorRig rig(over_tcp([](HubRules& rules) { rules.is_restricted = true; }));
  EXPECT_EQ(rig.client().ask(send_to(kTarget, DoorRig::bearer(kTarget))).status, 403);
  EXPECT_EQ(rig.client().ask(send_to(kTarget, "")).status, 401) << "a stranger learns nothing";
}

DoorRig::Options with_own_keys() {
  DoorRig::Options options = over_tcp([](HubRules& rules) {
    rules.is_restricted = true;
    rules.has_own_keys = true;
    rules.takes_service_keys = false;
    rules.own_keys = {{.name = "sender", .key = kOtherKey}};
  });
  options.hubs[0].access.users = {12345};  // not whoever runs this
  return options;
}

TEST(DoorAccess, OwnKeysOpenARestrictedHub) {
  DoorRig rig(with_own_keys());
  HttpClient client = rig.client();
  client.write(send_to(kTarget, DoorRig::bearer(kTarget, kOtherKey)));
  rig.hub().settle(rig.hub().take());
  EXPECT_EQ(client.read().status, 202);
  EXPECT_EQ(rig.client().ask(send_to(kTarget, DoorRig::bearer(kTarget))).status, 401);
}

// An unsigned token, as far as this gateway can see.
std::string entra_bearer() {
  return "Authorization: Bearer " + base64url_encode(R"({"alg":"RS256","typ":"JWT"})") + "." +
         base64url_encode(
             R"({"aud":"https://webpubsub.azure.com","exp":1800000300,"oid":"someone"})") +
         ".c2lnbmF0dXJl";
}

TEST(DoorAccess, EntraOpensWhatHasNoKeysOfItsOwn) {
  DoorRig::Options options = over_tcp();
  options.door.takes_entra = true;
  DoorRig rig(options);
  HttpClient client = rig.client();
  client.write(send_to(kTarget, entra_bearer()));
  rig.hub().settle(rig.hub().take());
  EXPECT_EQ(client.read().status, 202);
}

TEST(DoorAccess, EntraOpensNoHubThatHasKeysOfItsOwn) {
  DoorRig::Options options = with_own_keys();
  options.door.takes_entra = true;
  DoorRig rig(options);
  EXPECT_EQ(rig.client().ask(send_to(kTarget, entra_bearer())).status, 401);
}

TEST(DoorAccess, EntraIsOffUnlessItIsAllowed) {
  DoorRig rig(over_tcp());
  EXPECT_EQ(rig.client().ask(send_to(kTarget, entra_bearer())).status, 401);
  rig.door().set_options({.takes_entra = true});
  rig.let_server_turn();
  HttpClient client = rig.client();
  client.write(send_to(kTarget, entra_bearer()));
  rig.hub().settle(rig.hub().take());
  EXPECT_EQ(client.read().status, 202);
}

TEST(DoorAccess, AChangedKeyOfTheServiceIsAskedForOnceASecond) {
  auto key = std::make_shared<std::string>(kOtherKey);
  auto asked = std::make_shared<std::atomic<int>>(0);
  DoorRig rig(over_tcp([=](HubRules& rules) {
    rules.service_keys = [=] {
      ++*asked;
      return std::vector<std::string>{*asked > 1 ? kServiceKey : *key};
    };
  }));
  EXPECT_EQ(rig.client().ask(send_to(kTarget, DoorRig::bearer(kTarget))).status, 401)
      << "it was asked for less than a second ago";
  EXPECT_EQ(*asked, 1);
  rig.pass(std::chrono::seconds(1));
  HttpClient client = rig.client();
  client.write(send_to(kTarget, DoorRig::bearer(kTarget)));
  rig.hub().settle(rig.hub().take());
  EXPECT_EQ(client.read().status, 202);
}

TEST(DoorAccess, AKeyThatTheServiceNoLongerHasOpensNothingFromTheNextLookOn) {
  auto has_changed = std::make_shared<std::atomic<bool>>(false);
  DoorRig rig(over_tcp([=](HubRules& rules) {
    rules.service_keys = [=] {
      return std::vector<std::string>{*has_changed ? kOtherKey : kServiceKey};
    };
  }));
  HttpClient client = rig.client();
  client.write(send_to(kTarget, DoorRig::bearer(kTarget)));
  rig.hub().settle(rig.hub().take());
  ASSERT_EQ(client.read().status, 202);
  *has_changed = true;
  rig.door().set_options({});
  rig.let_server_turn();
  EXPECT_EQ(rig.client().ask(send_to(kTarget, DoorRig::bearer(kTarget))).status, 401);
}

TEST(DoorAccess, OverAUnixSocketTheUserDecides) {
  DoorRig rig(
      {.hubs = {{.name = "chat", .access = {.users = {12345}, .groups = {}}}, {.name = "news"}}});
  const std::string token = "Authorization: Bearer nonsense";
  EXPECT_EQ(rig.client().ask(send_to(kTarget, token)).status, 403);
  HttpClient client = rig.client();
  client.write(send_to("/api/hubs/news/:send", token, {"Host: whatever", "Origin: null"}));
  rig.hub(1).settle(rig.hub(1).take());
  EXPECT_EQ(client.read().status, 202);
}

TEST(DoorAccess, AUserWhoMayNotUseTheSocketIsForbidden) {
  DoorRig rig({.door = {.access = {.users = {12345}, .groups = {}}}});
  EXPECT_EQ(rig.client().ask(send_to(kTarget, "")).status, 403);
}

TEST(DoorAccess, ARequestIsRefusedBeforeItsBody) {
  DoorRig rig(over_tcp());
  HttpClient client = rig.client();
  client.write("POST " + std::string(kTarget) +
               " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n");
  EXPECT_EQ(client.read().status, 401);
  EXPECT_TRUE(client.reads_end());
}

TEST(DoorAccess, CountsRefusalsByReason) {
  DoorRig rig(over_tcp());
  rig.client().ask(send_to(kTarget, ""));
  rig.client().ask(send_to(kTarget, DoorRig::bearer(kTarget, kOtherKey)));
  rig.client().ask(send_to(kTarget, "", {"Origin: http://a"}));
  const auto refused = rig.counters.values().refused;
  EXPECT_EQ(refused.at("missing"), 1U);
  EXPECT_EQ(refused.at("signature"), 1U);
  EXPECT_EQ(refused.at("origin"), 1U);
}

}  // namespace
}  // namespace awps
