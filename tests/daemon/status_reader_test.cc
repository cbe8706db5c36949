// The whole status of a daemon whose workers run.

#include "daemon/awpsd/status_reader.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "daemon/awpsd/status_words.h"
#include "tests/daemon/daemon_harness.h"

namespace awps {
namespace {

using Names = std::vector<std::string>;
using std::chrono::seconds;

class StatusReaderTest : public DaemonHarness {};

TEST_F(StatusReaderTest, ShowsTheDaemon) {
  start("[socket]\npath = \"/s\"\n[spool]\npath = \"/nowhere/at/all\"\n[hubs.chat]\n");
  clock_.advance(seconds(90));
  const ServiceStatus status = steering_->status();
  EXPECT_EQ(status.version, AWPS_VERSION);
  EXPECT_EQ(status.started_at, FakeClock::kWallStart);
  EXPECT_EQ(status.now, FakeClock::kWallStart + seconds(90));
  EXPECT_EQ(status.uptime, seconds(90));
  EXPECT_FALSE(status.stopping);
  EXPECT_EQ(status.log_level, "info");
  EXPECT_EQ(status.socket_path, "/s");
  EXPECT_EQ(status.spool_path, "/nowhere/at/all");
  EXPECT_GT(status.spool_free_bytes, 0U);  // of the nearest folder that exists
  EXPECT_EQ(status.producers, 7U);
}

TEST_F(StatusReaderTest, ShowsWhatEarlierStopsLeftAndNotWhatThisOneWrites) {
  start("[hubs.chat]\n");
  EXPECT_EQ(steering_->status().undelivered.files, 0U);
  const auto leave = [this](const std::string& name) {
    std::ofstream(folder_ + "/" + name) << "{\"actionName\":\"sendToAll\",\"data\":\"a\"}\n";
  };
  leave("undelivered-20260102T030405Z.ndjson");
  EXPECT_EQ(steering_->status().undelivered.files, 1U);
  EXPECT_EQ(steering_->status().undelivered.actions, 1U);
  hubs_->begin_stop();
  leave("undelivered-20260102T030406Z.ndjson");
  EXPECT_EQ(steering_->status().undelivered.files, 1U);
}

TEST_F(StatusReaderTest, ShowsEachHubWithItsNumbersAndItsWorkersReport) {
  start(
      "[hubs.chat]\nmax_in_flight = 3\nrequests_per_second = 100\n"
      "max_queued_bytes = \"1MiB\"\n");
  producer_->send(hub("chat"), {"a", "b"});
  producer_->wait_for_outcomes(2);
  azure_.answer_with(400, "not like this");
  producer_->send(hub("chat"), {"c"});
  producer_->wait_for_outcomes(1);
  const HubStatus status = status_of_hub("chat");
  EXPECT_EQ(status.endpoint, "https://main.example");
  EXPECT_EQ(status.state, HubState::kRunning);
  EXPECT_EQ(status.not_ready, "");
  EXPECT_EQ(status.values.delivered, 2U);
  EXPECT_EQ(status.values.dead_lettered, 1U);
  EXPECT_EQ(status.max_in_flight, 3U);
  EXPECT_EQ(status.requests_per_second, 100);
  EXPECT_EQ(status.max_queued_bytes, uint64_t{1} << 20U);
  ASSERT_TRUE(status.report.has_value());
  EXPECT_EQ(status.report->dead_letters, 1U);
  EXPECT_EQ(status.report->last_dead_letter_number, 1U);
}

TEST_F(StatusReaderTest, ShowsAnEndpointOnceWithAllOfItsHubs) {
  settings_ = settings_of(
      {{"WebPubSubConnectionString", connection_to("main")}, {"OTHER", connection_to("other")}});
  start(
      "[services.other]\nconnection = \"OTHER\"\n[hubs.chat]\n[hubs.news]\n[hubs.zoo]\n"
      "service = \"other\"\n");
  const ServiceStatus status = steering_->status();
  ASSERT_EQ(status.endpoints.size(), 2U);
  const bool main_first = status.endpoints[0].url == "https://main.example";
  EXPECT_EQ(status.endpoints[main_first ? 0 : 1].hubs, (Names{"chat", "news"}));
  EXPECT_EQ(status.endpoints[main_first ? 1 : 0].hubs, Names{"zoo"});
}

TEST_F(StatusReaderTest, ShowsWhichHubIsNotReady) {
  start("[hubs.chat]\n[hubs.news]\n");
  EXPECT_TRUE(steering_->status().not_ready.empty());
  ASSERT_TRUE(steering_->drain("news").ok());
  EXPECT_EQ(steering_->status().not_ready,
            Names{"hub news: it accepts nothing: an operator drains it (awpsctl resume)"});
}

TEST_F(StatusReaderTest, NoHubIsReadyDuringAStop) {
  start("[hubs.chat]\n");
  hubs_->begin_stop();
  const ServiceStatus status = steering_->status();
  EXPECT_TRUE(status.stopping);
  EXPECT_EQ(status.not_ready, Names{"hub chat: the daemon stops"});
}

TEST_F(StatusReaderTest, ShowsAHubThatDoesNotAnswerWithoutItsReport) {
  start("[hubs.chat]\n");
  azure_.hang();
  azure_.wait_for_hanging(1);
  EXPECT_FALSE(status_of_hub("chat").report.has_value());
  azure_.release();
  EXPECT_TRUE(status_of_hub("chat").report.has_value());
}

TEST_F(StatusReaderTest, ShowsWhatAnEndedWorkerLeft) {
  start("[hubs.chat]\n");
  azure_.answer_with(400);
  producer_->send(hub("chat"), {"a"});
  producer_->wait_for_outcomes(1);
  hubs_->begin_stop();
  hubs_->deliver_until(kNever);
  until([&] { return hub("chat").ended.load(); });
  const HubStatus status = status_of_hub("chat");
  EXPECT_EQ(status.state, HubState::kDrained);
  ASSERT_TRUE(status.report.has_value());
  EXPECT_EQ(status.report->dead_letters, 1U);
}

TEST_F(StatusReaderTest, IsNotReadyWithoutItsSocket) {
  start("[hubs.chat]\n");
  EXPECT_TRUE(steering_->status().not_ready.empty());
  lost_ = "the socket's file is gone";
  EXPECT_EQ(steering_->status().not_ready, std::vector<std::string>{lost_});
}

// Before that it only warns: `awpsctl check` and the page show it.
TEST_F(StatusReaderTest, IsNotReadyOnceTheGatewaysCertificateHasEnded) {
  start("service.hub = \"chat\"\n");
  gateway_.emplace();
  gateway_->warning = "its certificate ends";
  gateway_->certificate_end = clock_.wall_now() + std::chrono::hours(1);
  EXPECT_EQ(steering_->status().not_ready, std::vector<std::string>());
  EXPECT_EQ(steering_->status().gateway->warning, gateway_->warning);
  gateway_->certificate_end = clock_.wall_now();
  EXPECT_EQ(steering_->status().not_ready, std::vector<std::string>{gateway_->warning});
}

TEST_F(StatusReaderTest, OneLineSumsUpAllHubs) {
  start("[hubs.chat]\n[hubs.news]\n");
  producer_->send(hub("chat"), {"a"});
  producer_->send(hub("news"), {"b"});
  producer_->wait_for_outcomes(2);
  azure_.answer_with(400);
  producer_->send(hub("news"), {"c"});
  producer_->wait_for_outcomes(1);
  // Outcomes are reported before the numbers are published.
  until([&] {
    return values_of(hub("chat").counters).delivered == 1 &&
           values_of(hub("news").counters).dead_lettered == 1;
  });
  EXPECT_EQ(status_line(*hubs_),
            "2 hubs, 0 actions waiting, 2 delivered, 1 dead letter, 0 expired");
  ASSERT_TRUE(apply("[hubs.chat]\n").ok());
  wait_until_gone("news");
  EXPECT_EQ(status_line(*hubs_), "1 hub, 0 actions waiting, 2 delivered, 1 dead letter, 0 expired");
}

}  // namespace
}  // namespace awps
