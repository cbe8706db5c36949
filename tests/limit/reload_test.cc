// Other limits while traffic goes on.

#include <gtest/gtest.h>

#include "limit/endpoint_state.h"

namespace awps {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Instant kStart{seconds(1000)};
constexpr uint64_t kSick = 7;
constexpr uint64_t kWell = 8;
constexpr Failure kNoWay{.kind = FailureKind::kWay, .reason = HoldReason::kUnreachable};

void fail(EndpointState& endpoint, const Failure& failure, Instant now) {
  const Attempt attempt{.target = kSick, .started = now};
  endpoint.trouble().begin(attempt);
  (void)endpoint.trouble().failed(attempt, failure, now);
}

void pause(EndpointState& endpoint, Duration length, Instant now) {
  fail(endpoint, {.kind = FailureKind::kThrottled, .pause = length}, now);
}

void answer(EndpointState& endpoint, Instant now) {
  const Attempt attempt{.target = kWell, .started = now};
  endpoint.trouble().begin(attempt);
  endpoint.trouble().answered(attempt, now);
}

TEST(ReloadedLimits, HoldFromNowOn) {
  EndpointState endpoint({.requests_per_second = 10, .burst = milliseconds(1)});
  ASSERT_TRUE(endpoint.take_permit(kStart));
  EXPECT_FALSE(endpoint.take_permit(kStart + milliseconds(50)));
  endpoint.set_limits({.requests_per_second = 1000, .burst = milliseconds(1)}, kStart);
  EXPECT_TRUE(endpoint.take_permit(kStart + milliseconds(100)));
  EXPECT_TRUE(endpoint.take_permit(kStart + milliseconds(101)));
  endpoint.set_limits({}, kStart);
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(endpoint.take_permit(kStart + milliseconds(102)));
}

TEST(ReloadedLimits, ALongerPauseIsBelieved) {
  EndpointState endpoint({.retry_after_max = seconds(1)});
  endpoint.set_limits({.retry_after_max = seconds(50)}, kStart);
  pause(endpoint, seconds(40), kStart);
  EXPECT_EQ(endpoint.earliest(), kStart + seconds(40));
}

TEST(ReloadedLimits, PausesAndHoldsStay) {
  EndpointState endpoint{EndpointState::Options{}};
  pause(endpoint, seconds(40), kStart);
  for (int i = 0; i < 2; ++i) fail(endpoint, kNoWay, kStart);
  endpoint.set_limits({.requests_per_second = 1000}, kStart);
  EXPECT_EQ(endpoint.earliest(), kStart + seconds(40));
  EXPECT_EQ(endpoint.trouble().hold_reason(), HoldReason::kUnreachable);
}

TEST(ReloadedLimits, WhatWasLearntStaysBelowThem) {
  Pace pace(0);
  for (int i = 0; i < 1000; ++i) pace.note_success(kStart + i * milliseconds(1));
  const Pace::Refusal refusal{.started = kStart + milliseconds(999), .pauses = true};
  ASSERT_TRUE(pace.note_throttled(refusal, kStart + seconds(1)));
  const double learnt = pace.present();
  ASSERT_GT(learnt, 100);
  pace.set_configured(learnt * 2);
  EXPECT_DOUBLE_EQ(pace.present(), learnt);
  pace.set_configured(100);
  EXPECT_DOUBLE_EQ(pace.present(), 100);
  EXPECT_TRUE(pace.is_learnt());
}

TEST(ReloadedLimits, APaceThatLearntNothingIsTheConfiguredOne) {
  Pace pace(50);
  pace.set_configured(70);
  EXPECT_DOUBLE_EQ(pace.present(), 70);
  pace.set_configured(0);
  EXPECT_DOUBLE_EQ(pace.present(), 0);
}

TEST(ForgetfulReload, ForgetsSuspectsBoundsRulesAndPace) {
  EndpointState endpoint{EndpointState::Options{}};
  LearntBounds& bounds = endpoint.bounds();
  bounds.filter_names.refused(100, kStart);
  bounds.url_bytes.refused(100, kStart);
  bounds.body_bytes.refused(100, kStart);
  for (RulePause& rule : bounds.pauses) rule.note_failed(kStart);
  for (std::atomic<bool>& forbidden : bounds.forbidden) forbidden = true;
  for (int i = 0; i < 1000; ++i) endpoint.note_success(kStart + i * milliseconds(1));
  const Instant now = kStart + seconds(1);
  endpoint.note_throttled({.started = now - milliseconds(1), .pauses = true}, now);
  fail(endpoint, {}, kStart);
  answer(endpoint, kStart + milliseconds(500));
  fail(endpoint, {}, now);
  ASSERT_EQ(endpoint.trouble().suspects(), 1);
  ASSERT_TRUE(endpoint.pace().is_learnt());

  endpoint.forget(now);
  EXPECT_EQ(endpoint.trouble().suspects(), 0);
  EXPECT_FALSE(endpoint.pace().is_learnt());
  EXPECT_FALSE(bounds.filter_names.is_learnt());
  EXPECT_FALSE(bounds.url_bytes.is_learnt());
  EXPECT_FALSE(bounds.body_bytes.is_learnt());
  for (const CoalescingRule rule :
       {CoalescingRule::kFanOut, CoalescingRule::kBulkMembership, CoalescingRule::kMerge}) {
    EXPECT_FALSE(bounds.is_off(rule, now));
  }
}

TEST(ForgetfulReload, EndsAHoldButNoPause) {
  EndpointState endpoint{EndpointState::Options{}};
  pause(endpoint, seconds(5), kStart);
  for (int i = 0; i < 2; ++i) fail(endpoint, kNoWay, kStart);
  endpoint.forget(kStart + seconds(1));
  EXPECT_EQ(endpoint.trouble().hold_reason(), HoldReason::kNone);
  EXPECT_EQ(endpoint.earliest(), kStart + seconds(5));
}

}  // namespace
}  // namespace awps
