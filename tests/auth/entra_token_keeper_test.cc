#include "auth/entra_token_keeper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <future>
#include <utility>

#include "auth/entra_token_source.h"
#include "http/curl_transport.h"
#include "tests/auth/token_server.h"
#include "tests/support/test_folder.h"

namespace awps {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr seconds kPatience{20};

// Time that passes only while nobody answers.
class VirtualClock final : public Clock {
 public:
  Instant now() const override { return now_; }
  WallTime wall_now() const override { return wall_; }
  void pass(Duration time) {
    now_ += time;
    wall_ += time;
  }

 private:
  Instant now_{seconds(1000)};
  WallTime wall_{seconds(1795507200)};
};

// Answers from a list, one a request, and at its end not at all.
class ScriptedTransport final : public HttpTransport {
 public:
  explicit ScriptedTransport(VirtualClock& clock) : clock_(clock) {}

  void start(uint64_t tag, const HttpRequest& request) override {
    started_at.push_back(clock_.now());
    bodies.emplace_back(request.body);
    tag_ = tag;
  }
  void poll(Duration timeout, std::vector<Completion>& completions) override {
    if (answered_ < started_at.size() && answered_ < answers.size()) {
      completions.push_back({.tag = tag_, .response = answers[answered_++]});
      return;
    }
    if (!woken_) pass(timeout);
    woken_ = false;
  }
  void wake() override { woken_ = true; }

  std::vector<HttpResponse> answers;
  Duration sleeps{};  // the machine does, in the next wait, which does not count that time
  Duration waited{};  // since then
  std::vector<Instant> started_at;
  std::vector<std::string> bodies;

 private:
  void pass(Duration timeout) {
    waited = sleeps > Duration::zero() ? timeout : waited + timeout;
    clock_.pass(std::exchange(sleeps, Duration::zero()) + timeout);
  }

  VirtualClock& clock_;
  uint64_t tag_ = 0;
  size_t answered_ = 0;
  bool woken_ = false;
};

HttpResponse grant(const std::string& token, int expires_in = 3600) {
  HttpResponse response;
  response.status = 200;
  response.body =
      R"({"access_token":")" + token + R"(","expires_in":)" + std::to_string(expires_in) + "}";
  return response;
}

HttpResponse refusal(const std::string& words) {
  HttpResponse response;
  response.status = 401;
  response.body = R"({"error":"invalid_client","error_description":")" + words + "\"}";
  return response;
}

class KeeperTest : public testing::Test {
 protected:
  // Turns until the keeper would wait for an event that does not come, or for so long.
  void run_for(Duration time) {
    const Instant end = clock_.now() + time;
    while (clock_.now() < end) keeper_.turn(end);
  }
  std::string token() {
    const Result<std::string_view> token = source_.token("", clock_.wall_now());
    return token ? std::string(*token) : "error: " + token.error().message;
  }
  size_t requests() const { return transport_.started_at.size(); }

  VirtualClock clock_;
  ScriptedTransport transport_{clock_};
  std::vector<EntraTokenKeeper::Event> events_;
  EntraTokenKeeper keeper_{
      {.identity = {.flow = EntraFlow::kClientSecret,
                    .url = "https://login.example/token",
                    .client_id = "c",
                    .client_secret = "s3cret"},
       .seed = 7},
      transport_,
      clock_,
      [this](const EntraTokenKeeper::Event& event) { events_.push_back(event); }};
  EntraTokenSource source_{keeper_};
};

using Kind = EntraTokenKeeper::Event::Kind;

TEST_F(KeeperTest, HasATokenAfterTheFirstAnswer) {
  EXPECT_EQ(token(), "error: the first token has not come yet; it is asked for");
  transport_.answers = {grant("one")};
  keeper_.ask_first(seconds(5));
  EXPECT_EQ(token(), "one");
  EXPECT_EQ(source_.generation(), 1U);
  EXPECT_TRUE(events_.empty());
}

TEST_F(KeeperTest, WaitsForTheFirstAnswerForAWhileOnly) {
  const Instant before = clock_.now();
  keeper_.ask_first(seconds(5));
  EXPECT_EQ(clock_.now() - before, seconds(5));
  EXPECT_EQ(requests(), 1U);
}

TEST_F(KeeperTest, RefreshesAheadWithOneRequest) {
  transport_.answers = {grant("one"), grant("two", 86400)};
  run_for(minutes(59));
  EXPECT_EQ(token(), "two");
  ASSERT_EQ(requests(), 2U);
  EXPECT_LE(transport_.started_at[1] - transport_.started_at[0], minutes(55));
  EXPECT_GE(transport_.started_at[1] - transport_.started_at[0], minutes(49));
}

TEST_F(KeeperTest, AsksSoonAfterTheMachineHasSlept) {
  transport_.answers = {grant("one"), grant("two")};
  run_for(minutes(1));
  transport_.sleeps = hours(8);
  while (requests() < 2) keeper_.turn(kNever);
  EXPECT_LE(transport_.waited, seconds(10));
  run_for(seconds(1));
  EXPECT_EQ(token(), "two");
}

TEST_F(KeeperTest, UsesTheOldTokenToItsEndAndThenSaysWhyThereIsNone) {
  transport_.answers = {grant("one")};
  transport_.answers.resize(1000, refusal("AADSTS7000222: expired"));
  run_for(minutes(59));
  EXPECT_EQ(token(), "one");
  ASSERT_FALSE(events_.empty());
  EXPECT_EQ(events_.front().kind, Kind::kRefreshFailed);
  run_for(minutes(2));
  EXPECT_NE(token().find("AADSTS7000222: expired"), std::string::npos);
  EXPECT_EQ(token().find("s3cret"), std::string::npos);
  EXPECT_EQ(events_.back().kind, Kind::kNoToken);
  EXPECT_LE(events_.size(), 15U) << "a line a minute";
}

TEST_F(KeeperTest, RecoversAndSaysSo) {
  transport_.answers = {refusal("no"), refusal("no"), grant("one", 86400)};
  run_for(minutes(5));
  EXPECT_EQ(token(), "one");
  ASSERT_EQ(events_.size(), 2U);
  EXPECT_EQ(events_[0].kind, Kind::kNoToken);
  EXPECT_EQ(events_[1].kind, Kind::kRecovered);
}

TEST_F(KeeperTest, RefreshesOnceForManyRefusals) {
  transport_.answers = {grant("one", 86400), grant("two", 86400), grant("three", 86400)};
  run_for(seconds(10));
  EXPECT_EQ(token(), "one");
  EntraTokenSource other(keeper_);
  EXPECT_EQ(*other.token("", clock_.wall_now()), "one");
  EXPECT_FALSE(source_.refused(1)) << "there is none newer yet: hold";
  EXPECT_FALSE(source_.refused(1));
  EXPECT_FALSE(other.refused(1));
  EXPECT_EQ(token(), "one") << "the old one stays in use while it is valid";
  run_for(seconds(10));
  EXPECT_TRUE(other.refused(1)) << "the newer one is here";
  EXPECT_EQ(token(), "two");
  EXPECT_FALSE(source_.refused(2)) << "the fresh one was refused, too: hold";
  run_for(seconds(30));
  EXPECT_EQ(requests(), 2U);
}

// ---- over the network, against a server on loopback

class TokenServerTest : public testing::Test {
 protected:
  // The first token of an identity that asks `server`.
  std::string first_token(const EntraIdentity& identity) {
    CurlTransport transport(clock_, {});
    EntraTokenKeeper keeper({.identity = identity}, transport, clock_,
                            [](const EntraTokenKeeper::Event&) {});
    keeper.ask_first(kPatience);
    EntraTokenSource source(keeper);
    const Result<std::string_view> token = source.token("", clock_.wall_now());
    return token ? std::string(*token) : "error: " + token.error().message;
  }

  TokenServer::Response answer(const TokenServer::Request& request) {
    const std::string path(request.target().substr(0, request.target().find('?')));
    const std::string until = std::to_string(
        std::chrono::duration_cast<seconds>(clock_.wall_now().time_since_epoch()).count() + 3600);
    if (path == "/t/oauth2/v2.0/token") {
      return token_answer(200, R"({"expires_in":3600,"access_token":"from-the-authority"})");
    }
    const bool metadata =
        path == "/metadata/identity/oauth2/token" && request["Metadata"] == "true";
    const bool app = path == "/msi/token" && request["X-IDENTITY-HEADER"] == "h";
    if (!metadata && !app) return token_answer(400, R"({"error":"bad_request"})");
    return token_answer(200, R"({"expires_on":")" + until + R"(","access_token":"managed"})");
  }

  SystemClock clock_;
  TokenServer server_{
      [this](const TokenServer::Request& request, size_t /*number*/) { return answer(request); }};
};

TEST_F(TokenServerTest, GivesATokenForAClientSecret) {
  EXPECT_EQ(first_token({.flow = EntraFlow::kClientSecret,
                         .url = server_.url() + "/t/oauth2/v2.0/token",
                         .client_id = "c",
                         .client_secret = "s/"}),
            "from-the-authority");
  ASSERT_EQ(server_.requests().size(), 1U);
  const TokenServer::Request request = server_.requests().front();
  EXPECT_EQ(request.method_string(), "POST");
  EXPECT_TRUE(request.body().ends_with("&client_secret=s%2F")) << request.body();
  EXPECT_EQ(request.count("Metadata"), 0U);
}

TEST_F(TokenServerTest, GivesATokenForAFederatedToken) {
  const TestFolder folder;
  const std::string path = folder.file("federated");
  const EntraIdentity identity{.flow = EntraFlow::kFederatedToken,
                               .url = server_.url() + "/t/oauth2/v2.0/token",
                               .client_id = "c",
                               .token_file = path};
  EXPECT_NE(first_token(identity).find("No such file"), std::string::npos);
  std::ofstream(path) << "assertion\n";
  EXPECT_EQ(first_token(identity), "from-the-authority");
  ASSERT_EQ(server_.requests().size(), 1U);
  EXPECT_NE(server_.requests().front().body().find("&client_assertion=assertion&"),
            std::string::npos);
}

TEST_F(TokenServerTest, GivesATokenForAManagedIdentity) {
  EXPECT_EQ(first_token({.url = server_.url() + "/metadata/identity/oauth2/token"}), "managed");
  EXPECT_EQ(first_token({.flow = EntraFlow::kAppService,
                         .url = server_.url() + "/msi/token",
                         .identity_header = "h"}),
            "managed");
  for (const TokenServer::Request& request : server_.requests()) {
    EXPECT_EQ(request.method_string(), "GET");
    EXPECT_THAT(std::string(request.target()),
                testing::HasSubstr("&resource=https%3A%2F%2Fwebpubsub.azure.com"));
  }
}

TEST_F(TokenServerTest, IsRefusedWithItsReason) {
  EXPECT_NE(first_token({.url = server_.url() + "/elsewhere"}).find("HTTP 400 bad_request"),
            std::string::npos);
}

TEST_F(TokenServerTest, RefreshesOnItsOwnThread) {
  std::promise<void> third;
  TokenServer server([&](const TokenServer::Request&, size_t number) {
    if (number == 2) third.set_value();
    return token_answer(200,
                        R"({"expires_in":1,"access_token":"t)" + std::to_string(number) + "\"}");
  });
  CurlTransport transport(clock_, {});
  EntraTokenKeeper keeper({.identity = {.flow = EntraFlow::kClientSecret, .url = server.url()},
                           .refresh = {.least_interval = std::chrono::milliseconds(1)}},
                          transport, clock_, [](const EntraTokenKeeper::Event&) {});
  keeper.start();
  EXPECT_EQ(third.get_future().wait_for(kPatience), std::future_status::ready);
}

}  // namespace
}  // namespace awps
