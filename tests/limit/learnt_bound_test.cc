#include "limit/learnt_bound.h"

#include <gtest/gtest.h>

namespace awps {
namespace {

TEST(LearntBound, UntilARefusalTheConfiguredOneHolds) {
  LearntBound bound;
  bound.taken(100);
  EXPECT_EQ(bound.limit(100), 100U);
  EXPECT_FALSE(bound.is_learnt());
}

TEST(LearntBound, ARefusalHalvesWhatWasUsed) {
  LearntBound bound;
  bound.refused(80);
  EXPECT_EQ(bound.limit(100), 40U);
  EXPECT_EQ(bound.limit(30), 30U);
  bound.refused(40);
  EXPECT_EQ(bound.limit(100), 20U);
}

TEST(LearntBound, NeverBelowOne) {
  LearntBound bound;
  for (int i = 0; i < 5; ++i) bound.refused(1);
  EXPECT_EQ(bound.limit(100), 1U);
}

TEST(LearntBound, ClimbsSlowlyWhileItIsUsed) {
  LearntBound bound;
  bound.refused(100);
  int successes = 0;
  while (bound.limit(100) < 100) {
    bound.taken(bound.limit(100));
    ASSERT_LT(++successes, 1000);
  }
  EXPECT_GT(successes, 30);
}

TEST(LearntBound, WhatIsFarBelowItTeachesNothing) {
  LearntBound bound;
  bound.refused(100);
  for (int i = 0; i < 100; ++i) bound.taken(10);
  EXPECT_EQ(bound.limit(100), 50U);
}

}  // namespace
}  // namespace awps
