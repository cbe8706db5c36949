#include "retry/retry_budget.h"

#include <gtest/gtest.h>

namespace awps {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Instant kStart{seconds(1000)};

int taken(RetryBudget& budget, Instant now, int asked) {
  int count = 0;
  for (int i = 0; i < asked; ++i) count += budget.take(now) ? 1 : 0;
  return count;
}

TEST(RetryBudget, TenASecondAreAlwaysAllowed) {
  RetryBudget budget(0.2);
  for (int second = 0; second < 30; ++second) {
    EXPECT_EQ(taken(budget, kStart + seconds(second), 50), 10);
  }
}

TEST(RetryBudget, AFractionOfTheRequestsOfTenSeconds) {
  RetryBudget budget(0.2);
  for (int i = 0; i < 10'000; ++i) budget.note_request(kStart + milliseconds(i));
  const Instant now = kStart + seconds(9);
  EXPECT_EQ(taken(budget, now, 5000), 2000);
}

TEST(RetryBudget, WhatIsOlderIsForgotten) {
  RetryBudget budget(0.2);
  for (int i = 0; i < 10'000; ++i) budget.note_request(kStart);
  EXPECT_EQ(taken(budget, kStart + seconds(10), 5000), 10);
}

TEST(RetryBudget, RetriesThatWereAllowedCount) {
  RetryBudget budget(0.5);
  for (int i = 0; i < 1000; ++i) budget.note_request(kStart);
  EXPECT_EQ(taken(budget, kStart, 300), 300);
  EXPECT_EQ(taken(budget, kStart + seconds(1), 500), 200);
  EXPECT_EQ(taken(budget, kStart + seconds(2), 500), 10);
}

}  // namespace
}  // namespace awps
