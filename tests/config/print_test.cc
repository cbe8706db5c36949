// Printing: the file of defaults, the effective configuration, and what a reload changes.

#include "config/print.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

#include "config/load.h"

namespace awps {
namespace {

Config parsed(const std::string& text) {
  const auto config = parse_config(std::vector<ConfigText>{{"test.toml", text}});
  EXPECT_TRUE(config.ok()) << to_string(config.mistakes);
  return config.ok() ? config.config : Config();
}

constexpr const char* kEverySort = R"(
drain_timeout = "1s"
[service]
hub = "Chat"
bytes_per_second = "1MiB"
[services.backup]
connection = "Backup"
timeout = "3s"
[services."with blank"]
connection_file = "/run/\"cs\""
[socket]
allow_users = ["a", "b\\c"]
mode = "0600"
[hub_defaults]
durability = "durable"
max_producer_share = 0.25
[[hub_defaults.merge]]
groups = "a\"*"
format = "lines"
[hubs.chat]
service = "backup"
[hubs."a.b".coalesce]
fan_out = "users+connections"
[hubs.same]
[[hubs.chat.order]]
groups = "x"
)";

TEST(PrintedConfig, OfDefaultsReadsBackAsTheDefaults) {
  EXPECT_TRUE(parsed(print_config()) == Config());
}

TEST(PrintedConfig, OfAnythingReadsBackAsTheSame) {
  const Config config = parsed(kEverySort);
  const std::string printed = print_config(config);
  EXPECT_TRUE(parsed(printed) == config) << printed;
  EXPECT_EQ(print_config(parsed(printed)), printed);
}

TEST(PrintedConfig, EqualsTheFileInTheSourceTree) {
  std::ifstream file(AWPS_CONFIG_FILE);
  std::ostringstream text;
  text << file.rdbuf();
  EXPECT_EQ(text.str(), print_config())
      << "write it anew: awpsd --print-config > config/awpsd.toml";
}

TEST(PrintedConfig, HasExamplesOfRulesThatHoldWhenUncommented) {
  std::istringstream lines(print_config());
  std::string text;
  for (std::string line; std::getline(lines, line);) {
    text += line.starts_with("# [[") || line.starts_with("# groups") ||
                    line.starts_with("# format") || line.starts_with("# max_bytes") ||
                    line.starts_with("# ordering")
                ? line.substr(2) + "\n"
                : line + "\n";
  }
  const Config config = parsed(text);
  EXPECT_EQ(config.hubs.at("telemetry").merge, (std::vector<MergeRule>{{.groups = "device-*"}}));
  EXPECT_EQ(config.hubs.at("telemetry").order, (std::vector<OrderRule>{{.groups = "log-*"}}));
}

TEST(PrintedConfig, FitsIntoAHundredColumns) {
  std::istringstream lines(print_config());
  for (std::string line; std::getline(lines, line);) {
    EXPECT_LE(line.size(), 100u) << line;
  }
}

TEST(ListedOptions, AreOnceEachAndExplained) {
  std::set<std::string> keys;
  for (const ListedOption& option : list_options(Config())) {
    EXPECT_TRUE(keys.insert(option.table + "." + std::string(option.name())).second);
    EXPECT_FALSE(option.about.comment.empty()) << option.about.name;
  }
  EXPECT_TRUE(keys.contains("hub_defaults.retry.max"));
  EXPECT_TRUE(keys.contains(".drain_timeout"));
}

TEST(ConfigChanges, OfEqualConfigsAreNone) {
  EXPECT_TRUE(changes_between(parsed(kEverySort), parsed(kEverySort)).empty());
}

TEST(ConfigChanges, NameKeyValuesAndWhenTheyApply) {
  const auto changes =
      changes_between(Config(), parsed("socket.threads = 2\nlog.level = \"debug\""));
  EXPECT_EQ(changes, (std::vector<ConfigChange>{
                         {"log.level", "\"info\"", "\"debug\"", Applies::kAtReload},
                         {"socket.threads", "1", "2", Applies::kAtStart},
                     }));
}

TEST(ConfigChanges, ShowNoPassword) {
  const Config without = parsed("service.proxy = \"http://proxy:1\"");
  const Config with = parsed("service.proxy = \"http://u:secret@proxy:1\"");
  const Config another = parsed("service.proxy = \"http://u:hidden@proxy:1\"");
  const std::string masked = "\"http://***@proxy:1\"";
  EXPECT_EQ(changes_between(without, with),
            (std::vector<ConfigChange>{
                {"service.proxy", "\"http://proxy:1\"", masked, Applies::kAtStart}}));
  EXPECT_EQ(changes_between(with, another),
            (std::vector<ConfigChange>{{"service.proxy", masked, masked, Applies::kAtStart}}));
  const std::string service = "[services.b]\nconnection = \"B\"\nproxy = \"http://u:secret@p\"";
  for (const auto& [before, after] :
       {std::pair(parsed(service), Config()), std::pair(Config(), parsed(service))}) {
    for (const ConfigChange& change : changes_between(before, after)) {
      EXPECT_EQ((change.before + change.after).find("secret"), std::string::npos) << change.key;
    }
  }
}

TEST(ConfigChanges, CompareANewHubWithTheDefaults) {
  const auto changes = changes_between(Config(), parsed("[hubs.a]\nmax_in_flight = 3"));
  EXPECT_EQ(changes,
            (std::vector<ConfigChange>{{"hubs.a", "", "configured", Applies::kAtReload},
                                       {"hubs.a.max_in_flight", "64", "3", Applies::kAtReload}}));
  EXPECT_EQ(changes_between(parsed("[hubs.a]"), Config()),
            (std::vector<ConfigChange>{{"hubs.a", "configured", "", Applies::kAtReload}}));
}

TEST(ConfigChanges, NameAServiceThatCameOrWent) {
  const Config with = parsed("[services.b]\nconnection = \"B\"");
  const auto changes = changes_between(Config(), with);
  const auto connection = std::ranges::find(changes, "services.b.connection", &ConfigChange::key);
  ASSERT_NE(connection, changes.end());
  EXPECT_EQ(*connection, (ConfigChange{"services.b.connection", "", "\"B\"", Applies::kAtReload}));
  EXPECT_EQ(changes_between(with, Config()).size(), changes.size());
}

TEST(ConfigChanges, OfAHubThatCameOrWentWaitForNoStart) {
  const Config with = parsed("[hubs.b]\nordering = \"none\"\n");
  const ConfigChange came{"hubs.b", "", "configured"};
  const ConfigChange ordering{"hubs.b.ordering", "\"target\"", "\"none\"", Applies::kAtReload};
  EXPECT_EQ(changes_between(Config(), with), (std::vector<ConfigChange>{came, ordering}));
  for (const ConfigChange& change : changes_between(with, Config())) {
    EXPECT_EQ(change.applies, Applies::kAtReload) << change.key;
  }
}

}  // namespace
}  // namespace awps
