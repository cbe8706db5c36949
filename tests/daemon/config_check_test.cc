// All that is wrong with a configuration is told at once: its form, its plan, and this machine.

#include "daemon/awpsd/config_check.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/daemon/daemon_harness.h"

namespace awps {
namespace {

CheckedConfig check(const std::string& toml, const SettingsSource& settings = default_settings()) {
  const ConfigText text{.file = "f", .text = toml};
  return check_config(parse_config(std::span(&text, 1)), settings);
}

/// The keys of the mistakes, in the order told, each with its line if it has one.
std::vector<std::string> keys_in(const CheckedConfig& checked) {
  std::vector<std::string> keys;
  for (const ConfigError& mistake : checked.mistakes) {
    keys.push_back(mistake.key +
                   (mistake.place.line == 0 ? "" : ":" + std::to_string(mistake.place.line)));
  }
  return keys;
}

/// One line of a configuration that is a mistake, and the key that is named.
struct Mistake {
  const char* line;
  const char* key;
};

// Dotted keys, so that any may follow any.
const Mistake kForm[] = {
    {"drain_timeout = 20", "drain_timeout"},
    {"log.levle = \"info\"", "log.levle"},
    {"socket.threads = \"two\"", "socket.threads"},
    {"service.timeout = \"10 parsecs\"", "service.timeout"},
    {"hub_defaults.ordering = \"tight\"", "hub_defaults.ordering"},
    {"hubs.chat.retry.max_attempts = 0", "hubs.chat.retry.max_attempts"},
};
const Mistake kPlan[] = {
    {"service.connection_file = \"/nowhere/connection\"", "service.connection_file"},
    {"service.connection = \"NoSuchSetting\"", "service.connection"},
    {"services.other.connection = \"OTHER\"\nhubs.more.service = \"other\"",
     "services.other.connection"},
};
const Mistake kMachine[] = {
    {"socket.group = \"nosuchgroup\"", "socket.group"},
    {"socket.allow_users = [\"nosuchuser\"]", "socket.allow_users"},
    {"hub_defaults.allow_groups = [\"nosuchgroup\"]", "hub_defaults.allow_groups"},
    {"hubs.club.allow_users = [\"nosuchuser\"]", "hubs.club.allow_users"},
    {"service.ca_file = \"/nowhere/ca.pem\"", "service.ca_file"},
    {"socket.path = \"/nowhere/at/all/awpsd.sock\"", "socket.path"},
    {"admin.listen = \"unix:/nowhere/at/all/admin.sock\"", "admin.listen"},
};

/// Each pair of two kinds of mistake.
std::vector<std::pair<Mistake, Mistake>> pairs() {
  std::vector<std::pair<Mistake, Mistake>> all;
  const auto cross = [&all](std::span<const Mistake> first, std::span<const Mistake> second) {
    for (const Mistake& one : first) {
      for (const Mistake& other : second) all.emplace_back(one, other);
    }
  };
  cross(kForm, kPlan);
  cross(kForm, kMachine);
  cross(kPlan, kMachine);
  return all;
}

TEST(ConfigCheck, TellsAllMistakesOfAllKindsAtOnce) {
  EXPECT_GE(pairs().size(), 60U);
  for (const auto& [one, other] : pairs()) {
    const std::string toml = std::string(one.line) + "\n" + other.line + "\nhubs.last.what = 1\n";
    SCOPED_TRACE(toml);
    const CheckedConfig checked = check(toml);
    const std::string told = to_string(checked.mistakes);
    for (const std::string key : {one.key, other.key, "hubs.last.what"}) {
      const auto named = std::ranges::find(checked.mistakes, key, &ConfigError::key);
      ASSERT_NE(named, checked.mistakes.end()) << key << " is not in\n" << told;
      EXPECT_EQ(named->place.file, "f") << told;
      EXPECT_GT(named->place.line, 0U) << told;
      EXPECT_GT(named->message.size(), 20U) << "what is wrong, and the remedy: " << told;
    }
    EXPECT_EQ(checked.mistakes.size(), 3U) << told;
  }
}

TEST(ConfigCheck, WhatIsGoodHasAPlan) {
  const CheckedConfig checked = check("[hubs.chat]\n");
  EXPECT_TRUE(checked.ok()) << to_string(checked.mistakes);
  ASSERT_EQ(checked.plan.hubs.size(), 1U);
  EXPECT_EQ(checked.plan.hubs[0].hub, "chat");
}

// ---- what follows from another mistake is none

TEST(ConfigCheck, AHubThatCannotBeReadIsAHub) {
  EXPECT_EQ(keys_in(check("[hubs.\"no hub\"]\n")), std::vector<std::string>{"hubs.\"no hub\":1"});
  EXPECT_EQ(keys_in(check("service.hub = 3\n")), std::vector<std::string>{"service.hub:1"});
}

TEST(ConfigCheck, AFileThatCannotBeReadMaySayTheRest) {
  EXPECT_EQ(keys_in(check("[[[\n", settings_of({}))).size(), 1U);
}

TEST(ConfigCheck, AConnectionThatCannotBeReadIsNotLookedUp) {
  EXPECT_EQ(keys_in(check("service.connection = 3\n[hubs.chat]\n", settings_of({}))),
            std::vector<std::string>{"service.connection:1"});
}

TEST(ConfigCheck, WithNothingAtAllTwoThingsAreMissing) {
  EXPECT_EQ(keys_in(check("", settings_of({}))),
            (std::vector<std::string>{"service.hub", "service.connection"}));
}

TEST(ConfigCheck, WhatHubsHaveInCommonIsSaidOnce) {
  EXPECT_EQ(keys_in(check("[hubs.a]\n[hubs.b]\n[hubs.c]\n", settings_of({}))),
            std::vector<std::string>{"service.connection"});
  EXPECT_EQ(keys_in(check("[hub_defaults]\nallow_users = [\"nosuchuser\", \"nosuchother\"]\n"
                          "[hubs.a]\n")),
            (std::vector<std::string>{"hub_defaults.allow_users:2", "hub_defaults.allow_users:2"}));
}

// ---- this machine

class MachineCheckTest : public testing::Test {
 protected:
  MachineCheckTest() {
    std::string name = testing::TempDir() + "machine-XXXXXX";
    folder_ = ::mkdtemp(name.data());
  }
  ~MachineCheckTest() override { std::filesystem::remove_all(folder_); }

  std::string folder_;
};

TEST_F(MachineCheckTest, OneMissingFolderIsMadeAtTheStartAndTwoAreNot) {
  const auto with = [this](const std::string& path) {
    return keys_in(check("socket.path = \"" + folder_ + path + "\"\n[hubs.chat]\n"));
  };
  EXPECT_TRUE(with("/awpsd.sock").empty());
  EXPECT_TRUE(with("/new/awpsd.sock").empty());
  EXPECT_EQ(with("/very/new/awpsd.sock"), std::vector<std::string>{"socket.path:1"});
  std::ofstream(folder_ + "/file") << "no folder";
  EXPECT_EQ(with("/file/awpsd.sock"), std::vector<std::string>{"socket.path:1"});
}

TEST_F(MachineCheckTest, OfAnActivatedSocketTheFolderIsSystemds) {
  const ConfigText text{.file = "f",
                        .text = "socket.path = \"/nowhere/at/all.sock\"\n[hubs.chat]\n"};
  const CheckedConfig checked = check_config(parse_config(std::span(&text, 1)), default_settings(),
                                             Activation{.has_producers = true});
  EXPECT_TRUE(checked.ok()) << to_string(checked.mistakes);
}

TEST_F(MachineCheckTest, ACertificateFileHasCertificates) {
  const auto with = [this](const std::string& content) {
    std::ofstream(folder_ + "/ca.pem") << content;
    return check("service.ca_file = \"" + folder_ + "/ca.pem\"\n[hubs.chat]\n");
  };
  EXPECT_TRUE(with("words\n-----BEGIN CERTIFICATE-----\n").ok());
  EXPECT_TRUE(with("-----BEGIN TRUSTED CERTIFICATE-----\n").ok());
  const CheckedConfig key = with("-----BEGIN PRIVATE KEY-----\n");
  EXPECT_NE(to_string(key.mistakes).find("no certificate"), std::string::npos);
}

}  // namespace
}  // namespace awps
