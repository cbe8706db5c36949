#include "limit/learnt_bound.h"

#include <gtest/gtest.h>

namespace awps {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Instant kStart{seconds(1000)};
// What was taken before no longer says anything of the bound.
constexpr Duration kLater = seconds(3);

TEST(LearntBound, UntilARefusalTheConfiguredOneHolds) {
  LearntBound bound;
  bound.taken(100, kStart);
  EXPECT_EQ(bound.limit(100, kStart), 100U);
  EXPECT_FALSE(bound.is_learnt());
  EXPECT_EQ(bound.until(), kNever);
  EXPECT_EQ(bound.reason(kStart), "");
}

TEST(LearntBound, ARefusalHalvesWhatWasUsed) {
  LearntBound bound;
  bound.refused(80, kStart);
  EXPECT_EQ(bound.limit(100, kStart), 40U);
  EXPECT_EQ(bound.limit(30, kStart), 30U);
  bound.refused(40, kStart);
  EXPECT_EQ(bound.limit(100, kStart), 20U);
}

TEST(LearntBound, RefusalsThatWereUnderWayTogetherCountOnce) {
  LearntBound bound;
  for (int i = 0; i < 20; ++i) bound.refused(80, kStart + milliseconds(i));
  EXPECT_EQ(bound.limit(100, kStart + seconds(1)), 40U);
}

TEST(LearntBound, NeverBelowOne) {
  LearntBound bound;
  for (int i = 0; i < 5; ++i) bound.refused(1, kStart);
  EXPECT_EQ(bound.limit(100, kStart), 1U);
}

TEST(LearntBound, ClimbsSlowlyWhileItIsUsed) {
  LearntBound bound;
  bound.refused(100, kStart);
  int successes = 0;
  while (bound.limit(99, kStart) < 99) {
    bound.taken(bound.limit(99, kStart), kStart);
    ASSERT_LT(++successes, 1000);
  }
  EXPECT_GT(successes, 30);
}

TEST(LearntBound, WhatIsFarBelowItTeachesNothing) {
  LearntBound bound;
  bound.refused(100, kStart);
  for (int i = 0; i < 100; ++i) bound.taken(10, kStart);
  EXPECT_EQ(bound.limit(100, kStart), 50U);
}

TEST(LearntBound, TheFullSizeIsTriedAgainAfterAMinuteAndThenMoreSeldom) {
  LearntBound bound;
  Instant now = kStart;
  for (const int wait : {1, 2, 4, 8, 16, 30, 30}) {
    for (int i = 0; i < 10; ++i) bound.refused(100, now + milliseconds(i));
    EXPECT_EQ(bound.until(), now + minutes(wait));
    EXPECT_EQ(bound.limit(100, now + minutes(wait) - seconds(1)), 50U);
    now += minutes(wait);
    EXPECT_EQ(bound.limit(100, now), 100U);
  }
}

TEST(LearntBound, ATrialThatIsTakenEndsTheBoundAndItsDoubling) {
  LearntBound bound;
  bound.refused(100, kStart);
  bound.refused(100, kStart + minutes(1));
  bound.taken(100, kStart + minutes(3));
  EXPECT_FALSE(bound.is_learnt());
  bound.refused(100, kStart + minutes(4));
  EXPECT_EQ(bound.until(), kStart + minutes(5));
}

TEST(LearntBound, ALargerSizeThatWasTakenIsTheBound) {
  LearntBound bound;
  bound.refused(20, kStart);
  bound.refused(200, kStart + minutes(1));  // the trial
  bound.taken(15, kStart + minutes(1));
  EXPECT_EQ(bound.limit(200, kStart + minutes(1)), 15U);
}

// One user name whose filter is refused: the half without it is taken.
TEST(LearntBound, ARefusalOfWhatWasTakenALittleBeforeTeachesNothing) {
  LearntBound bound;
  bound.taken(100, kStart);
  bound.refused(100, kStart + milliseconds(50));
  for (const uint64_t half : {50U, 25U, 12U, 6U, 3U, 2U})
    bound.refused(half, kStart + milliseconds(60));
  EXPECT_FALSE(bound.is_learnt());
  bound.refused(100, kStart + kLater);
  EXPECT_EQ(bound.limit(100, kStart + kLater), 50U) << "nothing was taken of late";
}

TEST(LearntBound, AReloadForgetsIt) {
  LearntBound bound;
  bound.refused(100, kStart);
  bound.refused(100, kStart + minutes(1));
  bound.forget();
  EXPECT_EQ(bound.limit(100, kStart + minutes(1)), 100U);
  bound.refused(100, kStart + minutes(1));
  EXPECT_EQ(bound.until(), kStart + minutes(2)) << "the first wait again";
}

TEST(LearntBound, AReloadForgetsWhatWasTaken) {
  LearntBound bound;
  bound.taken(100, kStart);
  bound.forget();
  bound.refused(100, kStart + milliseconds(50));
  EXPECT_EQ(bound.limit(100, kStart + milliseconds(50)), 50U);
}

TEST(LearntBound, SaysItsValueWhyAndUntilWhen) {
  LearntBound bound;
  bound.refused(100, kStart);
  EXPECT_EQ(bound.reason(kStart + seconds(18)),
            "at most 50: the service refused 100; the full size is tried again in 42 s");
  EXPECT_EQ(bound.reason(kStart + minutes(1)),
            "the service refused 100; the full size is being tried again");
  bound.refused(100, kStart + minutes(1));
  bound.refused(100, kStart + minutes(3));
  EXPECT_NE(bound.reason(kStart + minutes(3)).find("in 4 min"), std::string::npos);
}

}  // namespace
}  // namespace awps
