// [gateway] and [hubs.NAME.gateway]: values, inheritance, and what they must say together.

#include <gtest/gtest.h>

#include <algorithm>

#include "config/consistency.h"
#include "config/load.h"
#include "config/print.h"

namespace awps {
namespace {

ConfigReading reading_of(const std::string& text) {
  return parse_config(std::vector<ConfigText>{{"f", text}});
}

Config parsed(const std::string& text) {
  ConfigReading reading = reading_of(text);
  EXPECT_TRUE(reading.ok()) << to_string(reading.mistakes);
  return std::move(reading.config);
}

using Names = std::vector<std::string>;

constexpr const char* kWhole = R"(
[gateway]
listen = "127.0.0.1:8089"
plain = false
tls_certificate = "awpsd-gateway.pem"
answer = "accepted"
answer_within = "2s"
reads = "refuse"
max_reads = 4
allow_keys = ["service", "BillingKey"]
allow_entra = "loopback"
allow_hosts = ["Gateway.Example"]
max_connections = 7
max_partial_bytes = "2MiB"
[hubs.chat.gateway]
answer = "delivered"
[hubs.news.gateway]
answer_within = "1m"
allow_keys = ["NewsKey"]
[hubs.logs]
)";

TEST(GatewayConfig, IsOffByDefaultAndAnswersAsTheServiceWould) {
  const Config config;
  EXPECT_FALSE(config.gateway.is_on());
  EXPECT_EQ(config.gateway.each_hub.answer, HubGatewayConfig::Answer::kDelivered);
  EXPECT_EQ(config.gateway.each_hub.answer_within, std::chrono::seconds(5));
  EXPECT_EQ(config.gateway.each_hub.allow_keys, Names{kServiceKeys});
  EXPECT_EQ(config.gateway.allow_entra, GatewayConfig::Entra::kOff);
}

TEST(GatewayConfig, HasItsValues) {
  const GatewayConfig expected{.listen = "127.0.0.1:8089",
                               .tls_certificate = "awpsd-gateway.pem",
                               .each_hub = {.answer = HubGatewayConfig::Answer::kAccepted,
                                            .answer_within = std::chrono::seconds(2),
                                            .allow_keys = {"service", "BillingKey"}},
                               .reads = GatewayConfig::Reads::kRefuse,
                               .max_reads = 4,
                               .allow_entra = GatewayConfig::Entra::kLoopback,
                               .allow_hosts = {"gateway.example"},
                               .max_connections = 7,
                               .max_partial_bytes = 2 * kMebibyte};
  EXPECT_TRUE(parsed(kWhole).gateway == expected);
}

TEST(GatewayConfig, OfAHubIsKeyByKeyThatOfAllOrItsOwn) {
  const Config config = parsed(kWhole);
  const HubGatewayConfig& all = config.gateway.each_hub;
  HubGatewayConfig chat = all;
  chat.answer = HubGatewayConfig::Answer::kDelivered;
  HubGatewayConfig news = all;
  news.answer_within = std::chrono::minutes(1);
  news.allow_keys = {"NewsKey"};
  EXPECT_TRUE(config.hubs.at("chat").gateway == chat);
  EXPECT_TRUE(config.hubs.at("news").gateway == news);
  EXPECT_TRUE(config.hubs.at("logs").gateway == all);
  EXPECT_TRUE(config.hub_defaults.gateway == all);
}

TEST(GatewayConfig, IsPrintedSoThatItReadsBackAsTheSame) {
  const Config config = parsed(kWhole);
  const std::string printed = print_config(config);
  EXPECT_TRUE(parsed(printed) == config) << printed;
  EXPECT_EQ(printed.find("[hub_defaults.gateway]"), std::string::npos);
}

/// What changes, and whether it waits for the next start.
TEST(GatewayConfig, ChangesAtAReloadAsFarAsItCan) {
  const Config before = parsed("gateway.listen = \"127.0.0.1:8089\"\n[hubs.logs]\n");
  Names at_reload;
  Names at_start;
  for (const ConfigChange& change : changes_between(before, parsed(kWhole))) {
    if (!change.key.starts_with("gateway.")) continue;
    (change.applies == Applies::kAtStart ? at_start : at_reload).push_back(change.key.substr(8));
  }
  EXPECT_EQ(at_reload, (Names{"allow_entra", "allow_hosts", "allow_keys", "answer", "answer_within",
                              "reads", "tls_certificate"}));
  EXPECT_EQ(at_start, (Names{"max_connections", "max_partial_bytes", "max_reads"}));
}

TEST(GatewayConfig, ThatAllHubsHaveIsNoOptionOfTheirDefaults) {
  const Names tables = [] {
    Names names;
    for (const ListedOption& option : list_options(Config())) names.push_back(option.table);
    return names;
  }();
  EXPECT_EQ(std::ranges::count(tables, "hub_defaults.gateway"), 0);
}

/// What check_gateway() finds where systemd has made another socket than the file says.
TEST(GatewayConfig, IsJudgedByTheAddressOfAnActivatedSocket) {
  Config config = parsed("[hubs.chat]\n");
  EXPECT_TRUE(check_gateway(config).empty());
  config.gateway.listen = "10.0.0.1:8089";
  const ConfigErrors errors = check_gateway(config);
  ASSERT_EQ(errors.size(), 1U);
  EXPECT_EQ(errors.front().key, "gateway.listen");
}

struct MistakeCase {
  const char* name;
  std::string text;
  std::vector<std::string> keys;
  std::string words = {};  // of the first
};
void PrintTo(const MistakeCase& row, std::ostream* out) {
  *out << row.name;
}

const std::string kLoopback = "gateway.listen = \"127.0.0.1:8089\"\n";
const std::string kNetwork = "gateway.listen = \"10.0.0.1:8089\"\n";
const std::string kSocket = "gateway.listen = \"unix:/run/g.sock\"\n";

const MistakeCase kRows[] = {
    {"Loopback", kLoopback, {}},
    {"LoopbackIpv6", "gateway.listen = \"[::1]:8089\"\n", {}},
    {"Localhost", "gateway.listen = \"localhost:8089\"\n", {}},
    {"UnixSocket", kSocket, {}},
    {"NetworkWithTls", kNetwork + "gateway.tls_certificate = \"c\"\n", {}},
    {"NetworkPlain", kNetwork + "gateway.plain = true\n", {}},
    {"Network", kNetwork, {"gateway.listen"}, "gateway.plain = true"},
    {"Wildcard", "gateway.listen = \"0.0.0.0:8089\"\n", {"gateway.listen"}},
    {"LooksLikeLoopback", "gateway.listen = \"127.evil.example:1\"\n", {"gateway.listen"}},
    {"NoAddress", "gateway.listen = \"8089\"\n", {"gateway.listen"}},
    {"PlainWithTls",
     kNetwork + "gateway.plain = true\ngateway.tls_certificate = \"c\"\n",
     {"gateway.plain"},
     "remove one of them"},
    {"TlsOfAUnixSocket",
     kSocket + "gateway.tls_certificate = \"c\"\n",
     {"gateway.tls_certificate"}},
    {"EntraOfAUnixSocket",
     kSocket + "gateway.allow_entra = \"loopback\"\n",
     {"gateway.allow_entra"}},
    {"EntraOfANetwork",
     kNetwork + "gateway.plain = true\ngateway.allow_entra = \"loopback\"\n",
     {"gateway.allow_entra"},
     "only a loopback address may"},
    {"AllAtOnce",
     kNetwork + "gateway.allow_entra = \"loopback\"\ngateway.max_reads = 0\n",
     {"gateway.listen", "gateway.allow_entra", "gateway.max_reads"}},
    {"SocketOfProducers",
     kSocket + "socket.path = \"/run/g.sock\"\n",
     {"gateway.listen"},
     "the same socket"},
    {"AddressOfOperators",
     kLoopback + "admin.listen = \"127.0.0.1:8089\"\nadmin.token_file = \"/t\"\n",
     {"gateway.listen"},
     "the same address"},
    {"KeyInPlaceOfItsName",
     "gateway.allow_keys = [\"Endpoint=https://a;AccessKey=secret\"]\n",
     {"gateway.allow_keys"}},
    {"HostWithPort", "gateway.allow_hosts = [\"a.example:80\"]\n", {"gateway.allow_hosts"}},
    {"LongAnswer", "gateway.answer_within = \"301s\"\n", {"gateway.answer_within"}},
    {"NoTimeForAnAnswer", "gateway.answer_within = \"0ms\"\n", {"gateway.answer_within"}},
    {"LittleRoom", "gateway.max_partial_bytes = \"1MiB\"\n", {"gateway.max_partial_bytes"}},
    {"OfHubDefaults",
     "hub_defaults.gateway.answer = \"accepted\"\n",
     {"hub_defaults.gateway.answer"},
     "belongs in [gateway]"},
    {"ListenOfAHub",
     "hubs.chat.gateway.listen = \"127.0.0.1:1\"\n",
     {"hubs.chat.gateway.listen"},
     "it belongs in"},
    {"AnswerAtTheTop", "answer = \"accepted\"\n", {"answer"}, "it belongs in [gateway]"},
};

class GatewayMistakes : public testing::TestWithParam<MistakeCase> {};

TEST_P(GatewayMistakes, AreNamedAllAtOnce) {
  const ConfigReading reading = reading_of(GetParam().text);
  Names keys;
  for (const ConfigError& mistake : reading.mistakes) keys.push_back(mistake.key);
  EXPECT_EQ(keys, GetParam().keys) << to_string(reading.mistakes);
  EXPECT_NE(to_string(reading.mistakes).find(GetParam().words), std::string::npos)
      << to_string(reading.mistakes);
  EXPECT_EQ(to_string(reading.mistakes).find("secret"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(All, GatewayMistakes, testing::ValuesIn(kRows),
                         [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace awps
