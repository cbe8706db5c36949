// Whom a failure is charged to, and what a recovery releases.

#include "hub/retries.h"

#include <gtest/gtest.h>

#include "tests/hub/retry_harness.h"

namespace awps {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

// ---- whom it is charged to

struct ChargeRow {
  const char* name;
  AttemptEnd end;
  bool others_are_answered;
  bool is_given_up;
};

class ChargeTest : public RetryTest, public testing::WithParamInterface<ChargeRow> {
 public:
  static std::vector<ChargeRow> rows() {
    return {{"http_500", failed(500), true, true},
            {"http_408", failed(408), true, true},
            {"timeout", failed(0), true, true},
            {"at_fault_to_this_one_alone", at_fault(), true, true},
            {"throttled_alone", throttled(std::nullopt), true, true},
            {"http_500_and_nobody_is_answered", failed(500), false, false},
            {"timeout_and_nobody_is_answered", failed(0), false, false},
            {"throttled_and_nobody_is_answered", throttled(std::nullopt), false, false},
            {"connection_refused", refused_connection(), true, false}};
  }
};

TEST_P(ChargeTest, OnlyWhatSpeaksOfTheAction) {
  const ChargeRow& row = GetParam();
  make({.retry = {.max_attempts = 3}});
  accept({{.kind = kSendToGroup, .group = "poison"}});
  for (int i = 0; i < 3000; ++i) {
    if (row.others_are_answered) accept({{.kind = kSendToUser, .member = "u"}});
    run_to(kStart + (i + 1) * milliseconds(100),
           [&](const Action& action) { return action.kind == kSendToGroup ? row.end : done(); });
  }
  EXPECT_EQ(ledger().with(OutcomeKind::kDeadLettered), row.is_given_up ? 1U : 0U);
}

INSTANTIATE_TEST_SUITE_P(Rows, ChargeTest, testing::ValuesIn(ChargeTest::rows()),
                         [](const auto& row) { return std::string(row.param.name); });

TEST_F(RetryTest, ATokenThatIsRefusedOnceIsChargedToNobody) {
  make({.retry = {.max_attempts = 1}});
  accept_users(2);
  const std::vector<Operation*> first = start_all();
  now_ += milliseconds(1);
  complete(*first[0], {.verdict = {.kind = VerdictKind::kRetry}, .http_status = 401});
  complete(*first[1], done());
  run(kStart + minutes(1), [](const Action&) { return done(); });
  EXPECT_EQ(ledger().with(OutcomeKind::kDelivered), 2U) << "its key was changed, perhaps";
}

// Six in ten of all are told that there are too many requests.
TEST_F(RetryTest, WhatIsThrottledLikeOthersIsChargedToNobody) {
  make({.retry = {.max_attempts = 3}});
  Random random(1);
  for (int i = 0; i < 1000; ++i) {
    accept_users(1);
    run_to(kStart + (i + 1) * milliseconds(20),
           [&](const Action&) { return random.chance(0.6) ? throttled(std::nullopt) : done(); });
  }
  run(kStart + minutes(30),
      [&](const Action&) { return random.chance(0.6) ? throttled(std::nullopt) : done(); });
  EXPECT_GT(ledger().retries, 100U);
  EXPECT_EQ(ledger().with(OutcomeKind::kDeadLettered), 0U);
}

class LonelyTest : public RetryTest, public testing::WithParamInterface<bool> {};

// Nobody else is tried: only the service's own word is there.
TEST_P(LonelyTest, IsChargedItsTimeAloneWhileTheServiceIsHealthy) {
  health_ = GetParam();
  make({.retry = {.max_attempts = 3, .max_age = minutes(1)}});
  accept({{.kind = kAddUserToGroup, .member = "u", .group = "g"}});
  const Answers always_fails = [](const Action&) { return failed(500); };
  run_to(kStart + seconds(59), always_fails);
  EXPECT_GT(starts_.size(), 6U);
  EXPECT_EQ(ledger().unsettled(), 1U);
  run_to(kStart + minutes(4), always_fails);
  EXPECT_EQ(ledger().with(OutcomeKind::kDeadLettered), GetParam() ? 1U : 0U);
  using enum Evidence;
  EXPECT_EQ(ledger().charges[static_cast<size_t>(kAnswered)], 0U);
  EXPECT_EQ(ledger().charges[static_cast<size_t>(kHealthy)] > 0, GetParam());
}

INSTANTIATE_TEST_SUITE_P(Healthy, LonelyTest, testing::Bool());

TEST_F(RetryTest, BehindATargetThatStaysSickEachGetsOneAttemptInTheEnd) {
  make({.retry = {.max_attempts = 1000, .max_age = seconds(30), .max = seconds(2)}});
  const Action poison{.kind = kSendToGroup, .group = "poison"};
  accept({poison, poison, poison});
  for (int i = 0; i < 600; ++i) {
    accept({{.kind = kSendToUser, .member = "u"}});
    run_to(kStart + (i + 1) * milliseconds(100), [&](const Action& action) {
      return action.kind == kSendToGroup ? failed(500) : done();
    });
  }
  EXPECT_EQ(ledger().with(OutcomeKind::kDeadLettered), 3U);
  EXPECT_GT(std::ranges::count(starts_, 1U, &Started::seq), 5);
  EXPECT_EQ(std::ranges::count(starts_, 2U, &Started::seq), 1);
  EXPECT_EQ(std::ranges::count(starts_, 3U, &Started::seq), 1);
}

// ---- back-off

/// A sick group whose third try is a day away, and whose second failure falls into trouble of all.
class SuspectTest : public RetryTest {
 protected:
  static constexpr Duration kLong = hours(24);

  /// Trouble of all has begun, and the suspect has failed in it.
  void fail_in_trouble(const AttemptEnd& end_of_others) {
    make({.retry = {.max_attempts = 1000, .base = milliseconds(1)}});
    accept({{.kind = kSendToGroup, .group = "sick"}});
    run_to(kStart + Duration(1), [](const Action&) { return failed(500); });
    accept_users(1);
    run_to(now_ + Duration(1), [](const Action&) { return done(); });
    PipelineOptions options{.hub = "hub",
                            .retry = {.max_age = 2 * kLong, .base = kLong, .max = kLong}};
    options.coalesce.enabled = false;
    pipeline_->reconfigure(options);
    now_ += milliseconds(1);
    const std::vector<Operation*> second = start_all();
    ASSERT_EQ(second.size(), 1U);
    accept_users(12);
    const std::vector<Operation*> others = start_all();
    ASSERT_EQ(others.size(), 12U);
    now_ += milliseconds(1);
    for (size_t i = 0; i < 4; ++i) complete(*others[i], end_of_others);
    complete(*second.front(), failed(500));
    for (size_t i = 4; i < others.size(); ++i) complete(*others[i], end_of_others);
    ASSERT_EQ(trouble().suspects(), 1U);
    sick_is_due_ = second.front()->retry.due;
    ASSERT_GT(sick_is_due_, now_ + minutes(10));
    starts_.clear();
  }

  Instant sick_is_due_{};
};

TEST_F(SuspectTest, TheEndOfAHoldDoesNotShortenItsBackOff) {
  fail_in_trouble(at_fault());
  ASSERT_EQ(trouble().hold_reason(), HoldReason::kEndpointAtFault);
  run_to(now_ + minutes(5), [](const Action&) { return done(); });
  EXPECT_EQ(starts_of(kSendToUser), 12U) << "they are released";
  EXPECT_EQ(starts_of(kSendToGroup), 0U);
  run_to(sick_is_due_ + seconds(1), [](const Action&) { return done(); });
  EXPECT_EQ(starts_of(kSendToGroup), 1U);
}

TEST_F(SuspectTest, TheEndOfAPauseDoesNotShortenItsBackOff) {
  fail_in_trouble(throttled(seconds(2)));
  accept_users(1);
  run_to(now_ + minutes(5), [](const Action&) { return done(); });
  EXPECT_GE(starts_of(kSendToUser), 1U);
  EXPECT_EQ(starts_of(kSendToGroup), 0U);
}

TEST_F(RetryTest, ARetryAfterOfZeroDoesNotShortenTheBackOff) {
  make({.retry = {.base = hours(1), .max = hours(1)}});
  accept_users(8);
  for (Operation* operation : start_all()) complete(*operation, throttled(Duration(0)));
  run_to(kStart + hours(2), [](const Action&) { return done(); });
  ASSERT_EQ(starts_.size(), 16U);
  EXPECT_GE(starts_[8].at, kStart + minutes(30)) << "half of it at least";
}

TEST_F(RetryTest, TheWayIsTriedAgainSoonHoweverOftenItFailed) {
  make({.retry = {.max_attempts = 1000}});
  accept({{.kind = kSendToGroup, .group = "g"}});
  for (int i = 0; i < 600; ++i) {
    accept({{.kind = kSendToUser, .member = "u"}});
    run_to(kStart + (i + 1) * milliseconds(100), [&](const Action& action) {
      return action.kind == kSendToGroup ? refused_connection() : done();
    });
  }
  EXPECT_GE(starts_of(kSendToGroup), 60U) << "at most 0.8 s";
}

TEST_F(RetryTest, AnAnswerIsWaitedForEverLonger) {
  make({.retry = {.max_attempts = 1000, .max_age = hours(1)}});
  accept({{.kind = kSendToGroup, .group = "g"}});
  for (int i = 0; i < 600; ++i) {
    accept({{.kind = kSendToUser, .member = "u"}});
    run_to(kStart + (i + 1) * milliseconds(100), [&](const Action& action) {
      return action.kind == kSendToGroup ? failed(500) : done();
    });
  }
  EXPECT_LE(starts_of(kSendToGroup), 20U);
}

// ---- what a recovery releases

struct ReleaseRow {
  const char* name;
  AttemptEnd end;
  HoldReason reason;
};

class ReleaseTest : public RetryTest, public testing::WithParamInterface<ReleaseRow> {
 public:
  static std::vector<ReleaseRow> rows() {
    return {{"failing", failed(500), HoldReason::kFailing},
            {"at_fault", at_fault(), HoldReason::kEndpointAtFault},
            {"unreachable", refused_connection(), HoldReason::kUnreachable}};
  }

 protected:
  static constexpr size_t kParked = 8;  // as many as hold the endpoint

  // So many are under way, and fail in an order of their own.
  void park() {
    accept_users(kParked);
    std::vector<Operation*> started = start_all();
    ASSERT_EQ(started.size(), kParked);
    std::ranges::reverse(started);
    for (Operation* operation : started) complete(*operation, GetParam().end);
    ASSERT_EQ(trouble().hold_reason(), GetParam().reason);
    starts_.clear();
  }
};

TEST_P(ReleaseTest, IsInTheOrderAccepted) {
  make({.retry = {.max_attempts = 1, .base = minutes(10), .max = minutes(10)}});
  park();
  run_to(kStart + milliseconds(999), [](const Action&) { return done(); });
  accept_users(1);  // a probe
  run(kStart + minutes(1), [](const Action&) { return done(); });
  EXPECT_EQ(ledger().with(OutcomeKind::kDelivered), kParked + 1) << "one was charged";
  const std::vector<uint64_t> seqs = seqs_from(1);  // but for the probe
  EXPECT_TRUE(std::ranges::is_sorted(seqs)) << testing::PrintToString(seqs);
}

// While a probe is under way they become due in the order of chance.
TEST_P(ReleaseTest, IsInTheOrderAcceptedAlsoOfThoseWhoseBackOffIsOver) {
  make();
  park();
  std::vector<Operation*> probe = start_all();
  while (probe.empty()) {
    now_ = pipeline_->wake_at(now_);
    probe = start_all();
  }
  for (int i = 0; i < 10; ++i) {
    now_ += milliseconds(50);
    ASSERT_TRUE(start_all().empty());
  }
  ASSERT_EQ(pipeline_->waiting(), kParked - 1);
  complete(*probe.front(), done());
  run(kStart + minutes(1), [](const Action&) { return done(); });
  const std::vector<uint64_t> seqs = seqs_from(1);
  EXPECT_EQ(seqs.size(), kParked - 1);
  EXPECT_TRUE(std::ranges::is_sorted(seqs)) << testing::PrintToString(seqs);
}

TEST_P(ReleaseTest, KeepsWithinThePace) {
  make({}, {.requests_per_second = 2, .burst = seconds(4)});
  park();
  run(kStart + minutes(1), [](const Action&) { return done(); });
  ASSERT_EQ(starts_.size(), kParked);
  for (size_t i = 0; i < starts_.size(); ++i) {
    // What passed before it took the burst; since then 2 a second came in.
    const double permitted = 1 + 2 * to_seconds(starts_[i].at - kStart);
    EXPECT_LE(static_cast<double>(i + 1), permitted) << "start " << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Rows, ReleaseTest, testing::ValuesIn(ReleaseTest::rows()),
                         [](const auto& row) { return std::string(row.param.name); });

TEST_F(RetryTest, TheEndOfAHoldIsARecoveryThatOfAPauseIsNone) {
  make({.retry = {.base = hours(1), .max = hours(1)}});
  accept_users(1);
  run_to(kStart + seconds(1), [](const Action&) { return throttled(seconds(1)); });
  accept_users(1);
  run_to(kStart + seconds(2), [](const Action&) { return done(); });
  EXPECT_EQ(trouble().recoveries(), 0U);
  EXPECT_EQ(ledger().in(EntryState::kDeferred), 1U) << "its back-off goes on";
  accept_users(2);
  run_to(kStart + seconds(3), [](const Action&) { return refused_connection(); });
  accept_users(1);
  run_to(kStart + seconds(60), [](const Action&) { return done(); });
  EXPECT_EQ(trouble().recoveries(), 1U);
}

}  // namespace
}  // namespace awps
