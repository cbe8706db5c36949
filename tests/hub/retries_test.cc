// Whom a failure is charged to, when it is tried again, and what a recovery releases.

#include "hub/retries.h"

#include <gtest/gtest.h>

#include <array>

#include "tests/hub/retry_harness.h"

namespace awps {
namespace {

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
            {"http_500_and_nobody_is_answered", failed(500), false, false},
            {"timeout_and_nobody_is_answered", failed(0), false, false},
            {"connection_refused", refused_connection(), true, false},
            {"throttled", throttled(std::nullopt), true, false}};
  }
};

TEST_P(ChargeTest, OnlyWhatSpeaksOfTheAction) {
  const ChargeRow& row = GetParam();
  make({.retry = {.max_attempts = 3}});
  accept({{.kind = kSendToGroup, .group = "poison"}});
  for (int i = 0; i < 3000; ++i) {
    if (row.others_are_answered) accept({{.kind = kSendToUser, .member = "u"}});
    run(kStart + (i + 1) * milliseconds(100),
        [&](const Action& action) { return action.kind == kSendToGroup ? row.end : done(); });
    now_ = kStart + (i + 1) * milliseconds(100);
  }
  EXPECT_EQ(ledger().with(OutcomeKind::kDeadLettered), row.is_given_up ? 1U : 0U);
}

INSTANTIATE_TEST_SUITE_P(Rows, ChargeTest, testing::ValuesIn(ChargeTest::rows()),
                         [](const auto& row) { return std::string(row.param.name); });

// A service that throttles again and again releases what is parked each time; that must not keep a
// poisoned action from being given up, and its lane dammed.
TEST_F(RetryTest, APoisonedActionIsGivenUpAlthoughPausesGoOn) {
  // Its back-off is longer than the time between two pauses.
  make({.retry = {.max_attempts = 3, .base = minutes(60), .max = minutes(60)}},
       {.breaker_failures = 1000});
  accept({{.kind = kSendToGroup, .group = "poison"}});
  int answers = 0;
  for (int i = 0; i < 600; ++i) {
    accept({{.kind = kSendToUser, .member = "u"}});
    run(kStart + (i + 1) * milliseconds(100), [&](const Action& action) {
      if (action.kind == kSendToGroup) return failed(500);
      return ++answers % 40 == 0 ? throttled(seconds(1)) : done();
    });
    now_ = kStart + (i + 1) * milliseconds(100);
  }
  EXPECT_EQ(ledger().with(OutcomeKind::kDeadLettered), 1U);
}

// ---- probes

TEST_F(RetryTest, AHubWithNothingButParkedWorkAsksEachSecond) {
  make({.retry = {.base = minutes(60), .max = minutes(60)}});
  accept({{.kind = kSendToGroup, .group = "g"}, {.kind = kSendToGroup, .group = "g"}});
  accept_users(30);
  run(kStart + seconds(60), [](const Action&) { return refused_connection(); });
  EXPECT_NEAR(static_cast<double>(starts_.size()), 10 + 60, 10) << "until the breaker opens, then";
  EXPECT_EQ(ledger().unsettled(), 32U);
  for (int tenth = 1; tenth <= 20; ++tenth) {
    run(kStart + seconds(60) + tenth * milliseconds(100), [](const Action&) { return done(); });
  }
  EXPECT_EQ(ledger().with(OutcomeKind::kDelivered), 32U);
}

TEST_F(RetryTest, AfterAPauseTheOnlyLaneAsksItself) {
  make({.retry = {.base = minutes(60), .max = minutes(60)}});
  accept({{.kind = kSendToGroup, .group = "g"}, {.kind = kSendToGroup, .group = "g"}});
  run(kStart + seconds(4),
      [&](const Action&) { return starts_.size() == 1 ? throttled(seconds(2)) : done(); });
  EXPECT_EQ(ledger().with(OutcomeKind::kDelivered), 2U);
  EXPECT_GE(starts_[1].at, kStart + seconds(2));
}

// ---- the budget

TEST_F(RetryTest, ARetryWithoutBudgetWaitsAndGoesLater) {
  make({.retry = {.base = seconds(1), .budget = 0}}, {.breaker_failures = 1000});
  accept_users(100);
  run(kStart + milliseconds(1), [](const Action&) { return failed(500); });
  ASSERT_EQ(ledger().in(EntryState::kDeferred), 100U);
  accept_users(1);  // who is answered well: now the others' failures speak of them
  run(kStart + milliseconds(2), [](const Action&) { return done(); });
  starts_.clear();
  run(kStart + minutes(1), [](const Action&) { return done(); });
  EXPECT_EQ(ledger().with(OutcomeKind::kDelivered), 101U);
  std::array<int, 60> of_second{};
  for (const Started& start : starts_) {
    ++of_second[static_cast<size_t>(to_seconds(start.at - kStart))];
  }
  EXPECT_LE(*std::ranges::max_element(of_second), 11) << "always 10 a second, and no more";
  EXPECT_LE(now_, kStart + seconds(12));
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
    return {{"pause", throttled(seconds(5)), HoldReason::kNone},
            {"hold", at_fault(), HoldReason::kEndpointAtFault},
            {"breaker", refused_connection(), HoldReason::kBreaker}};
  }

 protected:
  static constexpr size_t kParked = 8;  // as many as may be under way at first

  // So many are under way, and fail in an order of their own.
  void park() {
    accept_users(kParked);
    std::vector<Operation*> started = start_all();
    ASSERT_EQ(started.size(), kParked);
    std::ranges::reverse(started);
    for (Operation* operation : started) pipeline_->complete(*operation, GetParam().end, now_);
    ASSERT_EQ(endpoint_->hold_reason(), GetParam().reason);
    starts_.clear();
  }
};

TEST_P(ReleaseTest, IsInTheOrderAccepted) {
  make({.retry = {.max_attempts = 1}}, {.breaker_failures = kParked});
  park();
  run(kStart + minutes(1), [](const Action&) { return done(); });
  EXPECT_EQ(ledger().with(OutcomeKind::kDelivered), kParked) << "one was charged";
  std::vector<uint64_t> seqs = seqs_from(1);  // but for the probe
  EXPECT_TRUE(std::ranges::is_sorted(seqs)) << testing::PrintToString(seqs);
}

TEST_P(ReleaseTest, KeepsWithinThePace) {
  make({}, {.requests_per_second = 2, .burst = seconds(4), .breaker_failures = kParked});
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

TEST_F(RetryTest, ARecoveryReleasesOnce) {
  make();
  EXPECT_EQ(endpoint_->recoveries(), 0U);
  endpoint_->pause(seconds(1), kStart);
  EXPECT_EQ(endpoint_->recoveries(), 0U);
  const Instant over = kStart + seconds(1);
  ASSERT_EQ(endpoint_->admit(over), EndpointState::Admission::kProbe);
  endpoint_->probe_ended(true, over);
  EXPECT_EQ(endpoint_->recoveries(), 1U);
  endpoint_->hold(HoldReason::kBreaker, over);
  const Instant later = over + seconds(1);
  ASSERT_EQ(endpoint_->admit(later), EndpointState::Admission::kProbe);
  endpoint_->probe_ended(false, later);
  EXPECT_EQ(endpoint_->recoveries(), 1U) << "it is still held";
  endpoint_->release_hold();
  EXPECT_EQ(endpoint_->recoveries(), 2U);
}

// ---- a kind that is held

class HeldKindTest : public RetryTest {
 protected:
  static AttemptEnd answer(const Action& action) {
    return action.kind == kGrantPermission ? forbidden() : done();
  }
};

TEST_F(HeldKindTest, OthersGoOn) {
  make();
  accept({{.kind = kGrantPermission, .member = "c"},
          {.kind = kSendToAll},
          {.kind = kGrantPermission, .member = "d"},
          {.kind = kSendToUser, .member = "u"}});
  run(kStart + milliseconds(500), answer);
  EXPECT_EQ(ledger().with(OutcomeKind::kDelivered), 2U);
  EXPECT_EQ(ledger().unsettled(), 2U);
  EXPECT_EQ(endpoint_->hold_reason(), HoldReason::kNone);
}

TEST_F(HeldKindTest, OneAsksAtATimeEverMoreSeldom) {
  make();
  accept({{.kind = kGrantPermission, .member = "c"}});
  run(kStart + Duration(1), answer);
  accept({{.kind = kGrantPermission, .member = "d"}, {.kind = kGrantPermission, .member = "e"}});
  starts_.clear();
  run(kStart + minutes(4), answer);
  ASSERT_GE(starts_.size(), 7U);
  ASSERT_LE(starts_.size(), 12U) << "1, 2, 4, 8, 16, then every 30 s";
  Instant before = kStart;
  for (size_t i = 0; i < 7; ++i) {
    const Duration least = std::min<Duration>(seconds(1) * (1U << i), seconds(30));
    EXPECT_GE(starts_[i].at - before, least) << "probe " << i;
    before = starts_[i].at;
  }
}

TEST_F(HeldKindTest, ASuccessReleasesTheRest) {
  make();
  accept({{.kind = kGrantPermission, .member = "c"},
          {.kind = kGrantPermission, .member = "d"},
          {.kind = kGrantPermission, .member = "e"}});
  run(kStart + seconds(20), answer);
  starts_.clear();
  const Instant well_from = now_;
  run(well_from + minutes(2), [](const Action&) { return done(); });
  EXPECT_EQ(ledger().with(OutcomeKind::kDelivered), 3U);
  ASSERT_EQ(starts_.size(), 3U);
  EXPECT_LE(starts_[2].at - starts_[0].at, milliseconds(1))
      << "those that waited go with the first success";
  EXPECT_FALSE(pipeline_->kind_holds().any());
}

TEST_F(HeldKindTest, WhatWaitedMaxAgeIsADeadLetterAndItsLanesGoOn) {
  make({.retry = {.max_age = minutes(1)}});
  accept({{.kind = kAddConnectionToGroup, .member = "c", .group = "g"},
          {.kind = kSendToGroup, .group = "g"}});
  const Answers answers = [](const Action& action) {
    return action.kind == kAddConnectionToGroup ? forbidden() : done();
  };
  run(kStart + seconds(59), answers);
  EXPECT_EQ(ledger().unsettled(), 2U);
  run(kStart + minutes(3), answers);
  EXPECT_EQ(ledger().with(OutcomeKind::kDeadLettered), 1U);
  EXPECT_EQ(ledger().with(OutcomeKind::kDelivered), 1U);
  ASSERT_EQ(pipeline_->dead_letters().summary().count, 1U);
  EXPECT_EQ(pipeline_->dead_letters().page(0, 1).front().http_status, 403);
  EXPECT_EQ(pipeline_->outcomes().front().error_code, "refused");
  EXPECT_LE(now_, kStart + seconds(91)) << "max_age, and the last wait of 30 s";
}

TEST_F(HeldKindTest, ItsReleaseIsNobodyElses) {
  make({.retry = {.max_attempts = 3, .base = seconds(20)}}, {.breaker_failures = 1000});
  accept({{.kind = kSendToGroup, .group = "poison"}});
  int attempts = 0;
  for (int i = 0; i < 2000; ++i) {
    const std::string connection = "c" + std::to_string(i);
    accept(
        {{.kind = kSendToUser, .member = "u"}, {.kind = kGrantPermission, .member = connection}});
    // Every fourth grant is forbidden, the next one ends the hold of its kind.
    run(kStart + (i + 1) * milliseconds(100), [&](const Action& action) {
      attempts += action.kind == kSendToGroup ? 1 : 0;
      if (action.kind == kSendToGroup) return failed(500);
      return action.kind == kGrantPermission && i % 4 == 0 ? forbidden() : done();
    });
    now_ = kStart + (i + 1) * milliseconds(100);
  }
  EXPECT_EQ(ledger().with(OutcomeKind::kDeadLettered), 1U);
  EXPECT_EQ(attempts, 3) << "after its own back-off each time";
}

TEST_F(HeldKindTest, AnOutageAfterTheHoldGivesNothingUp) {
  make({.retry = {.max_age = minutes(1)}});
  accept({{.kind = kGrantPermission, .member = "c"}});
  int answers = 0;
  run(kStart + minutes(20),
      [&](const Action&) { return ++answers == 1 ? forbidden() : refused_connection(); });
  EXPECT_EQ(ledger().unsettled(), 1U);
  run(kStart + minutes(21), [](const Action&) { return done(); });
  EXPECT_EQ(ledger().with(OutcomeKind::kDelivered), 1U);
}

}  // namespace
}  // namespace awps
