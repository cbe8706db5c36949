#include "limit/endpoint_state.h"

#include <gtest/gtest.h>

namespace awps {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Instant kStart{seconds(100)};
constexpr Attempt kAttempt{.target = 7, .started = kStart};

void pause(EndpointState& endpoint, Duration length, Instant now) {
  endpoint.trouble().begin(kAttempt);
  const Failure failure{.kind = FailureKind::kThrottled, .pause = length};
  (void)endpoint.trouble().failed(kAttempt, failure, now);
}

void hold(EndpointState& endpoint, Instant now) {
  for (int i = 0; i < 2; ++i) {
    endpoint.trouble().begin(kAttempt);
    (void)endpoint.trouble().failed(kAttempt, {.kind = FailureKind::kWay}, now);
  }
}

TEST(EndpointState, LetsEverybodyGoWhileAllIsWell) {
  EndpointState endpoint{EndpointState::Options{}};
  for (int i = 0; i < 100; ++i) EXPECT_EQ(endpoint.admit(kStart), Passage::kGo);
}

TEST(EndpointState, SaysWhenAPauseIsOver) {
  EndpointState endpoint{EndpointState::Options{}};
  pause(endpoint, seconds(5), kStart);
  EXPECT_EQ(endpoint.admit(kStart + seconds(4)), Passage::kWait);
  EXPECT_EQ(endpoint.earliest(), kStart + seconds(5));
  EXPECT_EQ(endpoint.admit(kStart + seconds(5)), Passage::kProbe);
}

TEST(EndpointState, SaysWhenTheNextProbeOfAHoldMayGo) {
  EndpointState endpoint{EndpointState::Options{}};
  hold(endpoint, kStart);
  ASSERT_EQ(endpoint.admit(kStart), Passage::kProbe);
  EXPECT_EQ(endpoint.earliest(), kStart + seconds(1)) << "it may be in a black hole";
  endpoint.trouble().probe_not_sent();
  EXPECT_EQ(endpoint.earliest(), kStart + milliseconds(100));
}

TEST(EndpointState, APauseIsBoundedByTheConfiguration) {
  EndpointState endpoint({.retry_after_max = seconds(20)});
  pause(endpoint, seconds(3600), kStart);
  EXPECT_EQ(endpoint.earliest(), kStart + seconds(20));
}

TEST(EndpointState, BothPacesMustAgree) {
  EndpointState endpoint({.requests_per_second = 1000, .bytes_per_second = 100, .burst = {}});
  EXPECT_TRUE(endpoint.take_permit(kStart));
  endpoint.charge_bytes(100, kStart);
  EXPECT_FALSE(endpoint.take_permit(kStart + milliseconds(500)));
  EXPECT_EQ(endpoint.earliest(), kStart + seconds(1));
  EXPECT_TRUE(endpoint.take_permit(kStart + seconds(1)));
}

TEST(EndpointState, APermitThatWasGivenBackIsThereAgain) {
  EndpointState endpoint({.requests_per_second = 1, .burst = {}});
  EXPECT_TRUE(endpoint.take_permit(kStart));
  EXPECT_FALSE(endpoint.take_permit(kStart));
  endpoint.give_back_permit();
  EXPECT_TRUE(endpoint.take_permit(kStart));
}

TEST(EndpointState, ARefusalThatLowersThePaceLeavesNoBurst) {
  EndpointState endpoint{EndpointState::Options{}};
  for (int i = 0; i < 1000; ++i) endpoint.note_success(kStart + i * milliseconds(1));
  const Instant now = kStart + seconds(1);
  EXPECT_GT(endpoint.available(now), 1000);
  endpoint.note_throttled({.started = now - milliseconds(1), .pauses = true}, now);
  EXPECT_TRUE(endpoint.pace().is_learnt());
  EXPECT_LE(endpoint.available(now), 1);
}

TEST(EndpointState, ForgetsThePaceAlone) {
  EndpointState endpoint{EndpointState::Options{}};
  for (int i = 0; i < 1000; ++i) endpoint.note_success(kStart + i * milliseconds(1));
  const Instant now = kStart + seconds(1);
  endpoint.note_throttled({.started = now - milliseconds(1), .pauses = true}, now);
  endpoint.bounds().filter_names.refused(100, now);
  endpoint.forget_pace();
  EXPECT_FALSE(endpoint.pace().is_learnt());
  EXPECT_GT(endpoint.available(now), 1000);
  EXPECT_TRUE(endpoint.bounds().filter_names.is_learnt());
}

TEST(LearntBounds, ARuleIsOffWhileItPausesOrIsForbidden) {
  LearntBounds bounds;
  EXPECT_FALSE(bounds.is_off(CoalescingRule::kFanOut, kStart));
  bounds.pauses[static_cast<size_t>(CoalescingRule::kFanOut)].note_failed(kStart);
  bounds.forbidden[static_cast<size_t>(CoalescingRule::kMerge)] = true;
  EXPECT_TRUE(bounds.is_off(CoalescingRule::kFanOut, kStart));
  EXPECT_TRUE(bounds.is_off(CoalescingRule::kMerge, kStart));
  EXPECT_FALSE(bounds.is_off(CoalescingRule::kBulkMembership, kStart));
  EXPECT_FALSE(bounds.is_off(CoalescingRule::kFanOut, kStart + seconds(60)));
}

}  // namespace
}  // namespace awps
