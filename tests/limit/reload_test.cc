// Other limits while traffic goes on.

#include <gtest/gtest.h>

#include "limit/endpoint_state.h"

namespace awps {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Instant kStart{seconds(1000)};

TEST(ReloadedLimits, HoldFromNowOn) {
  EndpointState endpoint({.requests_per_second = 10, .burst = milliseconds(1)});
  ASSERT_TRUE(endpoint.take_permit(kStart));
  EXPECT_FALSE(endpoint.take_permit(kStart + milliseconds(50)));
  endpoint.set_limits({.requests_per_second = 1000, .burst = milliseconds(1)});
  EXPECT_TRUE(endpoint.take_permit(kStart + milliseconds(100)));
  EXPECT_TRUE(endpoint.take_permit(kStart + milliseconds(101)));
  endpoint.set_limits({});
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(endpoint.take_permit(kStart + milliseconds(102)));
}

TEST(ReloadedLimits, ALongerPauseIsBelieved) {
  EndpointState endpoint({.retry_after_max = seconds(1)});
  endpoint.set_limits({.retry_after_max = seconds(50)});
  endpoint.pause(seconds(40), kStart);
  EXPECT_EQ(endpoint.blocked_until(), kStart + seconds(40));
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

}  // namespace
}  // namespace awps
