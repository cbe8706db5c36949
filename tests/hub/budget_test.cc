// The retry budget of a hub: what may not go yet waits in line for it.

#include <gtest/gtest.h>

#include <array>

#include "tests/hub/retry_harness.h"

namespace awps {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

class BudgetTest : public RetryTest {
 protected:
  /// So many users fail while a broadcast is answered after each: it speaks of them.
  void fail_while_others_are_answered(size_t count) {
    const Answers answer = [](const Action& action) {
      return action.kind == kSendToUser ? failed(500) : done();
    };
    for (size_t i = 0; i < count; ++i) {
      accept_users(1);
      run_to(now_ + Duration(1000), answer);
      accept({{.kind = kSendToAll}});
      run_to(now_ + milliseconds(1), answer);
    }
  }
};

TEST_F(BudgetTest, ARetryWithoutItWaitsAndGoesLater) {
  make({.retry = {.base = seconds(1), .budget = 0}});
  fail_while_others_are_answered(100);
  ASSERT_EQ(ledger().in(EntryState::kDeferred), 100U);
  starts_.clear();
  run(kStart + minutes(1), [](const Action&) { return done(); });
  EXPECT_EQ(ledger().with(OutcomeKind::kDelivered), 200U);
  std::array<int, 60> of_second{};
  for (const Started& start : starts_) {
    ++of_second[static_cast<size_t>(to_seconds(start.at - kStart))];
  }
  EXPECT_LE(*std::ranges::max_element(of_second), 10) << "always 10 a second, and no more";
  EXPECT_LE(now_, kStart + seconds(12));
}

TEST_F(BudgetTest, TenThousandInLineNeedNoTimersOfTheirOwn) {
  static constexpr size_t kInLine = 10'000;
  make({.retry = {.base = milliseconds(1), .max = milliseconds(1), .budget = 0}});
  fail_while_others_are_answered(kInLine);
  const Answers well = [](const Action&) { return done(); };
  run_to(now_ + seconds(2), well);
  const uint64_t left = ledger().in(EntryState::kDeferred);
  ASSERT_GT(left, kInLine - 300) << "10 a second went";
  turns_ = 0;
  run_to(now_ + seconds(100), well);
  EXPECT_NEAR(static_cast<double>(left - ledger().in(EntryState::kDeferred)), 1000, 10);
  EXPECT_LE(turns_, 2200U) << "10 looks and 10 tries a second";
}

TEST_F(BudgetTest, IsServedInLine) {
  make({.retry = {.base = milliseconds(1), .max = milliseconds(1), .budget = 0}});
  fail_while_others_are_answered(100);
  run_to(now_ + milliseconds(10), [](const Action&) { return done(); });
  starts_.clear();
  run(kStart + minutes(1), [](const Action&) { return done(); });
  std::vector<uint64_t> seqs;
  for (const Started& start : starts_) {
    if (start.attempt == 2) seqs.push_back(start.seq);
  }
  EXPECT_GE(seqs.size(), 80U) << "but for some that had their second try already";
  EXPECT_TRUE(std::ranges::is_sorted(seqs)) << testing::PrintToString(seqs);
}

// Each second ten that failed just now become due before the line is looked at again.
TEST_F(BudgetTest, WhoComesLaterDoesNotOvertakeTheLine) {
  make({.retry = {.base = milliseconds(1), .max = milliseconds(1), .budget = 0}});
  now_ = kStart + milliseconds(50);
  fail_while_others_are_answered(30);
  const uint64_t last_in_line = seq_;
  for (int second = 1; second <= 10; ++second) {
    run_to(kStart + seconds(second), [](const Action&) { return done(); });
    fail_while_others_are_answered(10);
  }
  run_to(kStart + seconds(11), [](const Action&) { return done(); });
  size_t served = 0;
  for (const Started& start : starts_) {
    const bool is_retry = start.attempt == 2 && start.kind == kSendToUser;
    if (is_retry && start.seq <= last_in_line) ++served;
  }
  EXPECT_EQ(served, 30U) << "ten a second";
}

// What failed because of an outage is charged to nobody.
TEST_F(BudgetTest, IsNotForWhatAHoldReleases) {
  make({.max_in_flight = 100, .retry = {.base = minutes(1), .max = minutes(1), .budget = 0}});
  accept_users(100);
  run_to(kStart + milliseconds(999), [](const Action&) { return refused_connection(); });
  starts_.clear();
  run(kStart + minutes(1), [](const Action&) { return done(); });
  EXPECT_EQ(ledger().with(OutcomeKind::kDelivered), 100U);
  EXPECT_LE(now_, kStart + seconds(3));
}

}  // namespace
}  // namespace awps
