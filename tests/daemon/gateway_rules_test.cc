// What the gateway is told of each hub: who may send, how it is answered, the way for reads.

#include "daemon/awpsd/gateway_rules.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

#include "tests/daemon/daemon_harness.h"
#include "tests/support/null_transport.h"

namespace awps {
namespace {

class GatewayRulesTest : public DaemonHarness {
 protected:
  HubRules rules_of_hub(const std::string& name) {
    const GatewayRules made =
        rules_of(*hubs_, {.make_transport =
                              [this](const CurlOptions& options) {
                                options_ = options;
                                return std::make_unique<NullTransport>(clock_);
                              },
                          .max_reads = 5,
                          .watched = watched_});
    const auto found = std::ranges::find(made.rules, name, &HubRules::hub);
    EXPECT_NE(found, made.rules.end());
    watched_ = made.watched;
    return *found;
  }

  CurlOptions options_;
  std::vector<WatchedKeys> watched_;
};

TEST_F(GatewayRulesTest, AreThoseOfItsPlan) {
  start(
      "gateway.listen = \"127.0.0.1:1\"\n[hubs.chat]\n[hubs.club]\nallow_users = [\"root\"]\n"
      "[hubs.club.gateway]\nanswer = \"accepted\"\nanswer_within = \"2s\"\nallow_keys = []\n");
  const HubRules chat = rules_of_hub("chat");
  EXPECT_EQ(chat.service_url, "https://main.example");
  EXPECT_EQ(chat.answer, AnswerMode::kDelivered);
  EXPECT_EQ(chat.service_keys(), std::vector<std::string>{"key"});
  EXPECT_TRUE(chat.takes_service_keys);
  EXPECT_FALSE(chat.is_restricted || chat.has_own_keys);
  const HubRules club = rules_of_hub("club");
  EXPECT_EQ(club.answer, AnswerMode::kAccepted);
  EXPECT_EQ(club.answer_within, std::chrono::seconds(2));
  EXPECT_TRUE(club.is_restricted && club.has_own_keys);
  EXPECT_FALSE(club.takes_service_keys);
}

TEST_F(GatewayRulesTest, FollowAReload) {
  start("gateway.listen = \"127.0.0.1:1\"\n[hubs.chat]\n");
  ASSERT_TRUE(reload("gateway.listen = \"127.0.0.1:1\"\ngateway.answer = \"accepted\"\n"
                     "[hubs.chat]\n[hubs.news]\n")
                  .ok());
  EXPECT_EQ(rules_of_hub("chat").answer, AnswerMode::kAccepted);
  EXPECT_EQ(rules_of_hub("news").answer, AnswerMode::kAccepted);
}

SettingsSource main_service_at(const std::string& host, const std::string& key) {
  return settings_of({{"WebPubSubConnectionString",
                       "Endpoint=https://" + host + ".example;AccessKey=" + key + ";"}});
}

TEST_F(GatewayRulesTest, KeepTheKeysOfTheServiceThatAReloadDoesNotLeave) {
  settings_ = main_service_at("main", "ours");
  start("[hubs.chat]\n");
  settings_ = main_service_at("other", "foreign");
  ASSERT_TRUE(reload("[hubs.chat]\n[hubs.news]\n").ok());
  EXPECT_EQ(rules_of_hub("chat").service_url, "https://main.example");
  EXPECT_EQ(rules_of_hub("chat").service_keys(), std::vector<std::string>{"ours"});
  EXPECT_EQ(rules_of_hub("news").service_url, "https://other.example");
  EXPECT_EQ(rules_of_hub("news").service_keys(), std::vector<std::string>{"foreign"});
}

TEST_F(GatewayRulesTest, SayThatAnOperatorHasPausedIt) {
  start("[hubs.chat]\n");
  const HubRules rules = rules_of_hub("chat");
  EXPECT_FALSE(rules.is_paused());
  ASSERT_TRUE(steering_->pause("chat").ok());
  EXPECT_TRUE(rules.is_paused());
}

TEST_F(GatewayRulesTest, OfAHubThatIsGoneSayThatItIsNotPaused) {
  start("[hubs.chat]\n[hubs.news]\n");
  const HubRules rules = rules_of_hub("news");
  ASSERT_TRUE(apply("[hubs.chat]\n").ok());
  wait_until_gone("news");
  EXPECT_FALSE(rules.is_paused());
}

TEST_F(GatewayRulesTest, ShareTheWayOfOneServiceAlone) {
  settings_ = settings_of(
      {{"WebPubSubConnectionString", connection_to("main")}, {"OTHER", connection_to("other")}});
  start(
      "[services.other]\nconnection = \"OTHER\"\n[hubs.chat]\n[hubs.news]\n[hubs.far]\n"
      "service = \"other\"\n");
  EXPECT_EQ(rules_of_hub("chat").way->key, rules_of_hub("news").way->key);
  EXPECT_NE(rules_of_hub("chat").way->key, rules_of_hub("far").way->key);
}

TEST_F(GatewayRulesTest, MakeAWayForWholeAnswers) {
  start("[hubs.chat]\n");
  const HubRules rules = rules_of_hub("chat");
  ASSERT_NE(rules.way->make_transport(), nullptr);
  EXPECT_EQ(options_.max_connections, 5U);
  EXPECT_GE(options_.max_body_bytes, size_t{8} << 20U);
  EXPECT_TRUE(rules.way->make_tokens()->token("https://main.example/api", WallTime()).ok());
}

TEST_F(GatewayRulesTest, TellWhatIsLeftOfAPause) {
  start("[hubs.chat]\n");
  const HubRules rules = rules_of_hub("chat");
  EXPECT_EQ(rules.way->trouble_left(clock_.now()), std::nullopt);
  EXPECT_TRUE(rules.way->take_permit(clock_.now()));
  Trouble& trouble = hub("chat").endpoint->trouble();
  const Attempt attempt{.target = 1, .started = clock_.now()};
  trouble.begin(attempt);
  (void)trouble.failed(attempt, {.kind = FailureKind::kThrottled, .pause = std::chrono::seconds(9)},
                       clock_.now());
  EXPECT_EQ(rules.way->trouble_left(clock_.now()), Duration(std::chrono::seconds(9)));
  EXPECT_EQ(rules.way->trouble_left(clock_.now() + std::chrono::seconds(10)), std::nullopt);
}

TEST_F(GatewayRulesTest, TakeTheKeysThatAWatchedFileHasNow) {
  const std::string file = folder_ + "/connection";
  std::ofstream(file) << connection_to("main");
  start("service.connection_file = \"" + file + "\"\n[hubs.chat]\n");
  const HubRules rules = rules_of_hub("chat");
  ASSERT_EQ(watched_.size(), 1U);
  EXPECT_EQ(watched_[0].file, file);
  watched_[0].keys->take({"new", "second"});
  EXPECT_EQ(rules.service_keys(), (std::vector<std::string>{"new", "second"}));
}

TEST_F(GatewayRulesTest, MadeAnewKeepWhatWasReadOfAFileSinceThePlan) {
  const std::string file = folder_ + "/connection";
  std::ofstream(file) << connection_to("main");
  start("service.connection_file = \"" + file + "\"\n[hubs.chat]\n[hubs.news]\n");
  ASSERT_EQ(rules_of_hub("chat").service_keys(), std::vector<std::string>{"key"});
  ASSERT_EQ(watched_.size(), 1U) << "one file, however many hubs go by it";
  watched_[0].keys->take({"new"});
  EXPECT_EQ(rules_of_hub("chat").service_keys(), std::vector<std::string>{"new"});
  EXPECT_EQ(rules_of_hub("news").service_keys(), std::vector<std::string>{"new"});
  EXPECT_EQ(watched_.size(), 1U);
}

}  // namespace
}  // namespace awps
