// From a configuration and the settings to the hubs to run.

#include "daemon/awpsd/plan.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "tests/daemon/daemon_harness.h"
#include "tests/support/test_folder.h"

namespace awps {
namespace {

using std::chrono::seconds;
using Environment = std::map<std::string, std::string, std::less<>>;

const Environment kMain = {{"WebPubSubConnectionString", connection_to("main")}};

std::vector<std::string> hubs_of(const Plan& plan) {
  std::vector<std::string> hubs;
  for (const HubPlan& hub : plan.hubs) hubs.push_back(hub.hub);
  return hubs;
}

Environment with(Environment more) {
  more.insert(kMain.begin(), kMain.end());
  return more;
}

struct Row {
  const char* name;
  std::string toml;
  Environment environment;
  std::vector<std::string> hubs;
  const char* default_hub;
};
void PrintTo(const Row& row, std::ostream* out) {
  *out << row.name;
}

const Row kRows[] = {
    {"TheDefaultHubAlone", "service.hub = \"chat\"\n", kMain, {"chat"}, "chat"},
    {"TheDefaultHubComesFirst",
     "service.hub = \"news\"\n[hubs.chat]\n[hubs.news]\n",
     kMain,
     {"news", "chat"},
     "news"},
    {"NoneIsTheDefault", "[hubs.chat]\n[hubs.news]\n", kMain, {"chat", "news"}, ""},
    {"TheSettingNamesTheDefault", "", with({{"WebPubSubHub", "Chat"}}), {"chat"}, "chat"},
    {"TheConfigurationWinsOverTheSetting",
     "service.hub = \"news\"\n",
     with({{"WebPubSubHub", "chat"}}),
     {"news"},
     "news"},
};

class Plans : public testing::TestWithParam<Row> {};

TEST_P(Plans, HaveTheHubsOfTheConfiguration) {
  const auto plan = make_plan(config_of(GetParam().toml), settings_of(GetParam().environment));
  ASSERT_TRUE(plan.ok()) << to_string(plan.error());
  EXPECT_EQ(hubs_of(*plan), GetParam().hubs);
  EXPECT_EQ(plan->default_hub, GetParam().default_hub);
}

INSTANTIATE_TEST_SUITE_P(All, Plans, testing::ValuesIn(kRows),
                         [](const auto& row) { return std::string(row.param.name); });

struct RefusedRow {
  const char* name;
  std::string toml;
  Environment environment;
  const char* says;
};
void PrintTo(const RefusedRow& row, std::ostream* out) {
  *out << row.name;
}

const RefusedRow kRefused[] = {
    {"NoHub", "", kMain, "there is no hub: set service.hub or a [hubs.NAME] table"},
    {"NoConnection", "[hubs.chat]\n", {}, "WebPubSubConnectionString"},
    {"NoConnectionOfANamedService",
     "[services.other]\nconnection = \"OTHER\"\n[hubs.chat]\nservice = \"other\"\n", kMain,
     "OTHER"},
    {"ABrokenConnection",
     "[hubs.chat]\n",
     {{"WebPubSubConnectionString", "Endpoint=https://main.example"}},
     "AccessKey"},
    {"AHubNameThatIsNone", "", with({{"WebPubSubHub", "no hub"}}), "no hub"},
    {"AConnectionFileThatIsNotThere", "[service]\nconnection_file = \"/nowhere\"\n[hubs.chat]\n",
     kMain, "/nowhere"},
};

class RefusedPlans : public testing::TestWithParam<RefusedRow> {};

TEST_P(RefusedPlans, SayWhatIsMissing) {
  const auto plan = make_plan(config_of(GetParam().toml), settings_of(GetParam().environment));
  ASSERT_FALSE(plan.ok());
  EXPECT_NE(to_string(plan.error()).find(GetParam().says), std::string::npos)
      << to_string(plan.error());
}

INSTANTIATE_TEST_SUITE_P(All, RefusedPlans, testing::ValuesIn(kRefused),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(Plan, LeadsEachHubToItsService) {
  const Config config = config_of(
      "[services.other]\nconnection = \"OTHER\"\ntimeout = \"3s\"\n"
      "[hubs.chat]\n[hubs.news]\nservice = \"other\"\n");
  const auto plan = make_plan(config, settings_of(with({{"OTHER", connection_to("other")}})));
  ASSERT_TRUE(plan.ok()) << to_string(plan.error());
  EXPECT_EQ(plan->hubs[0].endpoint_url, "https://main.example");
  EXPECT_EQ(plan->hubs[0].service.timeout, seconds(10));
  EXPECT_EQ(plan->hubs[1].endpoint_url, "https://other.example");
  EXPECT_EQ(plan->hubs[1].service.timeout, seconds(3));
  EXPECT_EQ(plan->hubs[1].access_keys, std::vector<std::string>{"key"});
}

TEST(Plan, TakesTheKeysOfAConnectionFile) {
  const TestFolder folder;
  const std::string file = folder.write("connection", connection_to("file") + "\n");
  const Config config = config_of("[service]\nconnection_file = \"" + file + "\"\n[hubs.chat]\n");
  const auto plan = make_plan(config, settings_of(kMain));
  ASSERT_TRUE(plan.ok()) << to_string(plan.error());
  EXPECT_EQ(plan->hubs[0].endpoint_url, "https://file.example");
  EXPECT_EQ(plan->hubs[0].access_keys, std::vector<std::string>{"key"});
}

TEST(Plan, HasAnIdentityWhereTheSettingNamesOne) {
  const auto plan =
      make_plan(config_of("[hubs.chat]\n"),
                settings_of({{"WebPubSubConnectionString__serviceUri", "https://entra.example"},
                             {"WebPubSubConnectionString__tenantId", "t"},
                             {"WebPubSubConnectionString__clientId", "c"},
                             {"WebPubSubConnectionString__clientSecret", "s"}}));
  ASSERT_TRUE(plan.ok()) << to_string(plan.error());
  EXPECT_EQ(plan->hubs[0].endpoint_url, "https://entra.example");
  EXPECT_TRUE(plan->hubs[0].access_keys.empty());
  ASSERT_TRUE(plan->hubs[0].identity.has_value());
  EXPECT_EQ(plan->hubs[0].identity->flow, EntraFlow::kClientSecret);
}

TEST(Plan, AfterAReloadKeepsTheWayToTheServiceAndTheOrder) {
  HubPlan present{.hub = "chat", .endpoint_url = "https://old.example", .access_keys = {"old"}};
  present.service.connection = "OLD";
  present.service.max_connections = 5;
  HubPlan planned{.hub = "chat", .endpoint_url = "https://new.example", .access_keys = {"new"}};
  planned.service.connection = "NEW";
  planned.service.max_connections = 6;
  planned.config.ordering = HubConfig::Ordering::kStrict;
  planned.config.order = {{.groups = "g"}};
  const HubPlan after = plan_after_reload(present, planned);
  EXPECT_EQ(after.endpoint_url, "https://old.example");
  EXPECT_EQ(after.access_keys, present.access_keys);
  EXPECT_EQ(after.service, present.service);
  EXPECT_EQ(after.config, present.config);
}

TEST(Plan, AfterAReloadStaysWhoItWasToTheService) {
  const HubPlan with_key{
      .hub = "chat", .endpoint_url = "https://main.example", .access_keys = {"key"}};
  const HubPlan with_identity{
      .hub = "chat", .endpoint_url = "https://main.example", .identity = EntraIdentity{}};
  const HubPlan key_stays = plan_after_reload(with_key, with_identity);
  EXPECT_EQ(key_stays.access_keys, with_key.access_keys);
  EXPECT_FALSE(key_stays.identity);
  const HubPlan identity_stays = plan_after_reload(with_identity, with_key);
  EXPECT_TRUE(identity_stays.access_keys.empty());
  EXPECT_TRUE(identity_stays.identity);
}

TEST(Plan, AfterAReloadHasTheNewKeysOfItsFileUnlessTheyAreOfAnotherService) {
  HubPlan present{.hub = "chat", .endpoint_url = "https://old.example", .access_keys = {"old"}};
  present.service.connection_file = "/connection";
  HubPlan planned = present;
  planned.access_keys = {"new"};
  EXPECT_EQ(plan_after_reload(present, planned).access_keys, planned.access_keys);
  planned.service.connection_file = "/other";
  EXPECT_EQ(plan_after_reload(present, planned).access_keys, present.access_keys);
  planned.service = present.service;
  planned.endpoint_url = "https://new.example";
  EXPECT_EQ(plan_after_reload(present, planned).access_keys, present.access_keys);
}

TEST(Plan, AfterAReloadFollowsLimitsAndRules) {
  const HubPlan present{.hub = "chat", .endpoint_url = "https://main.example"};
  HubPlan planned = present;
  planned.service.requests_per_second = 7;
  planned.service.bytes_per_second = 8;
  planned.service.shared_by = "orders";
  planned.service.burst = seconds(1);
  planned.service.retry_after_max = seconds(2);
  planned.service.timeout = seconds(3);
  planned.config.max_in_flight = 9;
  planned.config.coalesce.enabled = false;
  const HubPlan after = plan_after_reload(present, planned);
  EXPECT_EQ(after.service, planned.service);
  EXPECT_EQ(after.config, planned.config);
}

TEST(Plan, AfterAReloadIsOnDiskAsBefore) {
  HubPlan present{.hub = "chat", .endpoint_url = "https://main.example"};
  present.config.durability = HubConfig::Durability::kDurable;
  HubPlan planned = present;
  planned.config.durability = HubConfig::Durability::kMemory;
  planned.config.spool_max_bytes = kGibibyte;
  planned.config.dedupe_window = std::chrono::hours(1);
  planned.config.dedupe_max_ids = 3;
  planned.config.ambiguous = HubConfig::Ambiguous::kGiveUp;  // which only memory may
  EXPECT_EQ(plan_after_reload(present, planned).config, present.config);
}

Result<Plan, ConfigErrors> plan_through(const std::string& service, const char* login = nullptr) {
  Environment environment = kMain;
  if (login != nullptr) environment["ProxyLogin"] = login;
  return make_plan(config_of("[service]\nhub = \"chat\"\n" + service), settings_of(environment));
}

TEST(Plan, TakesThePasswordOutOfTheProxysUrl) {
  const auto plan = plan_through("proxy = \"http://u%40:p%3A@proxy:1\"\n");
  ASSERT_TRUE(plan.ok()) << to_string(plan.error());
  EXPECT_EQ(plan->hubs[0].service.proxy, "http://proxy:1");
  EXPECT_EQ(plan->hubs[0].proxy_credentials, "u%40:p%3A");
}

TEST(Plan, LooksUpTheProxysCredentialsAndEncodesThem) {
  const std::string service = "proxy = \"http://proxy:1\"\nproxy_credentials = \"ProxyLogin\"\n";
  const auto plan = plan_through(service, "dom\\ann:p:@/% w\n");
  ASSERT_TRUE(plan.ok()) << to_string(plan.error());
  EXPECT_EQ(plan->hubs[0].service.proxy, "http://proxy:1");
  EXPECT_EQ(plan->hubs[0].proxy_credentials, "dom%5Cann:p%3A%40%2F%25%20w");

  const auto none = plan_through(service);
  ASSERT_FALSE(none.ok());
  EXPECT_NE(to_string(none.error()).find("'ProxyLogin' is not set"), std::string::npos);
  for (const char* wrong : {"secret", ":secret"}) {
    const auto without_user = plan_through(service, wrong);
    ASSERT_FALSE(without_user.ok());
    EXPECT_NE(to_string(without_user.error()).find("user:password"), std::string::npos);
    EXPECT_EQ(to_string(without_user.error()).find("secret"), std::string::npos);
  }
}

TEST(Plan, WarnsOfPasswordsInTheConfiguration) {
  const auto said = warnings_about(
      config_of("service.proxy = \"http://u:secret@p\"\n"
                "[services.b]\nconnection = \"B\"\nproxy = \"http://u:secret@q\"\n"));
  ASSERT_EQ(said.size(), 2U);
  EXPECT_TRUE(said[0].starts_with("service.proxy has a password")) << said[0];
  EXPECT_TRUE(said[1].starts_with("services.b.proxy has a password")) << said[1];
  EXPECT_EQ((said[0] + said[1]).find("secret"), std::string::npos);
  EXPECT_TRUE(warnings_about(config_of("service.proxy = \"http://p\"\n")).empty());
}

const std::string kStream = "[streams.orders]\nbrokers = \"127.0.0.1:1\"\ntopic = \"t\"\n";

TEST(Plan, OneServiceIsSharedByOneStream) {
  const auto plan_of = [](const std::string& shared, const std::string& b) {
    return make_plan(config_of("service.shared_by = \"orders\"\nservice.hub = \"chat\"\n"
                               "[services.b]\nconnection = \"B\"\n" +
                               shared + "[hubs.chat]\n[hubs.news]\nservice = \"b\"\n" + kStream),
                     settings_of(with({{"B", connection_to(b)}})));
  };
  const auto plan = plan_of("", "main");
  ASSERT_FALSE(plan.ok());
  const std::string error = to_string(plan.error());
  EXPECT_NE(
      error.find("services.b: [service], which is the same service (https://main.example), is "
                 "shared by \"orders\", and this by no stream; a service has one limit, so write "
                 "the same shared_by in both"),
      std::string::npos)
      << error;
  EXPECT_TRUE(plan_of("", "other").ok());
  EXPECT_TRUE(plan_of("shared_by = \"orders\"\n", "main").ok());
}

TEST(Plan, WarnsOfASharedLimitThatIsNone) {
  const std::string shared = "service.shared_by = \"orders\"\n";
  const auto said = warnings_about(config_of(shared + kStream));
  ASSERT_EQ(said.size(), 1U);
  EXPECT_EQ(
      said[0],
      "service.shared_by = \"orders\" shares no limit, since there is none: the daemons of "
      "the fleet learn from 429 alone, each for itself; add requests_per_second, which is the "
      "fleet's");
  for (const char* limit :
       {"service.requests_per_second = 5\n", "service.bytes_per_second = \"5KiB\"\n"}) {
    EXPECT_TRUE(warnings_about(config_of(shared + limit + kStream)).empty()) << limit;
  }
}

TEST(Plan, TakesTheConfiguredScope) {
  const auto plan =
      make_plan(config_of("[service]\nscope = \"api://own/.default\"\n[hubs.chat]\n"),
                settings_of({{"WebPubSubConnectionString__serviceUri", "https://entra.example"},
                             {"WebPubSubConnectionString__credential", "managedidentity"}}));
  ASSERT_TRUE(plan.ok()) << to_string(plan.error());
  EXPECT_EQ(plan->hubs[0].identity->scope, "api://own/.default");
}

TEST(Plan, GoesToANamedHostByPlainHttpAlone) {
  const auto plan_with = [](const std::string& service) {
    return make_plan(
        config_of("[service]\n" + service + "\n[hubs.chat]\n"),
        settings_of({{"WebPubSubConnectionString", "Endpoint=http://emulator:8090;AccessKey=k"}}));
  };
  const auto allowed = plan_with("allow_plain_http = [\"emulator\"]");
  ASSERT_TRUE(allowed.ok()) << to_string(allowed.error());
  EXPECT_EQ(allowed->hubs[0].endpoint_url, "http://emulator:8090");
  const auto refused = plan_with("allow_plain_http = [\"other\"]");
  EXPECT_NE(to_string(refused.error()).find("allow_plain_http"), std::string::npos);
}

TEST(Plan, SendsNoTokenToAReverseProxyInClearText) {
  const auto plan_with = [](const std::string& service) {
    return make_plan(config_of("[service]\n" + service + "\n[hubs.chat]\n"), settings_of(kMain));
  };
  EXPECT_TRUE(plan_with("reverse_proxy = \"https://apim\"").ok());
  EXPECT_TRUE(plan_with("reverse_proxy = \"http://127.0.0.1:80\"").ok());
  EXPECT_TRUE(plan_with("reverse_proxy = \"http://apim\"\nallow_plain_http = [\"apim\"]").ok());
  const auto refused = plan_with("reverse_proxy = \"http://apim\"");
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().front().key, "service.reverse_proxy") << to_string(refused.error());
}

struct ProxyRow {
  const char* name;
  std::string toml;
  Environment environment;
  const char* variable;  // empty: nothing is said
};
void PrintTo(const ProxyRow& row, std::ostream* out) {
  *out << row.name;
}

const std::string kProxied = "[service]\nproxy = \"http://p:1\"\n[hubs.chat]\n";
const ProxyRow kProxyRows[] = {
    {"Named", "[hubs.chat]\n", with({{"HTTPS_PROXY", "http://p:1"}}), "HTTPS_PROXY"},
    {"InLowerCase", "[hubs.chat]\n", with({{"https_proxy", "http://p:1"}}), "https_proxy"},
    {"TheExceptionsToo", "[hubs.chat]\n", with({{"NO_PROXY", "*"}}), "NO_PROXY"},
    {"Empty", "[hubs.chat]\n", with({{"HTTPS_PROXY", ""}}), ""},
    {"None", "[hubs.chat]\n", kMain, ""},
    {"ConfiguredInstead", kProxied, with({{"HTTPS_PROXY", "http://p:1"}}), ""},
    {"Loopback",
     "[hubs.chat]\n",
     {{"WebPubSubConnectionString", "Endpoint=http://localhost:1;AccessKey=k"},
      {"HTTPS_PROXY", "http://p:1"}},
     ""},
};

class UnusedProxyVariable : public testing::TestWithParam<ProxyRow> {};

TEST_P(UnusedProxyVariable, IsNamed) {
  const SettingsSource settings = settings_of(GetParam().environment);
  const auto plan = make_plan(config_of(GetParam().toml), settings);
  ASSERT_TRUE(plan.ok()) << to_string(plan.error());
  EXPECT_EQ(unused_proxy_variable(*plan, settings).value_or(""), GetParam().variable);
}

INSTANTIATE_TEST_SUITE_P(Variables, UnusedProxyVariable, testing::ValuesIn(kProxyRows),
                         [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace awps
