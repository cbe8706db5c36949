// A pace of which a part is this daemon's: what becomes of what 429 taught.

#include <gtest/gtest.h>

#include "limit/pace.h"

namespace awps {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Instant kStart{seconds(1000)};

bool throttle(Pace& pace, Instant now) {
  return pace.note_throttled({.started = now - milliseconds(10), .pauses = true}, now);
}

TEST(PaceOfAPart, APartOfTheConfiguredOneHolds) {
  Pace pace(1000);
  pace.set_part(0.375, kStart);
  EXPECT_EQ(pace.present(), 375);
  EXPECT_EQ(pace.limit(), 375);
  EXPECT_EQ(pace.configured(), 1000);
  pace.set_configured(200);
  EXPECT_EQ(pace.present(), 75);
  pace.set_configured(0);
  EXPECT_EQ(pace.present(), 0) << "a part of no limit is none";
}

// 200 a second are answered well, and then one is refused.
Instant teach(Pace& pace) {
  for (int i = 0; i < 200; ++i) pace.note_success(kStart + i * milliseconds(5));
  const Instant now = kStart + seconds(1);
  EXPECT_TRUE(throttle(pace, now));
  return now;
}

TEST(PaceOfAPart, WhatA429TaughtChangesInProportionToThePart) {
  Pace pace(1000);
  pace.set_part(0.5, kStart - seconds(1));
  const Instant now = teach(pace);
  const double learnt = pace.present();
  EXPECT_NEAR(learnt, 180, 5);
  pace.set_part(0.01, now);
  EXPECT_NEAR(pace.present(), learnt / 50, 1e-6);
  pace.set_part(1, now);
  EXPECT_NEAR(pace.present(), learnt * 2, 1e-6) << "nothing is lost at the least part";
  pace.set_part(0.5, now);
  EXPECT_NEAR(pace.present(), learnt, 1e-6);
  EXPECT_TRUE(pace.is_learnt());
}

TEST(PaceOfAPart, WithoutAConfiguredOneThePartChangesNothing) {
  Pace pace(0);
  const Instant now = teach(pace);
  const double learnt = pace.present();
  pace.set_part(0.01, now);
  EXPECT_EQ(pace.present(), learnt);
}

// The way back from a 429 is a curve whose length depends on its ceiling.
TEST(PaceOfAPart, ADaemonGoesOnAlongItsCurveAfterAChangeOfThePart) {
  Pace pace(1000);
  Instant now = kStart;
  for (int i = 0; i < 1200; ++i) pace.note_success(now += milliseconds(5));
  ASSERT_TRUE(throttle(pace, now));
  for (int i = 0; i < 400; ++i) {
    pace.note_success(now += milliseconds(5));
    pace.advance(now);
  }
  const double before = pace.present();
  pace.set_part(0.125, now);
  EXPECT_NEAR(pace.present(), before / 8, 1e-6);
  pace.set_part(1, now);
  EXPECT_NEAR(pace.present(), before, 1e-3);
}

TEST(PaceOfAPart, A429ForARequestBeforeTheChangeOfThePartTeachesNothing) {
  Pace pace(1000);
  for (int i = 0; i < 400; ++i) pace.note_success(kStart + i * milliseconds(5));
  const Instant now = kStart + seconds(2);
  pace.set_part(0.5, now);
  EXPECT_FALSE(pace.note_throttled({.started = now, .pauses = true}, now + milliseconds(20)));
  EXPECT_EQ(pace.present(), 500);
}

// At the least part it took 10 a second. That is no sign of what the service takes.
TEST(PaceOfAPart, TheRateBeforeTheChangeOfThePartIsNoEvidence) {
  Pace pace(1000);
  pace.set_part(0.01, kStart);
  Instant now = kStart;
  for (int i = 0; i < 20; ++i) pace.note_success(now += milliseconds(100));
  pace.set_part(0.5, now);
  for (int i = 0; i < 300; ++i) pace.note_success(now += milliseconds(2));
  ASSERT_TRUE(throttle(pace, now));
  EXPECT_NEAR(pace.present(), 450, 15);
}

}  // namespace
}  // namespace awps
