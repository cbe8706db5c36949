// Hubs made, changed and taken out by reloads, and brought to their end.

#include "daemon/awpsd/hub_table.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "base/crypto.h"
#include "tests/daemon/daemon_harness.h"

namespace awps {
namespace {

using Names = std::vector<std::string>;
using std::chrono::seconds;

class HubTableTest : public DaemonHarness {
 protected:
  /// An action of the hub becomes a dead letter.
  void give_up(const std::string& name, const std::string& data) {
    azure_.answer_with(400);
    producer_->send(hub(name), {data});
    EXPECT_EQ(producer_->wait_for_outcomes(1), Names{"dead_lettered"});
    azure_.answer_with(202);
    until([&] { return hub(name).is_empty(); });
  }
};

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
  wait_until_gone("news");
  EXPECT_EQ(names(), Names{"chat"});
}

TEST_F(HubTableTest, AHubThatIsGoneFreesWhatItIsMadeOf) {
  start("[hubs.chat]\n[hubs.news]\n");
  producer_->send(hub("news"), {"a"});
  EXPECT_EQ(producer_->wait_for_outcomes(1), Names{"delivered"});
  const std::weak_ptr<HubUnit> news = hubs_->find("news");
  EXPECT_EQ(azure_.transports(), 2);
  ASSERT_TRUE(apply("[hubs.chat]\n").ok());
  wait_until_gone("news");
  until([&] { return azure_.transports() == 1; });
  EXPECT_TRUE(news.expired());
  EXPECT_EQ(hubs_->past().delivered, 1U) << "what it did is not forgotten";
  EXPECT_TRUE(hubs_->resting().empty());
}

TEST_F(HubTableTest, AnIdentityEndsWithItsLastHub) {
  settings_ = settings_of({{"WebPubSubConnectionString", connection_to("main")},
                           {"ENTRA__serviceUri", "https://other.example"},
                           {"ENTRA__tenantId", "tenant"},
                           {"ENTRA__clientId", "client"},
                           {"ENTRA__clientSecret", "secret"}});
  start(
      "[services.entra]\nconnection = \"ENTRA\"\n[hubs.chat]\n[hubs.news]\nservice = \"entra\"\n"
      "[hubs.more]\nservice = \"entra\"\n");
  EXPECT_EQ(azure_.transports(), 4) << "one asks for the tokens of both";
  ASSERT_TRUE(apply("[services.entra]\nconnection = \"ENTRA\"\n[hubs.chat]\n[hubs.more]\n"
                    "service = \"entra\"\n")
                  .ok());
  wait_until_gone("news");
  until([&] { return azure_.transports() == 3; });
  ASSERT_TRUE(apply("[hubs.chat]\n").ok());
  wait_until_gone("more");
  until([&] { return azure_.transports() == 1; });
}

TEST_F(HubTableTest, AHubStaysWhileADoorMayPushToIt) {
  start("[hubs.chat]\n[hubs.news]\n");
  const std::vector<IntakeHub> late = *hubs_->directory();
  ASSERT_TRUE(apply("[hubs.chat]\n").ok());
  hubs_->retire();
  producer_->send(hub("news"), {"it read this before it heard of the reload"});
  EXPECT_EQ(producer_->wait_for_outcomes(1), Names{"delivered"});
  hubs_->retire();
  EXPECT_FALSE(hub("news").is_ending);
}

TEST_F(HubTableTest, AThousandHubsMayComeAndGo) {
  start("[hubs.chat]\n");
  for (int i = 0; i < 100; ++i) {
    std::string toml = "[hubs.chat]\n";
    for (int k = 0; k < 10; ++k) toml += "[hubs.h" + std::to_string(10 * i + k) + "]\n";
    ASSERT_TRUE(apply(toml).ok()) << i;
    hubs_->retire();
  }
  ASSERT_TRUE(apply("[hubs.chat]\n").ok());
  until([&] {
    hubs_->retire();
    return hubs_->hubs().size() == 1 && azure_.transports() == 1;
  });
}

TEST_F(HubTableTest, OfAHubThatIsGoneTheDeadLettersStay) {
  start("[hubs.chat]\n[hubs.news]\n");
  give_up("news", "a");
  ASSERT_TRUE(apply("[hubs.chat]\n").ok());
  wait_until_gone("news");
  until([&] { return azure_.transports() == 1; });
  ASSERT_EQ(hubs_->resting().size(), 1U);
  EXPECT_EQ(status_of_hub("news").report->dead_letters, 1U);
  const auto page = steering_->dead_letters("news", 0, 10);
  ASSERT_TRUE(page.ok());
  ASSERT_EQ(page->letters.size(), 1U);
  EXPECT_EQ(page->letters[0].hub, "news");
  EXPECT_FALSE(steering_->redrive({.hub = "news", .all = true}).ok()) << "it cannot be sent";
  EXPECT_FALSE(steering_->pause("news").ok());
  ASSERT_TRUE(steering_->purge({.hub = "news", .all = true}).ok());
  hubs_->retire();
  EXPECT_TRUE(hubs_->resting().empty());
  EXPECT_FALSE(steering_->dead_letters("news", 0, 10).ok());
}

TEST_F(HubTableTest, AHubThatComesBackHasItsDeadLetters) {
  start("[hubs.chat]\n[hubs.news]\n");
  give_up("news", "a");
  ASSERT_TRUE(apply("[hubs.chat]\n").ok());
  wait_until_gone("news");
  ASSERT_TRUE(apply("[hubs.chat]\n[hubs.news]\n").ok());
  EXPECT_TRUE(hubs_->resting().empty());
  const auto redriven = steering_->redrive({.hub = "news", .all = true});
  ASSERT_TRUE(redriven.ok());
  EXPECT_EQ(redriven->redriven, 1U);
}

TEST_F(HubTableTest, DeadLettersOfAHubThatIsGoneGetTooOld) {
  start("[hubs.chat]\n[hubs.news]\ndead_letters.max_age = \"1h\"\n");
  give_up("news", "a");
  ASSERT_TRUE(apply("[hubs.chat]\n").ok());
  wait_until_gone("news");
  hubs_->retire();
  EXPECT_EQ(hubs_->resting().size(), 1U);
  pass(std::chrono::hours(2));
  hubs_->retire();
  EXPECT_TRUE(hubs_->resting().empty());
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

TEST_F(HubTableTest, AHubWithoutALoopThatTurnsIsNotAlive) {
  start("[hubs.chat]\n");
  azure_.hang();
  azure_.wait_for_hanging(1);
  clock_.advance(seconds(11));
  EXPECT_FALSE(hub("chat").is_alive(clock_.awake_now()));
  azure_.release();
  until([&] { return hub("chat").is_alive(clock_.awake_now()); });
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
  EXPECT_EQ(hubs_->join().undelivered, 0U);
  EXPECT_TRUE(undelivered().empty());
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
  const HubTable::Left left = hubs_->join();
  EXPECT_EQ(left.undelivered, 2U);
  EXPECT_EQ(left.lost, 0U);
  const std::vector<std::string> lines = undelivered();
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_NE(lines[0].find("\"data\":\"a\""), std::string::npos) << lines[0];
  EXPECT_NE(lines[1].find("\"data\":\"b\""), std::string::npos) << lines[1];
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
  EXPECT_EQ(hubs_->join().undelivered, 1U);
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

TEST_F(HubTableTest, AHubThatIsMadeWhileAStopBeginsIsDroppedAndNoneIsStarted) {
  start("[hubs.chat]\n");
  int made = 0;
  before_transport_ = [&] {
    if (++made == 2) std::jthread([this] { hubs_->begin_stop(); });
  };
  const Result<void> applied = apply("[hubs.chat]\n[hubs.news]\n[hubs.zoo]\n");
  ASSERT_FALSE(applied.ok());
  EXPECT_EQ(applied.error().message, "the daemon is stopping");
  EXPECT_EQ(names(), (Names{"chat", "news"}));
  EXPECT_EQ(directory(), Names{"chat"});
  EXPECT_EQ(azure_.transports(), 2);
  EXPECT_FALSE(hub("news").started);
  hubs_->deliver_until(kNever);
  until([&] { return hubs_->workers_ended(); });
  EXPECT_FALSE(hubs_->join().disk_hangs);
  EXPECT_FALSE(hubs_->has_threads_left());
}

}  // namespace
}  // namespace awps
