// Who may send over the gateway: keys of settings, hubs that nobody opens, and what is warned of.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "daemon/awpsd/config_check.h"
#include "daemon/awpsd/gateway_doubts.h"
#include "tests/daemon/daemon_harness.h"

namespace awps {
namespace {

using Environment = std::map<std::string, std::string, std::less<>>;

const std::string kKey(32, 'k');
const std::string kOther(44, 'o');

CheckedConfig check(const std::string& toml, Environment environment = {},
                    const Activation& activation = {}) {
  environment.emplace("WebPubSubConnectionString", connection_to("main"));
  const ConfigText text{.file = "f", .text = toml};
  return check_config(parse_config(std::span(&text, 1)), settings_of(environment), activation);
}

/// "NAME=KEY" of each.
std::vector<std::string> keys_of(const CheckedConfig& checked, size_t hub = 0) {
  std::vector<std::string> keys;
  for (const NamedKey& key : checked.plan.hubs[hub].gateway.keys) {
    keys.push_back(key.name + "=" + key.key);
  }
  return keys;
}

std::vector<std::string> mistaken_keys(const CheckedConfig& checked) {
  std::vector<std::string> keys;
  for (const ConfigError& mistake : checked.mistakes) keys.push_back(mistake.key);
  return keys;
}

using Names = std::vector<std::string>;
const std::string kListen = "gateway.listen = \"127.0.0.1:8089\"\n";

TEST(GatewayPlan, HasTheServicesKeysUnlessTheListSaysOtherwise) {
  const CheckedConfig by_default = check(kListen + "[hubs.chat]\n");
  ASSERT_TRUE(by_default.ok()) << to_string(by_default.mistakes);
  EXPECT_TRUE(by_default.plan.hubs[0].gateway.takes_service_keys);
  EXPECT_FALSE(by_default.plan.hubs[0].gateway.has_own_list);
  const CheckedConfig named =
      check(kListen + "gateway.allow_keys = [\"A\"]\n[hubs.chat]\n", {{"A", kKey}});
  ASSERT_TRUE(named.ok()) << to_string(named.mistakes);
  EXPECT_FALSE(named.plan.hubs[0].gateway.takes_service_keys);
  EXPECT_EQ(keys_of(named), Names{"A=" + kKey});
}

TEST(GatewayPlan, TakesASecondLineForASecondKey) {
  const CheckedConfig checked = check(kListen + "gateway.allow_keys = [\"A\"]\n[hubs.chat]\n",
                                      {{"A", " " + kKey + " \r\n\n" + kOther + "\n"}});
  ASSERT_TRUE(checked.ok()) << to_string(checked.mistakes);
  EXPECT_EQ(keys_of(checked), (Names{"A=" + kKey, "A=" + kOther}));
}

TEST(GatewayPlan, OfAHubWithItsOwnListHasNoOther) {
  const CheckedConfig checked =
      check(kListen +
                "gateway.allow_keys = [\"A\"]\n[hubs.chat.gateway]\nallow_keys = [\"B\"]\n"
                "[hubs.news]\n",
            {{"A", kKey}, {"B", kOther}});
  ASSERT_TRUE(checked.ok()) << to_string(checked.mistakes);
  EXPECT_EQ(keys_of(checked, 0), Names{"B=" + kOther});
  EXPECT_TRUE(checked.plan.hubs[0].gateway.has_own_list);
  EXPECT_EQ(keys_of(checked, 1), Names{"A=" + kKey});
  EXPECT_FALSE(checked.plan.hubs[1].gateway.has_own_list);
}

struct BadKey {
  const char* name;
  std::string value;  // empty: not set
  std::string words;
};

const BadKey kBadKeys[] = {
    {"Missing", "", "is not set"},
    {"Short", std::string(31, 's'), "less than 32 characters"},
    {"ShortSecond", kKey + "\n" + std::string(31, 's'), "less than 32 characters"},
    {"Three", kKey + "\n" + kOther + "\n" + kKey, "more than two lines"},
};

TEST(GatewayPlan, ThatLacksAKeyIsAMistakeWhichShowsNone) {
  for (const BadKey& row : kBadKeys) {
    Environment environment;
    if (!row.value.empty()) environment.emplace("A", row.value);
    const CheckedConfig checked =
        check(kListen + "gateway.allow_keys = [\"A\"]\n[hubs.chat]\n[hubs.news]\n", environment);
    EXPECT_EQ(mistaken_keys(checked), Names{"gateway.allow_keys"}) << row.name;
    const std::string text = to_string(checked.mistakes);
    EXPECT_NE(text.find(row.words), std::string::npos) << row.name << ": " << text;
    EXPECT_EQ(text.find("sss"), std::string::npos) << text;
    EXPECT_EQ(text.find("kkk"), std::string::npos) << text;
  }
}

TEST(GatewayPlan, NamesTheListThatLacksAKey) {
  const CheckedConfig checked = check(kListen + "[hubs.chat.gateway]\nallow_keys = [\"B\"]\n");
  EXPECT_EQ(mistaken_keys(checked), Names{"hubs.chat.gateway.allow_keys"});
}

TEST(GatewayPlan, WithoutAGatewayAsksForNoKeys) {
  EXPECT_TRUE(check("gateway.allow_keys = [\"A\"]\n[hubs.chat]\n").ok());
}

// A reload that turns it off leaves it running until the next start.
TEST(GatewayPlan, KeepsTheKeysOfAGatewayThatIsToEnd) {
  const CheckedConfig checked = check("gateway.allow_keys = [\"A\"]\n[hubs.chat]\n", {{"A", kKey}});
  ASSERT_TRUE(checked.ok());
  EXPECT_EQ(keys_of(checked), Names{"A=" + kKey});
}

TEST(GatewayCheck, TellsAllMistakesAtOnce) {
  const CheckedConfig checked = check(
      "[gateway]\nlisten = \"10.0.0.1:8089\"\ntls_certificate = \"/nowhere/g.pem\"\n"
      "allow_keys = [\"A\"]\nallow_entra = \"loopback\"\nmax_reads = 0\n[hubs.chat]\n");
  Names keys = mistaken_keys(checked);
  std::ranges::sort(keys);
  EXPECT_EQ(keys, (Names{"gateway.allow_entra", "gateway.allow_keys", "gateway.max_reads",
                         "gateway.tls_certificate"}));
}

TEST(GatewayCheck, WantsAnIpAddress) {
  EXPECT_EQ(mistaken_keys(check("gateway.listen = \"gw.example:1\"\ngateway.plain = true\n"
                                "[hubs.chat]\n")),
            Names{"gateway.listen"});
  EXPECT_TRUE(check("gateway.listen = \"localhost:1\"\n[hubs.chat]\n").ok());
}

TEST(GatewayCheck, GoesByTheAddressThatSystemdMade) {
  const CheckedConfig open = check("[hubs.chat]\n", {}, {.gateway = "10.0.0.1:8089"});
  EXPECT_EQ(mistaken_keys(open), Names{"gateway.listen"});
  const CheckedConfig local = check("[hubs.chat]\n", {}, {.gateway = "127.0.0.1:8089"});
  EXPECT_TRUE(local.ok()) << to_string(local.mistakes);
  EXPECT_EQ(local.config.gateway.listen, "127.0.0.1:8089");
}

std::string doubts(const CheckedConfig& checked) {
  EXPECT_TRUE(checked.ok()) << to_string(checked.mistakes);
  std::string lines;
  for (const std::string& line : gateway_doubts(checked.config, checked.plan, WallTime())) {
    lines += line + "\n";
  }
  return lines;
}

TEST(GatewayDoubts, AreNoneWhereEachHubHasAKey) {
  EXPECT_EQ(doubts(check(kListen + "[hubs.chat]\n")), "");
  EXPECT_EQ(doubts(check("gateway.listen = \"unix:/run/g\"\ngateway.allow_keys = []\n"
                         "[hubs.chat]\n")),
            "");
}

TEST(GatewayDoubts, NameAHubThatNobodyOpens) {
  EXPECT_NE(doubts(check(kListen + "gateway.allow_keys = []\n[hubs.chat]\n"))
                .find("hub chat takes nothing"),
            std::string::npos);
  const std::string restricted = "[hubs.chat]\nallow_users = [\"root\"]\n";
  EXPECT_NE(doubts(check(kListen + restricted)).find("[hubs.chat.gateway]"), std::string::npos);
  EXPECT_NE(doubts(check(kListen + "gateway.allow_entra = \"loopback\"\n" + restricted))
                .find("[hubs.chat.gateway]"),
            std::string::npos);
  EXPECT_EQ(doubts(check(kListen + restricted + "gateway.allow_keys = [\"A\"]\n", {{"A", kKey}})),
            "");
}

TEST(GatewayWarnings, AreOfPlainTextAndUnverifiedTokens) {
  const auto lines = [](const std::string& toml) {
    return warnings_about(check(toml + "[hubs.chat]\n").config);
  };
  EXPECT_TRUE(lines(kListen).empty());
  EXPECT_EQ(lines("gateway.listen = \"10.0.0.1:1\"\ngateway.plain = true\n").size(), 1U);
  EXPECT_EQ(lines(kListen + "gateway.allow_entra = \"loopback\"\n").size(), 1U);
  EXPECT_TRUE(lines("gateway.plain = true\n").empty()) << "there is no gateway";
}

}  // namespace
}  // namespace awps
