#include "limit/endpoint_state.h"

#include <gtest/gtest.h>

namespace awps {
namespace {

using Admission = EndpointState::Admission;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Instant kStart{seconds(100)};

TEST(EndpointState, LetsEveryoneGoWhileAllIsWell) {
  EndpointState endpoint{EndpointState::Options{}};
  for (int i = 0; i < 100; ++i) EXPECT_EQ(endpoint.admit(kStart), Admission::kGo);
}

TEST(EndpointState, NobodyGoesWithinAPauseThenOneProbe) {
  EndpointState endpoint{EndpointState::Options{}};
  endpoint.pause(seconds(5), kStart);
  EXPECT_EQ(endpoint.admit(kStart + seconds(5) - Duration(1)), Admission::kWait);
  EXPECT_EQ(endpoint.earliest(kStart), kStart + seconds(5));
  const Instant over = kStart + seconds(5);
  EXPECT_EQ(endpoint.admit(over), Admission::kProbe);
  EXPECT_EQ(endpoint.admit(over), Admission::kWait);
  endpoint.probe_ended(true, over);
  EXPECT_EQ(endpoint.admit(over), Admission::kGo);
}

TEST(EndpointState, APauseIsBoundedAndNeverShortened) {
  EndpointState endpoint({.retry_after_max = seconds(60)});
  endpoint.pause(seconds(3600), kStart);
  endpoint.pause(seconds(1), kStart);
  EXPECT_EQ(endpoint.blocked_until(), kStart + seconds(60));
}

TEST(EndpointState, APauseWithinAPauseOutlastsTheFirstProbe) {
  EndpointState endpoint{EndpointState::Options{}};
  endpoint.pause(seconds(1), kStart);
  const Instant over = kStart + seconds(1);
  ASSERT_EQ(endpoint.admit(over), Admission::kProbe);
  endpoint.pause(seconds(2), over);  // the probe's own answer, a 429
  endpoint.probe_ended(true, over);
  EXPECT_EQ(endpoint.admit(over + seconds(1)), Admission::kWait);
  EXPECT_EQ(endpoint.admit(over + seconds(2)), Admission::kProbe);
}

TEST(EndpointState, AHoldDoublesWhileProbesFail) {
  EndpointState endpoint{EndpointState::Options{}};
  Instant now = kStart;
  endpoint.hold(HoldReason::kCredential, now);
  for (const int expected : {1, 2, 4, 8, 16, 30, 30}) {
    EXPECT_EQ(endpoint.blocked_until() - now, seconds(expected));
    now = endpoint.blocked_until();
    ASSERT_EQ(endpoint.admit(now), Admission::kProbe);
    endpoint.probe_ended(false, now);
  }
  EXPECT_EQ(endpoint.hold_reason(), HoldReason::kCredential);
}

TEST(EndpointState, ManyAnswersOfOneDoubtHoldOnce) {
  EndpointState endpoint{EndpointState::Options{}};
  for (int i = 0; i < 64; ++i) endpoint.hold(HoldReason::kEndpointAtFault, kStart);
  EXPECT_EQ(endpoint.blocked_until(), kStart + seconds(1));
}

TEST(EndpointState, AGoodProbeEndsAHold) {
  EndpointState endpoint{EndpointState::Options{}};
  endpoint.hold(HoldReason::kEndpointAtFault, kStart);
  ASSERT_EQ(endpoint.admit(kStart + seconds(1)), Admission::kProbe);
  endpoint.probe_ended(true, kStart + seconds(1));
  EXPECT_EQ(endpoint.hold_reason(), HoldReason::kNone);
  EXPECT_EQ(endpoint.admit(kStart + seconds(1)), Admission::kGo);
}

TEST(EndpointState, AProbeThatWasNotSentIsOfferedAgain) {
  EndpointState endpoint{EndpointState::Options{}};
  endpoint.hold(HoldReason::kBreaker, kStart);
  const Instant over = kStart + seconds(1);
  ASSERT_EQ(endpoint.admit(over), Admission::kProbe);
  endpoint.probe_not_sent();
  EXPECT_EQ(endpoint.admit(over), Admission::kProbe);
}

TEST(EndpointState, FailuresInARowOpenTheBreakerForASecondEachTime) {
  EndpointState endpoint({.breaker_failures = 3});
  endpoint.note_failure(kStart);
  endpoint.note_failure(kStart);
  EXPECT_EQ(endpoint.hold_reason(), HoldReason::kNone);
  endpoint.note_failure(kStart);
  EXPECT_EQ(endpoint.hold_reason(), HoldReason::kBreaker);
  Instant now = kStart;
  for (int i = 0; i < 5; ++i) {
    now += seconds(1);
    ASSERT_EQ(endpoint.admit(now), Admission::kProbe);
    endpoint.probe_ended(false, now);
    EXPECT_EQ(endpoint.blocked_until(), now + seconds(1));
  }
}

TEST(EndpointState, ASuccessInBetweenKeepsTheBreakerClosed) {
  EndpointState endpoint({.breaker_failures = 2});
  for (int i = 0; i < 10; ++i) {
    endpoint.note_failure(kStart);
    endpoint.note_success(kStart);
  }
  EXPECT_EQ(endpoint.hold_reason(), HoldReason::kNone);
}

TEST(EndpointState, BothPacesMustAgree) {
  EndpointState endpoint({.requests_per_second = 1000, .bytes_per_second = 100, .burst = {}});
  EXPECT_TRUE(endpoint.take_permit(kStart));
  endpoint.charge_bytes(100, kStart);
  EXPECT_FALSE(endpoint.take_permit(kStart + milliseconds(500)));
  EXPECT_EQ(endpoint.earliest(kStart + milliseconds(500)), kStart + seconds(1));
  EXPECT_TRUE(endpoint.take_permit(kStart + seconds(1)));
}

TEST(EndpointState, RemembersTheLastSuccess) {
  EndpointState endpoint{EndpointState::Options{}};
  endpoint.note_success(kStart + seconds(2));
  endpoint.note_success(kStart + seconds(1));
  EXPECT_EQ(endpoint.last_success(), kStart + seconds(2));
}

TEST(EndpointState, KnowsTheLastSuccessBeforeATrouble) {
  EndpointState endpoint{EndpointState::Options{}};
  endpoint.note_success(kStart);
  endpoint.pause(seconds(1), kStart + seconds(1));
  endpoint.note_success(kStart + seconds(2));  // was under way
  endpoint.pause(seconds(1), kStart + seconds(2));
  EXPECT_EQ(endpoint.success_before_trouble(), kStart) << "still the same trouble";
  ASSERT_EQ(endpoint.admit(kStart + seconds(3)), Admission::kProbe);
  endpoint.note_success(kStart + seconds(4));
  endpoint.probe_ended(true, kStart + seconds(4));
  EXPECT_EQ(endpoint.success_before_trouble(), kStart);
  endpoint.hold(HoldReason::kEndpointAtFault, kStart + seconds(5));
  EXPECT_EQ(endpoint.success_before_trouble(), kStart + seconds(4));
}

TEST(EndpointState, AReloadPermitsWhatWasForbiddenToTheIdentity) {
  EndpointState endpoint{EndpointState::Options{}};
  endpoint.bounds().fan_out_forbidden = true;
  endpoint.bounds().bulk_forbidden = true;
  endpoint.permit_all_forms();
  EXPECT_FALSE(endpoint.bounds().fan_out_forbidden);
  EXPECT_FALSE(endpoint.bounds().bulk_forbidden);
}

}  // namespace
}  // namespace awps
