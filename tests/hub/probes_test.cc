// Who asks whether the endpoint is back, and when.

#include <gtest/gtest.h>

#include <optional>

#include "tests/hub/retry_harness.h"

namespace awps {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr RetryOptions kLongBackOff{.base = hours(24), .max = hours(24)};

class ProbesTest : public RetryTest {
 protected:
  static AttemptEnd fails(const Action&) { return failed(500); }
  static AttemptEnd answers(const Action&) { return done(); }
};

TEST_F(ProbesTest, AHubWithNothingButParkedWorkAsksEachSecond) {
  make({.retry = kLongBackOff});
  accept({{.kind = kSendToGroup, .group = "g"}, {.kind = kSendToGroup, .group = "g"}});
  accept_users(30);
  health_.reset();
  run_to(kStart + seconds(60), [](const Action&) { return refused_connection(); });
  EXPECT_EQ(ledger().unsettled(), 32U);
  EXPECT_LE(starts_.size(), 32U + 50 + 55) << "once each, 5 s each 100 ms, then each second";
  for (int second = 5; second < 60; ++second) {
    const auto is_in_it = [&](const Started& start) {
      return start.at >= kStart + seconds(second) && start.at < kStart + seconds(second + 1);
    };
    EXPECT_EQ(std::ranges::count_if(starts_, is_in_it), 1) << "in second " << second;
  }
  run(kStart + seconds(62), answers);
  EXPECT_EQ(ledger().with(OutcomeKind::kDelivered), 32U);
}

TEST_F(ProbesTest, AfterAPauseTheOnlyLaneAsksItself) {
  make({.retry = kLongBackOff});
  accept({{.kind = kSendToGroup, .group = "g"}, {.kind = kSendToGroup, .group = "g"}});
  run(kStart + seconds(4),
      [&](const Action&) { return starts_.size() == 1 ? throttled(seconds(2)) : done(); });
  EXPECT_EQ(ledger().with(OutcomeKind::kDelivered), 2U);
  EXPECT_GE(starts_[1].at, kStart + seconds(2));
}

// It might be shown to a client twice.
TEST_F(ProbesTest, ASendThatMayHaveArrivedIsNoneBeforeItsBackOff) {
  RetryOptions patient = kLongBackOff;
  patient.max_age = hours(100);  // two that fail while health is good are charged their time
  make({.retry = patient});
  accept_users(2);
  Instant due = kNever;
  for (Operation* operation : start_all()) {
    complete(*operation, failed(500));
    due = std::min(due, operation->retry.due);
  }
  ASSERT_EQ(trouble().hold_reason(), HoldReason::kFailing);
  ASSERT_GT(due, kStart + minutes(5));
  starts_.clear();
  health_ = true;
  run_to(due - Duration(1), fails);
  EXPECT_TRUE(starts_.empty());
  run_to(due + seconds(1), fails);
  EXPECT_EQ(starts_.size(), 1U) << "now it is one";
}

TEST_F(ProbesTest, ASendThatEverMayHaveArrivedIsNoneEither) {
  make({.retry = kLongBackOff});
  accept_users(2);
  std::vector<Operation*> operations = start_all();
  for (Operation* operation : operations) complete(*operation, failed(500));
  std::ranges::sort(operations, {}, [](const Operation* one) { return one->retry.due; });
  now_ = operations[0]->retry.due;
  ASSERT_EQ(start_all().size(), 1U);
  complete(*operations[0], refused_connection());
  starts_.clear();
  const Instant due = std::min(operations[0]->retry.due, operations[1]->retry.due);
  ASSERT_GT(due, now_ + minutes(5));
  run_to(due - Duration(1), [](const Action&) { return refused_connection(); });
  EXPECT_TRUE(starts_.empty()) << "its second attempt cannot have arrived, but its first may";
}

struct HarmlessRow {
  const char* name;
  ActionKind kind;
  bool is_ambiguous;
};

class HarmlessTest : public ProbesTest, public testing::WithParamInterface<HarmlessRow> {};

TEST_P(HarmlessTest, IsOneBeforeItsBackOffEverMoreSeldom) {
  make({.retry = kLongBackOff});
  accept({{.kind = GetParam().kind, .member = "a", .group = "g"},
          {.kind = GetParam().kind, .member = "b", .group = "g"}});
  const AttemptEnd end = GetParam().is_ambiguous ? failed(500) : at_fault();
  run_to(kStart + minutes(10), [&](const Action&) { return end; });
  std::vector<Instant> of_first;
  for (const Started& start : starts_) {
    if (start.seq == 1) of_first.push_back(start.at);
  }
  ASSERT_GE(of_first.size(), 15U);
  ASSERT_LE(of_first.size(), 26U);
  for (size_t i = 1; i < of_first.size(); ++i) {
    const Duration least = std::min<Duration>(seconds(1) * (1U << (i - 1)), seconds(30));
    EXPECT_GE(of_first[i] - of_first[i - 1], least) << "try " << i;
  }
  EXPECT_EQ(ledger().unsettled(), 2U);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, HarmlessTest,
    testing::Values(HarmlessRow{"idempotent", ActionKind::kAddUserToGroup, true},
                    HarmlessRow{"certainly_not_arrived", ActionKind::kSendToUser, false}),
    [](const auto& row) { return std::string(row.param.name); });

TEST_F(ProbesTest, WhoWasTriedLongestAgoIsTheNext) {
  make({.retry = kLongBackOff});
  for (int i = 0; i < 5; ++i) {
    const std::string user = "u" + std::to_string(i);
    accept({{.kind = kAddUserToGroup, .member = user, .group = "g"}});
  }
  run_to(kStart + seconds(20), fails);
  ASSERT_GE(starts_.size(), 15U);
  for (size_t i = 5; i < 15; ++i) EXPECT_EQ(starts_[i].seq, starts_[i - 5].seq) << i;
}

// ---- health

// Nobody would learn that the service is back: readyz would say that it is away, and whoever goes
// by that would send nothing that could be a probe.
TEST_F(ProbesTest, AHoldForWhichNothingWaitsEndsByGoodHealth) {
  make();
  health_.reset();
  accept({{.kind = kSendToUser, .member = "u", .time_to_live = seconds(10)},
          {.kind = kSendToUser, .member = "v", .time_to_live = seconds(10)}});
  run_to(kStart + seconds(20), [](const Action&) { return refused_connection(); });
  ASSERT_TRUE(pipeline_->idle());
  const uint64_t asked = ledger().health_probes;
  for (int i = 0; i < 10; ++i) {
    EXPECT_TRUE(start_all().empty());
    EXPECT_LE(pipeline_->wake_at(now_), now_ + seconds(1));
    now_ += seconds(1);
  }
  EXPECT_EQ(ledger().health_probes, asked + 10) << "each second";
  EXPECT_EQ(trouble().hold_reason(), HoldReason::kUnreachable);
  health_ = true;
  now_ += seconds(1);
  EXPECT_TRUE(start_all().empty());
  EXPECT_EQ(trouble().hold_reason(), HoldReason::kNone);
  EXPECT_EQ(pipeline_->wake_at(now_), kNever);
}

// Another hub may be about to probe.
TEST_F(ProbesTest, AHoldThatWasProbedJustNowIsLeftToProbes) {
  make();
  health_ = false;
  accept({{.kind = kSendToUser, .member = "u", .time_to_live = seconds(10)},
          {.kind = kSendToUser, .member = "v", .time_to_live = seconds(10)}});
  run_to(kStart + seconds(10), fails);
  now_ += seconds(1);
  health_ = true;
  EXPECT_TRUE(start_all().empty());
  ASSERT_TRUE(pipeline_->idle());
  EXPECT_EQ(trouble().hold_reason(), HoldReason::kFailing);
  now_ += seconds(5);
  EXPECT_TRUE(start_all().empty());
  EXPECT_EQ(trouble().hold_reason(), HoldReason::kNone);
}

TEST_F(ProbesTest, HealthSaysNothingOfAnAddress) {
  make();
  health_ = true;
  accept({{.kind = kSendToUser, .member = "u", .time_to_live = seconds(10)},
          {.kind = kSendToUser, .member = "v", .time_to_live = seconds(10)}});
  run_to(kStart + seconds(10), [](const Action&) { return at_fault(); });
  now_ += seconds(20);
  EXPECT_TRUE(start_all().empty());
  ASSERT_TRUE(pipeline_->idle());
  EXPECT_EQ(pipeline_->wake_at(now_), kNever);
  pipeline_->health_ended(/*reached=*/true, /*good=*/true, now_);  // asked while something waited
  EXPECT_EQ(trouble().hold_reason(), HoldReason::kEndpointAtFault);
}

TEST_F(ProbesTest, HealthIsNotAskedWhileOthersAreAnswered) {
  make({.retry = {.max_attempts = 1000}});
  accept({{.kind = kSendToGroup, .group = "sick"}});
  for (int i = 0; i < 100; ++i) {
    run_to(kStart + i * milliseconds(100),
           [](const Action& action) { return action.kind == kSendToGroup ? failed(500) : done(); });
    accept_users(1);
  }
  EXPECT_LE(ledger().health_probes, 10U);
  EXPECT_EQ(trouble().hold_reason(), HoldReason::kNone);
}

TEST_F(ProbesTest, WhenHealthBecomesGoodTheNextProbeGoesAtOnce) {
  make();
  accept_users(40);
  health_ = false;
  run_to(kStart + seconds(30), fails);
  ASSERT_EQ(trouble().hold_reason(), HoldReason::kFailing);
  accept_users(1);
  health_ = true;
  starts_.clear();
  run(kStart + seconds(40), answers);
  EXPECT_TRUE(pipeline_->idle());
  EXPECT_LE(now_, kStart + seconds(32));
}

}  // namespace
}  // namespace awps
