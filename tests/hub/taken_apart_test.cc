// Coalesced operations that fail: they are taken apart and charged nothing, and their rule is off
// only where others are answered.

#include <gtest/gtest.h>

#include "tests/hub/retry_harness.h"

namespace awps {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

class TakenApartTest : public RetryTest {
 protected:
  using OperationAnswers = std::function<AttemptEnd(const Operation&)>;

  void make_fan_outs(RetryOptions retry = {}, uint32_t max_in_flight = 1) {
    PipelineOptions options{.max_in_flight = max_in_flight, .retry = retry};
    options.coalesce.fan_out_min = 2;
    make_as_is(std::move(options));
  }
  void accept_alike(size_t count, const std::string& data = "hi") {
    for (size_t i = 0; i < count; ++i) {
      const std::string user = data + std::to_string(i);
      accept({{.kind = kSendToUser, .member = user, .data = data}});
    }
  }
  void run_operations(Instant until, const OperationAnswers& answer) {
    while (now_ < until) {
      const std::vector<Operation*> started = start_all();
      for (Operation* operation : started) {
        fan_outs_ += operation->members.size() > 1 ? 1U : 0U;
        for (const Member& member : operation->members) {
          most_charged_ = std::max(most_charged_, member.charged);
        }
        complete(*operation, answer(*operation));
      }
      ASSERT_TRUE(ledger().balances());
      if (pipeline_->idle()) return;
      const Instant at = pipeline_->wake_at(now_);
      ASSERT_TRUE(at > now_ || !started.empty() || asked_for_health_)
          << "spins at " << since_start();
      now_ = std::min(std::max(at, now_), until);
    }
  }
  static bool is_fan_out(const Operation& operation) { return operation.members.size() > 1; }
  bool is_rule_off() const { return endpoint_->bounds().is_off(CoalescingRule::kFanOut, now_); }

  size_t fan_outs_ = 0;
  uint32_t most_charged_ = 0;
};

TEST_F(TakenApartTest, WhatFailsTwiceWhileOthersAreAnsweredAndItsRuleIsOff) {
  make_fan_outs({.max_attempts = 2});
  accept_alike(20);
  for (int i = 0; i < 100 && !pipeline_->idle(); ++i) {
    accept({{.kind = kSendToAll}});
    run_operations(now_ + milliseconds(10), [](const Operation& operation) {
      return is_fan_out(operation) ? failed(500) : done();
    });
    now_ += milliseconds(10);
  }
  EXPECT_EQ(fan_outs_, 2U);
  EXPECT_EQ(ledger().splits, 1U);
  EXPECT_EQ(most_charged_, 0U);
  EXPECT_EQ(ledger().with(OutcomeKind::kDeadLettered), 0U);
  EXPECT_GE(ledger().with(OutcomeKind::kDelivered), 20U);
  EXPECT_TRUE(is_rule_off());
  now_ += minutes(1);
  EXPECT_FALSE(is_rule_off()) << "and tried again";
}

// All fail for a while, then all are answered: that says nothing of filters.
TEST_F(TakenApartTest, AnOutageTurnsNoRuleOff) {
  make_fan_outs({.base = seconds(10), .max = minutes(1)}, 5);
  for (const char* data : {"a", "b", "c", "d", "e"}) accept_alike(20, data);
  for (size_t i = 0; i < 10; ++i) {
    const std::string group = "g" + std::to_string(i);
    accept({{.kind = kAddUserToGroup, .member = "m", .group = group}});
  }
  run_operations(kStart + seconds(10), [](const Operation&) { return failed(500); });
  ASSERT_EQ(trouble().hold_reason(), HoldReason::kFailing);
  ASSERT_GE(fan_outs_, 8U) << "some failed twice";
  run_operations(kStart + minutes(2), [](const Operation&) { return done(); });
  EXPECT_TRUE(pipeline_->idle());
  EXPECT_FALSE(is_rule_off());
  EXPECT_EQ(ledger().with(OutcomeKind::kDeadLettered), 0U);
}

TEST_F(TakenApartTest, AnUnreachableServiceTakesNothingApart) {
  make_fan_outs();
  accept_alike(20);
  run_operations(kStart + minutes(5), [](const Operation&) { return refused_connection(); });
  ASSERT_GE(fan_outs_, 2U);
  run_operations(kStart + minutes(6), [](const Operation&) { return done(); });
  EXPECT_TRUE(pipeline_->idle());
  EXPECT_EQ(ledger().splits, 0U);
  EXPECT_FALSE(is_rule_off());
}

// Nothing else is tried here, so nobody would ever be answered.
TEST_F(TakenApartTest, AHubOfFanOutsAloneWhoseFiltersFailGetsThrough) {
  make_fan_outs();
  accept_alike(60);
  run_operations(kStart + minutes(1), [](const Operation& operation) {
    return is_fan_out(operation) ? failed(500) : done();
  });
  EXPECT_EQ(ledger().with(OutcomeKind::kDelivered), 60U);
  EXPECT_LE(now_, kStart + seconds(10));
}

TEST_F(TakenApartTest, TheCulpritAloneIsChargedAfterThat) {
  make_fan_outs({.max_attempts = 3});
  accept_alike(20);
  for (int i = 0; i < 2000 && !pipeline_->idle(); ++i) {
    accept({{.kind = kSendToAll}});
    run_operations(now_ + milliseconds(10), [](const Operation& operation) {
      for (const Member& member : operation.members) {
        if (member.entry->action().member == "hi7") return failed(500);
      }
      return done();
    });
    now_ += milliseconds(10);
    if (ledger().with(OutcomeKind::kDeadLettered) > 0) break;
  }
  EXPECT_EQ(ledger().with(OutcomeKind::kDeadLettered), 1U);
  EXPECT_EQ(ledger().in(EntryState::kDeferred), 0U) << "its neighbours are delivered";
}

}  // namespace
}  // namespace awps
