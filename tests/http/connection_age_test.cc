// Which connection a request goes over: an address that moves is followed, and no request makes a
// connection without need.

#include <gtest/gtest.h>

#include <future>
#include <latch>
#include <optional>

#include "http/curl_transport.h"
#include "tests/http/scripted_machine.h"
#include "tests/http/scripted_server.h"

namespace awps {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds kPatience{20};
constexpr std::string_view kForbidden = "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n";

/// A service that has moved: its old address still answers, with 403.
class ConnectionAgeTest : public testing::Test {
 protected:
  ConnectionAgeTest() {
    ScriptedMachine::place("service.test", "127.0.0.1");
    url_ = "http://service.test:" + std::to_string(before_.port()) + "/";
  }

  static void move() { ScriptedMachine::place("service.test", "127.0.0.2"); }

  void start(bool fresh = false) {
    transport_.start(++tag_, {.method = HttpMethod::kHead,
                              .url = url_,
                              .timeout = kPatience,
                              .fresh_connection = fresh});
  }

  std::vector<int> complete(size_t count) {
    std::vector<Completion> completions;
    const Instant end = clock_.now() + kPatience;
    while (completions.size() < count && clock_.now() < end) {
      transport_.poll(seconds(1), completions);
    }
    std::vector<int> statuses;
    for (const Completion& completion : completions) statuses.push_back(completion.response.status);
    return statuses;
  }

  int status_of(bool fresh) {
    start(fresh);
    return complete(1).at(0);
  }
  int status() { return status_of(false); }
  int fresh_status() { return status_of(true); }

  ScriptedMachine machine_;
  ScriptedServer before_{always(std::string(kForbidden))};
  ScriptedServer after_{always(std::string(kAccepted)), "127.0.0.2", before_.port()};
  SystemClock clock_;
  CurlTransport transport_{clock_, {}};
  std::string url_;
  uint64_t tag_ = 0;
};

TEST_F(ConnectionAgeTest, IsUsedAgainAsLongAsItIsYoung) {
  EXPECT_EQ(status(), 403);
  move();
  for (int i = 0; i < 10; ++i) {
    ScriptedMachine::skip(seconds(29));  // 290 s in all
    EXPECT_EQ(status(), 403) << i;
  }
  EXPECT_EQ(before_.connections(), 1);
  EXPECT_EQ(ScriptedMachine::look_ups(), 1);
}

TEST_F(ConnectionAgeTest, EndsAfterFiveMinutesThoughItIsNeverIdle) {
  EXPECT_EQ(status(), 403);
  move();
  for (int i = 0; i < 10; ++i) {
    ScriptedMachine::skip(seconds(29));
    (void)status();
  }
  ScriptedMachine::skip(seconds(12));
  EXPECT_EQ(status(), 202);
}

TEST_F(ConnectionAgeTest, IsFreshForARequestThatAsksForIt) {
  EXPECT_EQ(status(), 403);
  move();
  EXPECT_EQ(fresh_status(), 202);
  EXPECT_EQ(ScriptedMachine::look_ups(), 2) << "the address came from memory";
  EXPECT_EQ(fresh_status(), 202);
  EXPECT_EQ(after_.connections(), 2);
  EXPECT_EQ(ScriptedMachine::look_ups(), 3);
}

TEST_F(ConnectionAgeTest, IsUsedAgainAfterAFreshRequest) {
  EXPECT_EQ(fresh_status(), 403);
  EXPECT_EQ(status(), 403);
  EXPECT_EQ(before_.connections(), 1);
}

TEST_F(ConnectionAgeTest, RemembersAnAddressForSecondsOnly) {
  EXPECT_EQ(status(), 403);
  move();
  ScriptedMachine::skip(seconds(31));  // the connection was idle for too long
  EXPECT_EQ(status(), 202);
}

TEST_F(ConnectionAgeTest, IsNewAfterARenewalAndThenUsedAgain) {
  EXPECT_EQ(status(), 403);
  move();
  transport_.renew_connections();
  for (int i = 0; i < 5; ++i) EXPECT_EQ(status(), 202);
  EXPECT_EQ(before_.connections(), 1);
  EXPECT_EQ(after_.connections(), 1);
  EXPECT_EQ(ScriptedMachine::look_ups(), 2);
}

TEST_F(ConnectionAgeTest, MayBeRenewedWhenThereIsNone) {
  transport_.renew_connections();
  transport_.renew_connections();
  EXPECT_EQ(status(), 403);
}

/// A server that answers its first connection when it is told to, and others at once.
class RenewalTest : public testing::Test {
 protected:
  // Ends only when the first request has arrived.
  void start_first() {
    transport_.emplace(clock_, options_);
    start(1);
    while (!asked_.try_wait()) transport_->poll(milliseconds(1), completions_);
  }

  void start(uint64_t tag) {
    transport_->start(tag, {.method = HttpMethod::kHead, .url = url_, .timeout = kPatience});
  }

  // Less than the ten seconds after which the server closes it itself.
  bool first_is_closed() {
    return closed_.get_future().wait_for(seconds(5)) == std::future_status::ready;
  }

  const Completion& next_completion() {
    const size_t before = completions_.size();
    const Instant end = clock_.now() + kPatience;
    while (completions_.size() == before && clock_.now() < end) {
      transport_->poll(seconds(1), completions_);
    }
    return completions_.back();
  }

  std::latch asked_{1};
  std::latch may_answer_{1};
  std::promise<void> closed_;
  ScriptedServer server_{[this](ServerConnection& connection) {
    (void)connection.read_request();
    if (connection.number() > 1) return connection.write(kAccepted);
    asked_.count_down();
    may_answer_.wait();
    connection.write(kForbidden);
    if (connection.read_request()) connection.write(kForbidden);
    closed_.set_value();
  }};
  SystemClock clock_;
  CurlOptions options_;
  std::optional<CurlTransport> transport_;
  const std::string url_ = server_.url("/");
  std::vector<Completion> completions_;
};

TEST_F(RenewalTest, DisturbsNothingThatIsUnderWay) {
  start_first();
  transport_->renew_connections();
  start(2);
  const Completion second = next_completion();
  EXPECT_EQ(second.tag, 2U);
  EXPECT_EQ(second.response.status, 202);
  EXPECT_EQ(transport_->in_flight(), 1U);
  may_answer_.count_down();
  const Completion first = next_completion();
  EXPECT_EQ(first.tag, 1U);
  EXPECT_EQ(first.response.status, 403);
}

TEST_F(RenewalTest, ClosesTheConnectionsOfBeforeWithTheLastOneUnderWay) {
  start_first();
  transport_->renew_connections();
  may_answer_.count_down();
  EXPECT_EQ(next_completion().response.status, 403);
  EXPECT_TRUE(first_is_closed());
}

TEST_F(RenewalTest, HoldsForRequestsThatWait) {
  options_.max_connections = 1;
  start_first();
  start(2);
  transport_->renew_connections();
  may_answer_.count_down();
  EXPECT_EQ(next_completion().response.status, 403);
  EXPECT_EQ(next_completion().response.status, 202);
}

TEST(Renewal, LosesNoRequestHoweverOftenItComes) {
  ScriptedServer server(always(std::string(kAccepted)));
  const SystemClock clock;
  CurlTransport transport(clock, {.max_connections = 4});
  const std::string url = server.url("/");
  std::vector<Completion> completions;
  for (uint64_t tag = 0; tag < 300; ++tag) {
    transport.start(tag, {.method = HttpMethod::kHead,
                          .url = url,
                          .timeout = kPatience,
                          .fresh_connection = tag % 5 == 0});
    if (tag % 3 == 0) transport.renew_connections();
    transport.poll(milliseconds(0), completions);
  }
  while (transport.in_flight() > 0) transport.poll(kPatience, completions);
  EXPECT_EQ(completions.size(), 300U);
  for (const Completion& each : completions) EXPECT_EQ(each.response.status, 202) << each.tag;
  EXPECT_EQ(server.requests(), 300);
}

TEST_F(RenewalTest, EndsWithTheTransport) {
  start_first();
  transport_->renew_connections();
  start(2);
  transport_.reset();
  may_answer_.count_down();
  EXPECT_TRUE(first_is_closed());
}

}  // namespace
}  // namespace awps
