// What operators may do to hubs and their dead letters, against workers that run.

#include "daemon/awpsd/steering.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/daemon/daemon_harness.h"

namespace awps {
namespace {

using Names = std::vector<std::string>;
using std::chrono::seconds;

constexpr const char* kTwoHubs = "service.hub = \"chat\"\n[hubs.news]\n";

class SteeringTest : public DaemonHarness {
 protected:
  /// Refused by the service: dead letters 1, 2, … of the hub.
  void give_up(const std::string& name, const Names& data) {
    azure_.answer_with(400, "not like this");
    for (const std::string& text : data) {
      producer_->send(hub(name), {text});
      EXPECT_EQ(producer_->wait_for_outcomes(1), Names{"dead_lettered"});
    }
    azure_.answer_with(202);
  }
  std::vector<uint64_t> letters_of(const std::string& name) {
    std::vector<uint64_t> numbers;
    const AdminResult<DeadLetterPage> page = steering_->dead_letters(name, 0, 100);
    for (const DeadLetterView& letter : page->letters) {
      numbers.push_back(letter.number);
    }
    return numbers;
  }
};

void expect_error(const AdminResult<void>& result, int http_status, const std::string& code,
                  const std::string& part) {
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().http_status, http_status);
  EXPECT_EQ(result.error().code, code);
  EXPECT_NE(result.error().message.find(part), std::string::npos) << result.error().message;
}

// ---- pause, resume, drain

TEST_F(SteeringTest, APausedHubAcceptsAndSendsNothingUntilItIsResumed) {
  start(kTwoHubs);
  ASSERT_TRUE(steering_->pause("chat").ok());
  EXPECT_EQ(status_of_hub("chat").state, HubState::kPaused);
  EXPECT_EQ(status_of_hub("news").state, HubState::kRunning);
  producer_->send(hub("chat"), {"a"});
  until([&] { return values_of(hub("chat").counters).queued == 1; });
  EXPECT_TRUE(azure_.requests().empty());
  ASSERT_TRUE(steering_->resume("chat").ok());
  EXPECT_EQ(producer_->wait_for_outcomes(1), Names{"delivered"});
  EXPECT_EQ(status_of_hub("chat").state, HubState::kRunning);
}

TEST_F(SteeringTest, NoNameMeansAllHubs) {
  start(kTwoHubs);
  ASSERT_TRUE(steering_->pause("").ok());
  EXPECT_TRUE(hub("chat").paused);
  EXPECT_TRUE(hub("news").paused);
  ASSERT_TRUE(steering_->resume("").ok());
  EXPECT_FALSE(hub("chat").paused);
  EXPECT_FALSE(hub("news").paused);
}

TEST_F(SteeringTest, ADrainingHubAcceptsNothingAndSendsWhatItHas) {
  start(kTwoHubs);
  azure_.hold();
  producer_->send(hub("chat"), {"a"});
  ASSERT_TRUE(steering_->drain("chat").ok());
  EXPECT_EQ(status_of_hub("chat").state, HubState::kDraining);
  const Account stranger;
  EXPECT_EQ(hub("chat").queue->budget().room_for(1, 0, stranger), Budget::Room::kNotAdmitting);
  azure_.release();
  EXPECT_EQ(producer_->wait_for_outcomes(1), Names{"delivered"});
  until([&] { return status_of_hub("chat").state == HubState::kDrained; });
  ASSERT_TRUE(steering_->resume("chat").ok());
  EXPECT_EQ(hub("chat").queue->budget().room_for(1, 0, stranger), Budget::Room::kFree);
}

TEST_F(SteeringTest, APausedHubIsNotDrainedAndNeitherAreTheOthers) {
  start(kTwoHubs);
  ASSERT_TRUE(steering_->pause("news").ok());
  expect_error(steering_->drain(""), 409, "conflict", "hub 'news' is paused");
  EXPECT_FALSE(hub("chat").draining);
  EXPECT_FALSE(hub("news").draining);
}

TEST_F(SteeringTest, AnUnknownHubIsAnErrorThatNamesThoseThereAre) {
  start(kTwoHubs);
  const std::string hubs = "there is no hub 'nowhere': the hubs are 'chat', 'news'";
  expect_error(steering_->pause("nowhere"), 404, "unknown_hub", hubs);
  expect_error(steering_->drain("nowhere"), 404, "unknown_hub", hubs);
  expect_error(steering_->resume("nowhere"), 404, "unknown_hub", hubs);
  expect_error(steering_->tap("nowhere", 1), 404, "unknown_hub", hubs);
  EXPECT_EQ(steering_->dead_letters("nowhere", 0, 1).error().code, "unknown_hub");
  EXPECT_EQ(steering_->redrive({.hub = "nowhere", .all = true}).error().code, "unknown_hub");
  EXPECT_EQ(steering_->purge({.hub = "nowhere", .all = true}).error().code, "unknown_hub");
  EXPECT_EQ(steering_->client_url({.hub = "nowhere"}).error().code, "unknown_hub");
}

TEST_F(SteeringTest, NothingIsPausedOrReloadedDuringAStop) {
  start(kTwoHubs);
  hubs_->begin_stop();
  expect_error(steering_->pause("chat"), 409, "conflict", "the daemon is stopping");
  expect_error(steering_->resume("chat"), 409, "conflict", "start it again");
  expect_error(steering_->drain("chat"), 409, "conflict", "accepts nothing");
  EXPECT_FALSE(hub("chat").paused);
  EXPECT_EQ(reload("[hubs.other]\n").error().message, "no reload: the daemon is stopping");
  EXPECT_EQ(hubs_->find("other"), nullptr);
}

// ---- dead letters

TEST_F(SteeringTest, ShowsDeadLettersWithTheirReasonPageByPage) {
  start(kTwoHubs);
  give_up("news", {"a", "b", "c"});
  const AdminResult<DeadLetterPage> first = steering_->dead_letters("news", 0, 2);
  ASSERT_TRUE(first.ok());
  ASSERT_EQ(first->letters.size(), 2U);
  EXPECT_EQ(first->next_after, 2U);
  const DeadLetterView& letter = first->letters[0];
  EXPECT_EQ(letter.number, 1U);
  EXPECT_EQ(letter.hub, "news");
  EXPECT_EQ(letter.code, "refused");
  EXPECT_EQ(letter.http_status, 400);
  EXPECT_EQ(letter.body, "not like this");
  EXPECT_NE(letter.action.find("\"data\":\"a\""), std::string::npos) << letter.action;
  EXPECT_EQ(letter.accepted_at, FakeClock::kWallStart);
  const AdminResult<DeadLetterPage> last = steering_->dead_letters("news", first->next_after, 2);
  ASSERT_TRUE(last.ok());
  ASSERT_EQ(last->letters.size(), 1U);
  EXPECT_EQ(last->letters[0].number, 3U);
  EXPECT_EQ(last->next_after, 0U);
}

TEST_F(SteeringTest, NoNameMeansTheDefaultHubForDeadLetters) {
  start(kTwoHubs);
  give_up("chat", {"a"});
  EXPECT_EQ(letters_of(""), std::vector<uint64_t>{1});
  EXPECT_TRUE(letters_of("news").empty());
}

TEST_F(SteeringTest, RedriveSendsTheChosenLettersAgain) {
  start(kTwoHubs);
  give_up("chat", {"a", "b", "c"});
  const AdminResult<RedriveResult> redriven =
      steering_->redrive({.hub = "chat", .numbers = {3, 1}});
  ASSERT_TRUE(redriven.ok());
  EXPECT_EQ(redriven->redriven, 2U);
  EXPECT_EQ(letters_of("chat"), std::vector<uint64_t>{2});
  until([&] { return values_of(hub("chat").counters).delivered == 2; });
  EXPECT_EQ(azure_.bodies().size(), 5U);
}

TEST_F(SteeringTest, PurgeThrowsAwayAllUpToANumber) {
  start(kTwoHubs);
  give_up("chat", {"a", "b", "c"});
  const AdminResult<uint64_t> purged = steering_->purge({.hub = "chat", .all = true, .up_to = 2});
  ASSERT_TRUE(purged.ok());
  EXPECT_EQ(*purged, 2U);
  EXPECT_EQ(letters_of("chat"), std::vector<uint64_t>{3});
  EXPECT_EQ(azure_.requests().size(), 3U);
}

TEST_F(SteeringTest, DeadLettersOfAHubThatWasTakenOutAreStillThere) {
  start(kTwoHubs);
  give_up("news", {"a"});
  ASSERT_TRUE(apply("service.hub = \"chat\"\n").ok());
  EXPECT_EQ(letters_of("news"), std::vector<uint64_t>{1});
}

TEST_F(SteeringTest, OfAWorkerThatHasEndedNothingIsChanged) {
  start(kTwoHubs);
  give_up("chat", {"a"});
  hubs_->stop_now();
  until([&] { return hub("chat").ended.load(); });
  const AdminResult<uint64_t> purged = steering_->purge({.hub = "chat", .all = true});
  ASSERT_FALSE(purged.ok());
  EXPECT_EQ(purged.error().http_status, 503);
  EXPECT_NE(purged.error().message.find("hub 'chat' has ended"), std::string::npos);
}

TEST_F(SteeringTest, AWorkerThatDoesNotAnswerIsReported) {
  start("[hubs.chat]\n");
  azure_.hang();
  azure_.wait_for_hanging(1);
  const AdminResult<uint64_t> purged = steering_->purge({.hub = "chat", .all = true});
  ASSERT_FALSE(purged.ok());
  EXPECT_EQ(purged.error().code, "unavailable");
  EXPECT_NE(purged.error().message.find("hub 'chat' does not answer"), std::string::npos);
}

// ---- what is alive, clients, the tap

TEST_F(SteeringTest, IsAliveWhileEveryLoopTurns) {
  start(kTwoHubs);
  EXPECT_TRUE(steering_->alive().ok());
  azure_.hang();
  azure_.wait_for_hanging(2);
  clock_.advance(seconds(11));
  const Result<void> alive = steering_->alive();
  ASSERT_FALSE(alive.ok());
  EXPECT_NE(alive.error().message.find("its delivery loop has not turned for 11 s"),
            std::string::npos)
      << alive.error().message;
}

TEST_F(SteeringTest, SignsAClientsUrlWithTheAccessKey) {
  start(kTwoHubs);
  const AdminResult<std::string> url = steering_->client_url({.hub = "news", .user_id = "ann"});
  ASSERT_TRUE(url.ok());
  EXPECT_TRUE(url->starts_with("wss://main.example/client/hubs/news?access_token=")) << *url;
}

TEST_F(SteeringTest, TheTapShowsWhatBecomesOfActions) {
  start(kTwoHubs);
  ASSERT_TRUE(steering_->tap("chat", 10).ok());
  producer_->send(hub("chat"), {"a"});
  producer_->send(hub("news"), {"b"});
  producer_->wait_for_outcomes(2);
  uint64_t left_out = 0;
  const std::vector<TapRecord> records = steering_->take_tapped(left_out);
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records[0].hub, "chat");
  EXPECT_EQ(records[0].outcome, "delivered");
  EXPECT_EQ(records[0].http_status, 202);
  EXPECT_NE(records[0].action.find("\"data\":\"a\""), std::string::npos) << records[0].action;
  EXPECT_EQ(left_out, 0U);
}

}  // namespace
}  // namespace awps
