#include "hub/waiting_reason.h"

#include <gtest/gtest.h>

#include "tests/hub/retry_harness.h"

namespace awps {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class WaitingReasonTest : public RetryTest {
 protected:
  WaitingReasonTest() { account_.of_stream = true; }

  std::string reason_of(uint64_t seq) {
    const HubForStreams::Waiting asked{.producer = 1, .seq = seq};
    return waiting_reasons(*pipeline_, {&asked, 1}, now_).at(0);
  }
};

TEST_F(WaitingReasonTest, AreInTheOrderAsked) {
  make();
  accept({{.kind = kSendToGroup, .group = "g"},
          {.kind = kSendToGroup, .group = "g", .data = "2"},
          {.kind = kSendToGroup, .group = "g", .data = "3"}});
  start_all();
  now_ += milliseconds(1500);
  const std::vector<HubForStreams::Waiting> asked{{.producer = 1, .seq = 3},
                                                  {.producer = 2, .seq = 1},
                                                  {.producer = 1, .seq = 1},
                                                  {.producer = 1, .seq = 9},
                                                  {.producer = 1, .seq = 2}};
  const std::string behind = "waits for an earlier action of the same target or key";
  const std::string unknown = "is on its way to the hub, or has ended";
  EXPECT_EQ(
      waiting_reasons(*pipeline_, asked, now_),
      (std::vector<std::string>{behind, unknown, "in flight (since 1.5 s)", unknown, behind}));
  account_.of_stream = false;
  EXPECT_EQ(reason_of(1), unknown) << "another producer may have the number";
}

TEST_F(WaitingReasonTest, OfAPausedHub) {
  make();
  accept_users(1);
  EXPECT_EQ(reason_of(1), "waits for its turn");
  pipeline_->pause(true);
  start_all();
  EXPECT_EQ(reason_of(1), "the hub is paused: awpsctl resume lets it send");
}

TEST_F(WaitingReasonTest, OfAHeldEndpoint) {
  make();
  accept_users(2);
  for (Operation* operation : start_all()) {
    complete(*operation, {.verdict = {.kind = VerdictKind::kCredential},
                          .http_status = 401,
                          .description = "HTTP 401"});
  }
  now_ += seconds(12);
  EXPECT_EQ(reason_of(1), "held: credential refused (since 12 s): HTTP 401");
}

TEST_F(WaitingReasonTest, OfAPauseOfTheService) {
  make();
  accept_users(1);
  for (Operation* operation : start_all()) complete(*operation, throttled(seconds(30)));
  accept_users(1);
  EXPECT_EQ(reason_of(2), "the service asked for a pause (Retry-After) of 30 s more");
}

TEST_F(WaitingReasonTest, OfAKindThatIsForbidden) {
  make();
  accept({{.kind = kGrantPermission, .member = "c", .group = "g"}});
  for (Operation* operation : start_all()) complete(*operation, forbidden());
  EXPECT_EQ(reason_of(1), "held: the identity may not send grantPermission (HTTP 403)");
}

TEST_F(WaitingReasonTest, OfARetry) {
  make({.retry = {.max_attempts = 7, .base = seconds(60), .max = seconds(60)}});
  accept_users(1);
  complete(*start_all().at(0), failed(503));
  const std::string reason = reason_of(1);
  EXPECT_EQ(reason.find("retry 1 after HTTP 503 in "), 0U) << reason;
  EXPECT_NE(reason.find(" s (0 of 7 attempts are charged to it)"), std::string::npos) << reason;
}

TEST_F(WaitingReasonTest, OfLimits) {
  make({.requests_per_second = 1, .burst = milliseconds(1)});
  accept_users(2);
  EXPECT_EQ(start_all().size(), 1U);
  EXPECT_EQ(reason_of(2), "waits for the rate limit");
  make({.max_in_flight = 1});
  seq_ = 0;
  accept_users(2);
  const std::vector<Operation*> started = start_all();
  EXPECT_EQ(reason_of(2), "waits for one of 1 requests under way to end");
}

TEST_F(WaitingReasonTest, OfAStreamThatMayHaveLostItsPartition) {
  make();
  auto lease = std::make_shared<StreamLease>();
  account_.lease = lease;
  accept_users(1);
  EXPECT_EQ(reason_of(1), "waits for its turn");
  lease->extend(now_);
  EXPECT_EQ(reason_of(1), "its stream does not know whether it still owns the partition");
}

}  // namespace
}  // namespace awps
