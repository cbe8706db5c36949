// What operators do to a hub that runs: pause it, give it other options, look at what waits.

#include <gtest/gtest.h>

#include "hub/waiting_lanes.h"
#include "tests/hub/coalesce_harness.h"
#include "tests/hub/retry_harness.h"
#include "worker/tap.h"

namespace awps {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class OperatorTest : public RetryTest {
 protected:
  static AttemptEnd done() { return {.http_status = 202}; }
};

TEST_F(OperatorTest, WhilePausedNothingStartsAndWhatIsTooOldExpires) {
  make();
  pipeline_->pause(true);
  accept({{.kind = kSendToAll, .time_to_live = seconds(1)}, {.kind = kSendToUser, .member = "u"}});
  EXPECT_TRUE(start_all().empty());
  EXPECT_EQ(pipeline_->wake_at(now_), now_ + seconds(1));
  now_ += seconds(2);
  EXPECT_TRUE(start_all().empty());
  EXPECT_EQ(pipeline_->ledger().with(OutcomeKind::kExpired), 1U);
  EXPECT_EQ(pipeline_->wake_at(now_), kNever);
  pipeline_->pause(false);
  EXPECT_EQ(start_all().size(), 1U);
}

TEST_F(OperatorTest, APauseChargesNobody) {
  make({.retry = {.max_attempts = 2, .max_age = seconds(5)}});
  accept({{.kind = kSendToUser, .member = "u"}});
  for (Operation* operation : start_all()) {
    pipeline_->complete(*operation, {.verdict = {.kind = VerdictKind::kRetry}, .http_status = 500},
                        now_);
  }
  pipeline_->pause(true);
  now_ += seconds(3600);
  EXPECT_TRUE(start_all().empty());
  pipeline_->pause(false);
  run(now_ + seconds(60), [](const Action&) { return done(); });
  EXPECT_EQ(pipeline_->ledger().with(OutcomeKind::kDelivered), 1U);
}

TEST_F(OperatorTest, OtherLimitsHoldFromNowOn) {
  make({.max_in_flight = 10});
  accept_users(100);
  EXPECT_EQ(start_all().size(), 10U);
  PipelineOptions options{.hub = "hub", .max_in_flight = 12};
  pipeline_->reconfigure(options);
  EXPECT_EQ(start_all().size(), 2U) << "what was learnt is forgotten";
  options.max_in_flight = 2;
  pipeline_->reconfigure(options);
  EXPECT_EQ(pipeline_->permits().concurrency(), 2U);
}

TEST_F(OperatorTest, OtherRetryAndDeadLetterRulesHold) {
  make({.retry = {.max_attempts = 5}});
  PipelineOptions options{
      .hub = "hub", .retry = {.max_attempts = 1}, .dead_letters = {.max_count = 1}};
  pipeline_->reconfigure(options);
  accept({{.kind = kSendToUser, .member = "a"}, {.kind = kSendToUser, .member = "b"}});
  run(now_ + seconds(10), [](const Action&) {
    return AttemptEnd{.verdict = {.kind = VerdictKind::kGiveUp}, .http_status = 400};
  });
  EXPECT_EQ(pipeline_->dead_letters().summary().count, 1U);
}

// Under ASan this shows that what waits does not point to rules that are gone.
TEST_F(OperatorTest, WhatWaitsUnderAMergeRuleKeepsIt) {
  PipelineOptions options{.hub = "hub", .max_in_flight = 1};
  options.coalesce.merge = {{.groups = "g*", .format = MergeFormat::kJsonArray}};
  endpoint_ = std::make_unique<EndpointState>(EndpointState::Options{});
  pipeline_ = std::make_unique<Pipeline>(options, *endpoint_, 1);
  const Action value{
      .kind = kSendToGroup, .data_type = DataType::kJson, .group = "g1", .data = "1"};
  accept({value, value, value});
  ASSERT_EQ(start_all().size(), 1U);
  for (const char* groups : {"x", "y", "g1"}) {
    options.coalesce.merge = {{.groups = groups, .format = MergeFormat::kLines}};
    pipeline_->reconfigure(options);
  }
  accept({{.kind = kSendToGroup, .group = "g1", .data = "line"}});
  pipeline_->visit([](const Entry& entry) {
    ASSERT_NE(entry.merge_rule(), nullptr);
    EXPECT_EQ(entry.merge_rule()->format,
              entry.accepted->seq == 4 ? MergeFormat::kLines : MergeFormat::kJsonArray);
  });
  pipeline_->reconfigure(options);
}

TEST_F(OperatorTest, TheLongestLanesAreNamedFirst) {
  make({.max_in_flight = 1});
  EXPECT_TRUE(longest_lanes(pipeline_->order().lane_table(), 5).empty());
  for (int i = 0; i < 3; ++i) accept({{.kind = kSendToUser, .member = "few"}});
  for (int i = 0; i < 9; ++i) accept({{.kind = kSendToGroup, .group = "many", .data = "x"}});
  accept({{.kind = kSendToAll}});
  const std::vector<LaneInWords> lanes = longest_lanes(pipeline_->order().lane_table(), 5);
  ASSERT_EQ(lanes.size(), 2U);
  EXPECT_EQ(lanes[0].target, "sendToGroup in group 'many'");
  EXPECT_EQ(lanes[0].waiting, 8U);
  EXPECT_EQ(lanes[1].target, "sendToUser of user 'few'");
  EXPECT_EQ(lanes[1].waiting, 2U);
  EXPECT_EQ(longest_lanes(pipeline_->order().lane_table(), 1).size(), 1U);
}

TEST_F(OperatorTest, ATapSeesFatesUpToItsRate) {
  make();
  Tap tap;
  tap.set_rate(3);
  pipeline_->on_settlement(
      [&](const Accepted& accepted, const Batch& batch, const Settlement& settlement) {
        if (tap.is_on()) tap.note(accepted, batch, settlement, now_);
      });
  accept({{.kind = kSendToAll, .data = std::string_view("xxx")}});
  accept_users(4);
  now_ += milliseconds(5);
  run(now_ + seconds(1), [](const Action& action) {
    return action.kind == kSendToAll ? AttemptEnd{.verdict = {.kind = VerdictKind::kGiveUp},
                                                  .http_status = 400,
                                                  .description = "no"}
                                     : done();
  });
  uint64_t left_out = 0;
  const std::vector<Tapped> records = tap.take(left_out);
  ASSERT_EQ(records.size(), 3U);
  EXPECT_EQ(left_out, 2U);
  EXPECT_EQ(records[0].action, R"({"actionName":"sendToAll","data":"xxx"})");
  EXPECT_EQ(records[0].outcome, OutcomeKind::kDeadLettered);
  EXPECT_EQ(records[0].message, "no");
  EXPECT_EQ(records[0].age, milliseconds(5));
  EXPECT_EQ(records[1].outcome, OutcomeKind::kDelivered);
  EXPECT_TRUE(records[1].was_sent);
  tap.set_rate(0);
  EXPECT_FALSE(tap.is_on());
}

}  // namespace
}  // namespace awps
