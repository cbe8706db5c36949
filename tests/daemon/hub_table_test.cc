// Hubs made, changed and taken out by reloads, and brought to their end.

#include "daemon/awpsd/hub_table.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/crypto.h"
#include "tests/daemon/daemon_harness.h"

namespace awps {
namespace {

using Names = std::vector<std::string>;
using std::chrono::seconds;

class HubTableTest : public DaemonHarness {};

TEST_F(HubTableTest, ShowsTheDefaultHubFirstAndTheOthersByName) {
  start("service.hub = \"news\"\n[hubs.zoo]\n[hubs.chat]\n");
  EXPECT_EQ(names(), (Names{"news", "chat", "zoo"}));
  EXPECT_EQ(hubs_->default_hub(), "news");
  EXPECT_EQ(directory().size(), 3U);
}

TEST_F(HubTableTest, FindsAHubInAnySpelling) {
  start("[hubs.chat]\n");
  ASSERT_NE(hubs_->find("CHAT"), nullptr);
  EXPECT_EQ(hubs_->find("CHAT")->plan.hub, "chat");
  EXPECT_EQ(hubs_->find("news"), nullptr);
  EXPECT_EQ(hubs_->find("no hub"), nullptr);
}

TEST_F(HubTableTest, DeliversToTheEndpointOfTheHub) {
  settings_ = settings_of(
      {{"WebPubSubConnectionString", connection_to("main")}, {"OTHER", connection_to("other")}});
  start(
      "[services.other]\nconnection = \"OTHER\"\n[hubs.chat]\n[hubs.news]\n"
      "service = \"other\"\n");
  producer_->send(hub("news"), {"a"});
  EXPECT_EQ(producer_->wait_for_outcomes(1), Names{"delivered"});
  ASSERT_EQ(azure_.requests().size(), 1U);
  EXPECT_TRUE(azure_.requests()[0].starts_with("POST https://other.example/api/hubs/news/users/1/"))
      << azure_.requests()[0];
}

TEST_F(HubTableTest, SendsToTheReverseProxyWithTokensForTheService) {
  settings_ = settings_of({{"WebPubSubConnectionString", connection_to("main")}});
  start("[service]\nreverse_proxy = \"https://apim.example:8443\"\n[hubs.chat]\n");
  producer_->send(hub("chat"), {"a"});
  EXPECT_EQ(producer_->wait_for_outcomes(1), Names{"delivered"});
  ASSERT_EQ(azure_.requests().size(), 1U);
  EXPECT_TRUE(azure_.requests()[0].starts_with(
      "POST https://apim.example:8443/api/hubs/chat/users/1/:send?api-version="))
      << azure_.requests()[0];
  const std::string token = azure_.tokens().at(0);
  const size_t dot = token.find('.');
  const auto claims = base64url_decode(token.substr(dot + 1, token.rfind('.') - dot - 1));
  ASSERT_TRUE(claims.has_value()) << token;
  EXPECT_NE(claims->find("\"aud\":\"https://main.example/api/hubs/chat/users/1/:send\""),
            std::string::npos)
      << *claims;
}

TEST_F(HubTableTest, AHubThatIsAddedDelivers) {
  start("[hubs.chat]\n");
  ASSERT_TRUE(apply("[hubs.chat]\n[hubs.news]\n").ok());
  EXPECT_EQ(names(), (Names{"chat", "news"}));
  EXPECT_EQ(directory(), (Names{"chat", "news"}));
  producer_->send(hub("news"), {"a"});
  EXPECT_EQ(producer_->wait_for_outcomes(1), Names{"delivered"});
}

TEST_F(HubTableTest, AHubThatIsChangedGoesByItsNewOptions) {
  start("[hubs.chat]\n");
  HubUnit& chat = hub("chat");
  ASSERT_TRUE(apply("[service]\nrequests_per_second = 4\n[hubs.chat]\nmax_in_flight = 3\n"
                    "requests_per_second = 2\nwhen_full = \"reject\"\nmax_queued_bytes = "
                    "\"1MiB\"\n")
                  .ok());
  EXPECT_EQ(&hub("chat"), &chat);
  EXPECT_EQ(chat.max_in_flight, 3U);
  EXPECT_EQ(chat.requests_per_second, 2);
  EXPECT_FALSE(chat.queue->block_when_full());
  EXPECT_EQ(chat.queue->budget().max_bytes(), uint64_t{1} << 20U);
  EXPECT_EQ(chat.endpoint->pace().configured(), 4);
}

TEST_F(HubTableTest, TheFirstHubOfAnEndpointSaysItsLimits) {
  settings_ = settings_of(
      {{"WebPubSubConnectionString", connection_to("main")}, {"SAME", connection_to("main")}});
  const std::string rest =
      "[services.same]\nconnection = \"SAME\"\nrequests_per_second = 9\n[hubs.chat]\n"
      "[hubs.news]\nservice = \"same\"\n";
  start("[service]\nrequests_per_second = 3\n" + rest);
  EXPECT_EQ(hub("news").endpoint, hub("chat").endpoint);
  EXPECT_EQ(hub("chat").endpoint->pace().configured(), 3);
  ASSERT_TRUE(apply("[service]\nrequests_per_second = 4\n" + rest).ok());
  EXPECT_EQ(hub("chat").endpoint->pace().configured(), 4);
}

TEST_F(HubTableTest, AnotherEndpointWaitsForTheNextStart) {
  start("[hubs.chat]\n");
  settings_ = settings_of({{"WebPubSubConnectionString", connection_to("elsewhere")}});
  ASSERT_TRUE(apply("[hubs.chat]\n").ok());
  EXPECT_EQ(hub("chat").applied.endpoint_url, "https://main.example");
  EXPECT_NE(log().find("hub chat goes to https://main.example until the next start, and then to "
                       "https://elsewhere.example"),
            std::string::npos)
      << log();
}

TEST_F(HubTableTest, AHubThatIsTakenOutDeliversWhatItHasAndIsShownUntilThen) {
  start("[hubs.chat]\n[hubs.news]\n");
  azure_.hold();
  producer_->send(hub("news"), {"a"});
  ASSERT_TRUE(apply("[hubs.chat]\n").ok());
  EXPECT_TRUE(hub("news").queue->is_removed());
  EXPECT_EQ(names(), (Names{"chat", "news"}));
  EXPECT_EQ(directory(), Names{"chat"});
  azure_.release();
  EXPECT_EQ(producer_->wait_for_outcomes(1), Names{"delivered"});
  until([&] { return hub("news").is_empty(); });
  EXPECT_EQ(names(), Names{"chat"});
  EXPECT_NE(hubs_->find("news"), nullptr);
}

TEST_F(HubTableTest, AHubThatComesBackIsTheSameAndSteeredByNobody) {
  start("[hubs.chat]\n[hubs.news]\n");
  HubUnit& news = hub("news");
  ASSERT_TRUE(apply("[hubs.chat]\n").ok());
  ASSERT_TRUE(steering_->pause("news").ok());
  ASSERT_TRUE(apply("[hubs.chat]\n[hubs.news]\n").ok());
  EXPECT_EQ(&hub("news"), &news);
  EXPECT_FALSE(news.queue->is_removed());
  EXPECT_FALSE(news.paused);
  producer_->send(news, {"a"});
  EXPECT_EQ(producer_->wait_for_outcomes(1), Names{"delivered"});
}

TEST_F(HubTableTest, AHubThatIsPausedStaysSoThroughAReload) {
  start("[hubs.chat]\n");
  ASSERT_TRUE(steering_->pause("chat").ok());
  ASSERT_TRUE(apply("[hubs.chat]\nmax_in_flight = 3\n").ok());
  EXPECT_TRUE(hub("chat").paused);
}

TEST_F(HubTableTest, AnotherDefaultHubWaitsForTheNextStart) {
  start("service.hub = \"chat\"\n");
  ASSERT_TRUE(apply("service.hub = \"news\"\n").ok());
  EXPECT_EQ(hubs_->default_hub(), "chat");
  EXPECT_EQ(directory(), (Names{"news", "chat"}));
  EXPECT_FALSE(hub("chat").queue->is_removed());
}

TEST_F(HubTableTest, APlanOfUnknownUsersChangesNothing) {
  start("[hubs.chat]\n");
  const Result<void> applied = apply(
      "[hubs.chat]\nmax_in_flight = 3\nallow_users = [\"nobody-of-this-name\"]\n"
      "[hubs.news]\n");
  ASSERT_FALSE(applied.ok());
  EXPECT_EQ(names(), Names{"chat"});
  EXPECT_EQ(hub("chat").max_in_flight, 64U);
}

TEST_F(HubTableTest, MoreHubsThanTheSpareOnesAreRefusedTogether) {
  start("[hubs.chat]\n");
  std::string toml;
  for (size_t i = 0; i <= HubTable::kSpareHubs; ++i) {
    toml += "[hubs.h" + std::to_string(i) + "]\n";
  }
  const Result<void> applied = apply(toml);
  ASSERT_FALSE(applied.ok());
  EXPECT_NE(applied.error().message.find("restart the daemon"), std::string::npos);
  EXPECT_EQ(names(), Names{"chat"});
}

TEST_F(HubTableTest, AHubWithoutALoopThatTurnsIsNotAlive) {
  start("[hubs.chat]\n");
  azure_.hang();
  azure_.wait_for_hanging(1);
  clock_.advance(seconds(11));
  EXPECT_FALSE(hub("chat").is_alive(clock_.now()));
  azure_.release();
  until([&] { return hub("chat").is_alive(clock_.now()); });
}

// ---- the stop

TEST_F(HubTableTest, AStopDeliversWhatWasAcceptedAndWhatWasPaused) {
  start("[hubs.chat]\n");
  ASSERT_TRUE(steering_->pause("chat").ok());
  producer_->send(hub("chat"), {"a", "b"});
  hubs_->begin_stop();
  hubs_->deliver_until(kNever);
  EXPECT_EQ(producer_->wait_for_outcomes(2), (Names{"delivered", "delivered"}));
  until([&] { return hubs_->workers_ended(); });
  EXPECT_EQ(hubs_->join(), 0U);
  EXPECT_TRUE(undelivered_.empty());
}

TEST_F(HubTableTest, AStopHandsOnWhatItCannotDeliver) {
  start("[hubs.chat]\n");
  azure_.hold();
  producer_->send(hub("chat"), {"a", "b"});
  hubs_->begin_stop();
  hubs_->deliver_until(kNever);
  EXPECT_FALSE(hubs_->workers_ended());
  hubs_->stop_now();
  EXPECT_EQ(producer_->wait_for_outcomes(2), (Names{"abandoned", "abandoned"}));
  until([&] { return hubs_->workers_ended(); });
  EXPECT_EQ(hubs_->join(), 2U);
  ASSERT_EQ(undelivered_.size(), 2U);
  EXPECT_NE(undelivered_[0].find("\"data\":\"a\""), std::string::npos) << undelivered_[0];
  EXPECT_NE(undelivered_[1].find("\"data\":\"b\""), std::string::npos) << undelivered_[1];
}

TEST_F(HubTableTest, AStopEndsAtItsDeadline) {
  start("[hubs.chat]\n");
  azure_.hold();
  producer_->send(hub("chat"), {"a"});
  hubs_->begin_stop();
  hubs_->deliver_until(clock_.now() + seconds(5));
  pass(seconds(4));
  EXPECT_FALSE(hubs_->workers_ended());
  pass(seconds(2));
  until([&] { return hubs_->workers_ended(); });
  EXPECT_EQ(hubs_->join(), 1U);
}

TEST_F(HubTableTest, NothingIsAppliedDuringAStop) {
  start("[hubs.chat]\n");
  hubs_->begin_stop();
  EXPECT_TRUE(hubs_->is_stopping());
  const Result<void> applied = apply("[hubs.chat]\n[hubs.news]\n");
  ASSERT_FALSE(applied.ok());
  EXPECT_EQ(applied.error().message, "the daemon is stopping");
  EXPECT_EQ(names(), Names{"chat"});
}

}  // namespace
}  // namespace awps
