#include "limit/rule_pause.h"

#include <gtest/gtest.h>

#include <thread>

namespace awps {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr Instant kStart{seconds(1000)};

TEST(RulePause, AFailureTurnsTheRuleOffForAMinute) {
  RulePause rule;
  EXPECT_FALSE(rule.is_off(kStart));
  EXPECT_TRUE(rule.note_failed(kStart));
  EXPECT_TRUE(rule.is_off(kStart + seconds(59)));
  EXPECT_FALSE(rule.is_off(kStart + seconds(60)));
}

TEST(RulePause, WhatWasUnderWayWhenItWentOffChangesNothing) {
  RulePause rule;
  rule.note_failed(kStart);
  EXPECT_FALSE(rule.note_failed(kStart + seconds(5)));
  rule.note_success(kStart + seconds(5));
  EXPECT_EQ(rule.off_until(), kStart + minutes(1));
  rule.note_failed(kStart + minutes(1));
  EXPECT_EQ(rule.off_until(), kStart + minutes(3)) << "the success was of a request from before";
}

TEST(RulePause, EachFailureAfterItCameBackDoublesIt) {
  RulePause rule;
  Instant now = kStart;
  for (const int wait : {1, 2, 4, 8, 16, 30, 30}) {
    EXPECT_TRUE(rule.note_failed(now));
    EXPECT_EQ(rule.off_until(), now + minutes(wait));
    now = rule.off_until();
  }
}

TEST(RulePause, ASuccessAfterItCameBackEndsTheDoubling) {
  RulePause rule;
  rule.note_failed(kStart);
  rule.note_failed(kStart + minutes(1));
  rule.note_success(kStart + minutes(3));
  EXPECT_FALSE(rule.is_off(kStart + minutes(3)));
  rule.note_failed(kStart + minutes(4));
  EXPECT_EQ(rule.off_until(), kStart + minutes(5));
}

TEST(RulePause, AReloadTurnsItOnAgain) {
  RulePause rule;
  rule.note_failed(kStart);
  rule.note_failed(kStart + minutes(1));
  rule.forget();
  EXPECT_FALSE(rule.is_off(kStart + minutes(1)));
  rule.note_failed(kStart + minutes(1));
  EXPECT_EQ(rule.off_until(), kStart + minutes(2));
}

TEST(RulePause, SaysWhyAndUntilWhen) {
  RulePause rule;
  EXPECT_EQ(rule.reason(kStart), "");
  rule.note_failed(kStart);
  EXPECT_EQ(rule.reason(kStart + seconds(20)),
            "off: such requests fail while single ones succeed; tried again in 40 s");
  EXPECT_EQ(rule.reason(kStart + minutes(1)), "");
}

// For TSan: the workers of several hubs report at once.
TEST(RulePause, OfFailuresAtOnceOneCounts) {
  RulePause rule;
  {
    const std::jthread other([&] {
      for (int i = 0; i < 1000; ++i) (void)rule.note_failed(kStart);
    });
    for (int i = 0; i < 1000; ++i) (void)rule.note_failed(kStart);
  }
  EXPECT_EQ(rule.off_until(), kStart + minutes(1));
}

}  // namespace
}  // namespace awps
