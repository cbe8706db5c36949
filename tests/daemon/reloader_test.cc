// The configuration that the daemon goes by, and how it becomes another one.

#include "daemon/awpsd/reloader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/daemon/daemon_harness.h"

namespace awps {
namespace {

using Names = std::vector<std::string>;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

class ReloaderTest : public DaemonHarness {};

Names keys_of(const AdminResult<ConfigDiff>& diff) {
  Names keys;
  for (const OptionChange& change : diff->changes) {
    keys.push_back(change.key + (change.at_next_start ? " at the next start" : ""));
  }
  return keys;
}

TEST_F(ReloaderTest, SaysWhatAReloadChangedAndLogsIt) {
  start("[hubs.chat]\n");
  const AdminResult<ConfigDiff> diff = reload(
      "drain_timeout = \"7s\"\n[hubs.chat]\n"
      "max_in_flight = 3\n");
  ASSERT_TRUE(diff.ok()) << diff.error().message;
  EXPECT_EQ(keys_of(diff), (Names{"drain_timeout", "hubs.chat.max_in_flight"}));
  EXPECT_EQ(diff->changes[1].before, "64");
  EXPECT_EQ(diff->changes[1].after, "3");
  EXPECT_EQ(hub("chat").max_in_flight, 3U);
  EXPECT_EQ(reloader_->drain_timeout(), seconds(7));
  EXPECT_NE(log().find("reload: hubs.chat.max_in_flight was 64, is 3"), std::string::npos) << log();
}

TEST_F(ReloaderTest, AReloadOfTheSameChangesNothing) {
  start("[hubs.chat]\n");
  const AdminResult<ConfigDiff> diff = reload("[hubs.chat]\n");
  ASSERT_TRUE(diff.ok()) << diff.error().message;
  EXPECT_TRUE(diff->changes.empty());
  EXPECT_NE(log().find("reload: nothing has changed"), std::string::npos) << log();
}

struct Row {
  const char* name;
  std::string toml;
  const char* says;
};
void PrintTo(const Row& row, std::ostream* out) {
  *out << row.name;
}

const Row kRefused[] = {
    {"AValueOutOfBounds", "[hubs.chat]\nmax_in_flight = 0\n", "hubs.chat.max_in_flight"},
    {"TomlThatIsNone", "[hubs.chat\n", "test.toml:1"},
    {"NoHub", "drain_timeout = \"7s\"\n", "there is no hub"},
    {"NoSetting",
     "[services.other]\nconnection = \"OTHER\"\n[hubs.chat]\nmax_in_flight = 3\n[hubs.news]\n"
     "service = \"other\"\n",
     "OTHER"},
    {"NoUser", "[hubs.chat]\nmax_in_flight = 3\nallow_users = [\"nobody-of-this-name\"]\n",
     "nobody-of-this-name"},
    {"NoAdminToken", "[admin]\nlisten = \"127.0.0.1:0\"\n[hubs.chat]\nmax_in_flight = 3\n",
     "admin.token_file"},
};

class RefusedReloads : public DaemonHarness, public testing::WithParamInterface<Row> {};

TEST_P(RefusedReloads, ChangeNothingAndSayWhy) {
  start("[hubs.chat]\n");
  const AdminResult<ConfigDiff> diff = reload(GetParam().toml);
  ASSERT_FALSE(diff.ok());
  EXPECT_EQ(diff.error().http_status, 422);
  EXPECT_EQ(diff.error().code, "invalid_config");
  EXPECT_NE(diff.error().message.find(GetParam().says), std::string::npos) << diff.error().message;
  EXPECT_EQ(names(), Names{"chat"});
  EXPECT_EQ(hub("chat").max_in_flight, 64U);
  EXPECT_EQ(reloader_->drain_timeout(), seconds(20));
  EXPECT_NE(log().find("reload: nothing was changed"), std::string::npos) << log();
  rewrite("[hubs.chat]\n");
  EXPECT_TRUE(steering_->config_diff()->changes.empty());
}

INSTANTIATE_TEST_SUITE_P(All, RefusedReloads, testing::ValuesIn(kRefused),
                         [](const auto& row) { return std::string(row.param.name); });

TEST_F(ReloaderTest, EveryMistakeIsListed) {
  start("[hubs.chat]\n");
  const AdminResult<ConfigDiff> diff =
      reload("drain_timeout = 1\n[hubs.chat]\nmax_in_flight = 0\nwhat = 1\n");
  ASSERT_FALSE(diff.ok());
  EXPECT_EQ(std::ranges::count(diff.error().message, '\n'), 3) << diff.error().message;
}

TEST_F(ReloaderTest, AHubComesAndGoes) {
  start("[hubs.chat]\n");
  EXPECT_EQ(keys_of(reload("[hubs.chat]\n[hubs.news]\n")), Names{"hubs.news"});
  EXPECT_EQ(names(), (Names{"chat", "news"}));
  EXPECT_EQ(keys_of(reload("[hubs.news]\n")), Names{"hubs.chat"});
  wait_until_gone("chat");
  EXPECT_EQ(names(), Names{"news"});
}

TEST_F(ReloaderTest, ADiffShowsWhatAReloadWouldChangeAndChangesNothing) {
  start("[hubs.chat]\n");
  rewrite("[hubs.chat]\nmax_in_flight = 3\n");
  EXPECT_EQ(keys_of(steering_->config_diff()), Names{"hubs.chat.max_in_flight"});
  EXPECT_EQ(hub("chat").max_in_flight, 64U);
  rewrite("[hubs.chat]\nmax_in_flight = 0\n");
  EXPECT_EQ(steering_->config_diff().error().code, "invalid_config");
}

TEST_F(ReloaderTest, WhatWaitsForTheNextStartIsPendingUntilItIsTakenBack) {
  start("[hubs.chat]\n");
  EXPECT_EQ(keys_of(reload("[socket]\nthreads = 2\n[hubs.chat]\n")),
            Names{"socket.threads at the next start"});
  EXPECT_EQ(reloader_->pending(), Names{"socket.threads"});
  EXPECT_EQ(steering_->status().pending_restart, Names{"socket.threads"});
  ASSERT_TRUE(reload("[hubs.chat]\n").ok());
  EXPECT_TRUE(reloader_->pending().empty());
}

TEST_F(ReloaderTest, AHubThatComesBackWaitsWithWhatWaitedBefore) {
  start("[hubs.chat]\n[hubs.news]\n");
  const std::string strict = "[hubs.chat]\n[hubs.news]\nordering = \"strict\"\n";
  ASSERT_TRUE(reload("[hubs.chat]\n").ok());
  ASSERT_TRUE(reload(strict).ok());
  EXPECT_EQ(reloader_->pending(), Names{"hubs.news.ordering"});
  EXPECT_EQ(hub("news").applied.config.ordering, HubConfig::Ordering::kTarget);
}

TEST_F(ReloaderTest, AReloadEndsWhatARefusedCredentialHolds) {
  start("[hubs.chat]\n");
  Trouble& trouble = hub("chat").endpoint->trouble();
  azure_.answer_with(401);
  producer_->send(hub("chat"), {"a", "b", "c"});
  until([&] {
    pass(milliseconds(10));
    return trouble.hold_reason() == HoldReason::kCredential;
  });
  azure_.answer_with(202);
  ASSERT_TRUE(reload("[hubs.chat]\n").ok());
  EXPECT_EQ(trouble.hold_reason(), HoldReason::kNone);
  until([&] {
    pass(milliseconds(10));
    return values_of(hub("chat").counters).delivered == 3;
  });
}

// ---- log levels

TEST_F(ReloaderTest, ALogLevelForAWhileEndsWhenItsTimeIsOver) {
  start("[hubs.chat]\n");
  EXPECT_EQ(reloader_->level(), "info");
  ASSERT_TRUE(steering_->set_log_level("debug", minutes(1)).ok());
  EXPECT_EQ(reloader_->level(), "debug");
  EXPECT_EQ(logger_.level(), spdlog::level::debug);
  clock_.advance(seconds(59));
  reloader_->tick();
  EXPECT_EQ(reloader_->level(), "debug");
  clock_.advance(seconds(1));
  reloader_->tick();
  EXPECT_EQ(reloader_->level(), "info");
  EXPECT_EQ(logger_.level(), spdlog::level::info);
}

TEST_F(ReloaderTest, ALogLevelWithoutAnEndLastsUntilTheNextReload) {
  start("[hubs.chat]\n");
  ASSERT_TRUE(steering_->set_log_level("error", Duration::zero()).ok());
  clock_.advance(std::chrono::hours(1000));
  reloader_->tick();
  EXPECT_EQ(reloader_->level(), "error");
  ASSERT_TRUE(reload("log.level = \"warning\"\n[hubs.chat]\n").ok());
  EXPECT_EQ(reloader_->level(), "warning");
  EXPECT_EQ(logger_.level(), spdlog::level::warn);
}

TEST_F(ReloaderTest, AnUnknownLogLevelIsRefused) {
  start("[hubs.chat]\n");
  const AdminResult<void> set = steering_->set_log_level("loud", minutes(1));
  ASSERT_FALSE(set.ok());
  EXPECT_EQ(set.error().http_status, 400);
  EXPECT_EQ(reloader_->level(), "info");
}

}  // namespace
}  // namespace awps
