// When a hub that has nothing to do wants to be woken: never at once (it would spin), and not later
// than there is something.

#include <gtest/gtest.h>

#include "tests/hub/retry_harness.h"

namespace awps {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr RetryOptions kLongBackOff{.base = hours(24), .max = hours(24)};

class WakeTest : public RetryTest {
 protected:
  static AttemptEnd fails(const Action&) { return failed(500); }
  static AttemptEnd answers(const Action&) { return done(); }

  /// Whatever may start has started, and stays under way: when is it to be woken?
  Instant quiet_wake_at() {
    (void)start_all();
    EXPECT_TRUE(start_all().empty());
    const Instant at = pipeline_->wake_at(now_);
    EXPECT_GT(at, now_) << "it spins at " << since_start();
    return at;
  }
};

TEST_F(WakeTest, WhenThereIsNothing) {
  make();
  EXPECT_EQ(quiet_wake_at(), kNever);
}

TEST_F(WakeTest, WhenEverythingIsUnderWay) {
  make({.max_in_flight = 1});
  accept_users(3);
  EXPECT_EQ(quiet_wake_at(), kStart + seconds(1)) << "one that is overdue makes room";
  now_ += seconds(1);
  EXPECT_EQ(quiet_wake_at(), kNever) << "but no more than may be under way";
}

TEST_F(WakeTest, WhenTheRateIsUsedUp) {
  make({.requests_per_second = 1, .burst = Duration::zero()});
  accept_users(3);
  EXPECT_EQ(quiet_wake_at(), kStart + seconds(1));
}

TEST_F(WakeTest, WhenAllWaitBehindAParkedOne) {
  make({.retry = kLongBackOff});
  const Action send{.kind = kSendToGroup, .group = "g"};
  accept({send, send, send});
  const std::vector<Operation*> first = start_all();
  ASSERT_EQ(first.size(), 1U);
  complete(*first.front(), failed(500));
  EXPECT_LE(quiet_wake_at(), kStart + seconds(1)) << "health is asked";
  now_ += hours(25);
  EXPECT_EQ(start_all().size(), 1U);
}

TEST_F(WakeTest, WhenTheEndpointIsHeldAndNobodyCanAsk) {
  make({.retry = kLongBackOff});
  accept_users(8);
  for (Operation* operation : start_all()) complete(*operation, failed(500));
  ASSERT_EQ(trouble().hold_reason(), HoldReason::kFailing);
  EXPECT_EQ(quiet_wake_at(), kStart + seconds(1)) << "health is asked";
}

TEST_F(WakeTest, WhenAProbeIsUnderWay) {
  make({.retry = kLongBackOff});
  accept_users(100);
  for (Operation* operation : start_all()) complete(*operation, failed(500));
  ASSERT_EQ(start_all().size(), 1U);
  ASSERT_TRUE(starts_.back().at == now_);
  EXPECT_EQ(quiet_wake_at(), kStart + seconds(1)) << "it does not wait alone";
}

TEST_F(WakeTest, WhenTheWayFailedOnce) {
  make({.retry = kLongBackOff});
  accept_users(1);
  for (Operation* operation : start_all()) complete(*operation, refused_connection());
  ASSERT_EQ(trouble().hold_reason(), HoldReason::kNone);
  for (int second = 1; second <= 3; ++second) {
    EXPECT_LE(quiet_wake_at(), kStart + seconds(second));
    now_ = kStart + seconds(second);
  }
  (void)start_all();
  EXPECT_EQ(trouble().hold_reason(), HoldReason::kUnreachable) << "for 3 s now";
}

TEST_F(WakeTest, WhenTheServiceAskedForAPause) {
  make({.retry = kLongBackOff});
  accept_users(2);
  const std::vector<Operation*> first = start_all();
  complete(*first[0], throttled(seconds(5)));
  complete(*first[1], done());
  accept_users(1);
  EXPECT_EQ(quiet_wake_at(), kStart + seconds(5));
}

TEST_F(WakeTest, WhenAnOperatorHasPausedIt) {
  make({.retry = {.base = milliseconds(1), .max = milliseconds(1)}});
  accept_users(8);
  for (Operation* operation : start_all()) complete(*operation, failed(500));
  pipeline_->pause(true);
  accept_users(8);
  now_ += milliseconds(10);
  EXPECT_GT(quiet_wake_at(), kStart + seconds(2)) << "it asks the service nothing, not even health";
  now_ += seconds(10);
  EXPECT_GT(quiet_wake_at(), now_) << "though a probe might go";
}

TEST_F(WakeTest, WhenAKindIsHeld) {
  make();
  accept({{.kind = kGrantPermission, .member = "a"}});
  run_to(kStart + milliseconds(1), [](const Action&) { return forbidden(); });
  for (int i = 0; i < 10; ++i) {
    const std::string connection = "c" + std::to_string(i);
    accept({{.kind = kGrantPermission, .member = connection}});
  }
  EXPECT_LE(quiet_wake_at(), kStart + seconds(1));
  now_ = kStart + seconds(1);
  const size_t asking = start_all().size();
  EXPECT_EQ(asking, 1U);
  EXPECT_GT(quiet_wake_at(), now_) << "until it is answered";
}

TEST_F(WakeTest, WhenAKindIsHeldAndTheEndpointToo) {
  make({.retry = kLongBackOff});
  accept({{.kind = kGrantPermission, .member = "a"}});
  run_to(kStart + milliseconds(1), [](const Action&) { return forbidden(); });
  for (int i = 0; i < 10; ++i) {
    const std::string connection = "c" + std::to_string(i);
    accept({{.kind = kGrantPermission, .member = connection}});
  }
  accept_users(8);
  for (Operation* operation : start_all()) complete(*operation, failed(500));
  ASSERT_EQ(trouble().hold_reason(), HoldReason::kFailing);
  now_ += seconds(10);
  (void)start_all();  // a probe, that is not answered
  for (int i = 0; i < 20; ++i) {
    (void)quiet_wake_at();
    now_ += milliseconds(10);
  }
  EXPECT_LE(pipeline_->waiting(), 2U) << "who waits for its kind is not moved";
}

TEST_F(WakeTest, AfterARecoveryAtOnce) {
  make({.retry = kLongBackOff});
  accept_users(8);
  for (Operation* operation : start_all()) complete(*operation, failed(500));
  accept_users(1);
  const std::vector<Operation*> probe = start_all();
  ASSERT_EQ(probe.size(), 1U);
  complete(*probe.front(), done());
  EXPECT_EQ(pipeline_->wake_at(now_), now_) << "eight are released";
  EXPECT_EQ(start_all().size(), 8U);
}

}  // namespace
}  // namespace awps
