#include "limit/suspects.h"

#include <gtest/gtest.h>

#include <string>

namespace awps {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr Instant kStart{seconds(1000)};

/// It fails at `now`, after an attempt of a second; somebody else was answered half a second ago.
bool fails(Suspects& suspects, uint64_t target, Instant now, std::string_view name = "") {
  const Suspects::Failure failure{.target = target,
                                  .started = now - seconds(1),
                                  .last_success = now - seconds(1) / 2,
                                  .name = name,
                                  .words = "500"};
  return suspects.note_failure(failure, now);
}

bool is_throttled(Suspects& suspects, const Suspects::Answers& answers, bool follows = false) {
  return suspects.note_throttled({.target = 7}, answers, follows, kStart);
}

TEST(Suspects, TheSecondFailureMakesOneIfOthersWereAnsweredBetween) {
  Suspects suspects;
  EXPECT_FALSE(fails(suspects, 7, kStart));
  EXPECT_FALSE(suspects.is_suspect(7));
  EXPECT_TRUE(fails(suspects, 7, kStart + seconds(2)));
  EXPECT_EQ(suspects.since(7), kStart + seconds(2));
  EXPECT_EQ(suspects.count(), 1);
}

TEST(Suspects, WithoutAnAnswerBetweenItIsNone) {
  Suspects suspects;
  suspects.note_failure({.target = 7, .last_success = kStart}, kStart + seconds(1));
  EXPECT_FALSE(suspects.note_failure(
      {.target = 7, .started = kStart + seconds(2), .last_success = kStart}, kStart + seconds(3)));
}

TEST(Suspects, AttemptsThatWereUnderWayTogetherAreOneFailure) {
  Suspects suspects;
  fails(suspects, 7, kStart);
  EXPECT_FALSE(suspects.note_failure(
      {.target = 7, .started = kStart - seconds(1), .last_success = kStart + seconds(1)},
      kStart + seconds(2)));
}

TEST(Suspects, OneSinceIsSuchUntilItIsAnswered) {
  Suspects suspects;
  fails(suspects, 7, kStart);
  fails(suspects, 7, kStart + seconds(2));
  EXPECT_TRUE(suspects.note_failure({.target = 7}, kStart + seconds(4))) << "nobody was answered";
  suspects.note_success(7);
  EXPECT_EQ(suspects.since(7), kNever);
  EXPECT_EQ(suspects.count(), 0);
  EXPECT_TRUE(suspects.empty());
}

TEST(Suspects, ThreeRefusalsWithTwentyOthersBetweenMakeOne) {
  Suspects suspects;
  EXPECT_FALSE(is_throttled(suspects, {.good = 0, .throttled = 0}));
  EXPECT_FALSE(is_throttled(suspects, {.good = 20, .throttled = 1}));
  EXPECT_TRUE(is_throttled(suspects, {.good = 40, .throttled = 2}));
}

TEST(Suspects, ARefusalThatComesTooEarlySaysNothing) {
  Suspects suspects;
  EXPECT_FALSE(is_throttled(suspects, {.good = 0, .throttled = 0}));
  EXPECT_FALSE(is_throttled(suspects, {.good = 10, .throttled = 1}));
  EXPECT_FALSE(is_throttled(suspects, {.good = 20, .throttled = 2})) << "the second that counts";
  EXPECT_TRUE(is_throttled(suspects, {.good = 40, .throttled = 3}));
}

TEST(Suspects, OneAmongManyRefusalsStartsTheCountAfresh) {
  Suspects suspects;
  EXPECT_FALSE(is_throttled(suspects, {.good = 0, .throttled = 0}));
  EXPECT_FALSE(is_throttled(suspects, {.good = 20, .throttled = 1}));
  EXPECT_FALSE(is_throttled(suspects, {.good = 38, .throttled = 4})) << "two of twenty others";
  EXPECT_FALSE(is_throttled(suspects, {.good = 58, .throttled = 5}));
  EXPECT_TRUE(is_throttled(suspects, {.good = 78, .throttled = 6}));
}

TEST(Suspects, WhereThrottlingFollowsTheTargetTheSecondIsEnough) {
  Suspects suspects;
  EXPECT_FALSE(is_throttled(suspects, {}, /*follows=*/true));
  EXPECT_TRUE(suspects.was_throttled(7));
  EXPECT_TRUE(is_throttled(suspects, {}, /*follows=*/true));
}

TEST(Suspects, AnotherFailureEndsARowOfRefusals) {
  Suspects suspects;
  is_throttled(suspects, {.good = 0, .throttled = 0});
  is_throttled(suspects, {.good = 20, .throttled = 1});
  suspects.note_failure({.target = 7}, kStart);
  EXPECT_FALSE(suspects.was_throttled(7));
  EXPECT_FALSE(is_throttled(suspects, {.good = 40, .throttled = 2}));
}

TEST(Suspects, AHundredThousandThatFailedOnceAreForgotten) {
  constexpr uint64_t kMany = 100'000;
  Suspects suspects;
  for (uint64_t target = 0; target < kMany; ++target) fails(suspects, target, kStart);
  const Instant later = kStart + minutes(5);
  for (uint64_t target = kMany; target < 2 * kMany; ++target) fails(suspects, target, later);
  size_t remembered = 0;
  for (uint64_t target = 0; target < kMany; ++target) {
    remembered += fails(suspects, target, later + seconds(2)) ? 1 : 0;
  }
  EXPECT_EQ(remembered, 0);
}

TEST(Suspects, WhatFailsStillIsNotForgotten) {
  Suspects suspects;
  fails(suspects, 7, kStart);
  fails(suspects, 7, kStart + seconds(2));
  for (uint64_t target = 100; target < 5000; ++target) {
    fails(suspects, target, kStart + minutes(4));
  }
  EXPECT_TRUE(suspects.is_suspect(7));
}

TEST(Suspects, ForgottenOnesAreNotCounted) {
  Suspects suspects;
  for (uint64_t target = 0; target < 2000; ++target) {
    fails(suspects, target, kStart, "group " + std::to_string(target));
    fails(suspects, target, kStart + seconds(2), "group " + std::to_string(target));
  }
  EXPECT_EQ(suspects.count(), 2000);
  for (uint64_t target = 10'000; target < 20'000; ++target) {
    fails(suspects, target, kStart + minutes(6));
  }
  EXPECT_EQ(suspects.count(), 0);
  EXPECT_TRUE(suspects.named().empty());
}

TEST(Suspects, NamesAreBounded) {
  Suspects suspects;
  const std::string words(10'000, 'x');
  for (uint64_t target = 0; target < 1000; ++target) {
    const std::string name = "group " + std::to_string(target);
    fails(suspects, target, kStart, name);
    const Suspects::Failure failure{.target = target,
                                    .started = kStart + seconds(1),
                                    .last_success = kStart + seconds(1),
                                    .name = name,
                                    .words = words};
    suspects.note_failure(failure, kStart + seconds(2));
  }
  EXPECT_EQ(suspects.count(), 1000);
  ASSERT_EQ(suspects.named().size(), 50);
  EXPECT_EQ(suspects.named()[0].words.size(), 200);
  suspects.forget_all();
  EXPECT_TRUE(suspects.empty());
  EXPECT_TRUE(suspects.named().empty());
}

TEST(Suspects, TheOldestIsNamedFirst) {
  Suspects suspects;
  for (const uint64_t target : {9U, 8U, 7U}) {
    const Instant since = kStart + seconds(100 - 10 * target);
    fails(suspects, target, since - seconds(2), "group " + std::to_string(target));
    fails(suspects, target, since, "group " + std::to_string(target));
  }
  ASSERT_EQ(suspects.named().size(), 3);
  EXPECT_EQ(suspects.named()[0].name, "group 9");
  EXPECT_EQ(suspects.named()[2].name, "group 7");
}

}  // namespace
}  // namespace awps
