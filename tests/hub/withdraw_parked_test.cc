// Records that wait for another attempt, or for their kind, are withdrawn: they leave at once, and
// whatever waits with them goes on.

#include <gtest/gtest.h>

#include "tests/hub/withdraw_harness.h"

namespace awps {
namespace {

TEST_F(WithdrawTest, WhatIsParkedIsReturnedAtOnce) {
  make(one_at_a_time());
  finish(occupy(), failed());
  EXPECT_EQ(in(EntryState::kDeferred), 1U);
  withdraw();
  ASSERT_EQ(outcome_of(1), "returned");
  EXPECT_EQ(pipeline_->outcomes().front().attempts, 1U);
  EXPECT_EQ(in(EntryState::kDeferred), 0U);
  pass_back_off();
  EXPECT_EQ(next(), nullptr);
}

TEST_F(WithdrawTest, TheOthersOfAParkedOperationGoOn) {
  finish(fan_out_of_both(), failed());
  EXPECT_EQ(in(EntryState::kDeferred), 2U);
  withdraw(1);
  EXPECT_EQ(outcome_of(2), "returned");
  EXPECT_EQ(in(EntryState::kDeferred), 1U);
  pass_back_off();
  EXPECT_EQ(deliver_next(), "3");
  EXPECT_TRUE(pipeline_->idle());
}

TEST_F(WithdrawTest, TheOthersOfAParkedMergeKeepTheirOrder) {
  finish(merge_of_both(), failed());
  accept({to_group("y")}, 2);
  withdraw(1);
  EXPECT_EQ(outcome_of(2), "returned");
  EXPECT_EQ(outcome_of(4), "returned");
  pass_back_off();
  EXPECT_EQ(deliver_next(), "3");
  EXPECT_EQ(deliver_next(), "5");
  EXPECT_TRUE(pipeline_->idle());
}

// The first half is under way again, the second waits for its lane.
TEST_F(WithdrawTest, TheLaterPartOfASplitFollowsWithoutItsFirst) {
  make(merging());
  Operation& occupied = occupy();
  for (const size_t producer : {1U, 1U, 2U, 1U}) accept({to_group()}, producer);
  finish(occupied);
  Operation& merged = *next();
  ASSERT_EQ(seqs_of(merged), "2,3,4,5");
  finish(merged, refused(ExceededBound::kBody));
  Operation& first = *next();
  ASSERT_EQ(seqs_of(first), "2,3");
  withdraw(1);
  EXPECT_EQ(outcome_of(5), "returned");
  EXPECT_EQ(in(EntryState::kActive), 2U);
  finish(first, failed());
  EXPECT_EQ(outcome_of(2), "returned");
  EXPECT_EQ(outcome_of(3), "returned");
  EXPECT_EQ(deliver_next(), "4");
  EXPECT_TRUE(pipeline_->idle());
}

TEST_F(WithdrawTest, APartThatWaitsForItsLaneOpensIt) {
  make(merging());
  Operation& occupied = occupy();
  for (const size_t producer : {2U, 2U, 1U, 1U}) accept({to_group()}, producer);
  accept({{.kind = kCloseGroupConnections, .group = "g"}}, 2);
  finish(occupied);
  finish(*next(), refused(ExceededBound::kBody));
  Operation& first = *next();
  ASSERT_EQ(seqs_of(first), "2,3");
  withdraw(1);
  EXPECT_EQ(outcome_of(4), "returned");
  EXPECT_EQ(outcome_of(5), "returned");
  EXPECT_EQ(next(), nullptr);
  finish(first);
  EXPECT_EQ(deliver_next(), "6");
  EXPECT_TRUE(pipeline_->idle());
}

TEST_F(WithdrawTest, WhatWaitsForAHeldKindIsReturned) {
  PipelineOptions options = one_at_a_time();
  options.max_in_flight = 4;
  make(options);
  const auto close = [](std::string_view user) {
    return Action{.kind = kCloseUserConnections, .member = user};
  };
  accept({close("Ann")}, 1);
  finish(*next(), forbidden());
  accept({close("Bob"), close("Cid")}, 1);
  accept({close("Dan")}, 2);
  EXPECT_EQ(next(), nullptr);
  withdraw(1);
  for (const uint64_t seq : {1U, 2U, 3U}) EXPECT_EQ(outcome_of(seq), "returned");
  now_ += std::chrono::seconds(2);
  EXPECT_EQ(deliver_next(), "4");
  EXPECT_EQ(pipeline_->kind_holds().count(), 0U);
  EXPECT_TRUE(pipeline_->idle());
}

// Who was let go to ask for the kind has not started: another asks at once, not in a minute.
TEST_F(WithdrawTest, WhoWasToAskForAKindLeavesTheQuestion) {
  PipelineOptions options = one_at_a_time();
  make(options);
  const auto close = [](std::string_view user) {
    return Action{.kind = kCloseUserConnections, .member = user};
  };
  accept({close("Ann")}, 1);
  finish(*next(), forbidden());
  Operation& occupied = occupy();
  withdraw(1);  // of the first, the parked one is gone
  accounts_[0].is_withdrawn = false;
  accept({close("Bob")}, 2);
  accept({close("Cid")}, 1);
  finish(occupied);
  EXPECT_EQ(next(), nullptr);  // both stand aside
  Operation& again = occupy();
  now_ += std::chrono::seconds(2);
  EXPECT_EQ(next(), nullptr);  // Cid was let go, and has no permit
  withdraw(1);
  EXPECT_EQ(outcome_of(4), "returned");
  finish(again);
  EXPECT_EQ(deliver_next(), "3");
}

TEST_F(WithdrawTest, WhatWaitsInAHoldIsReturnedAndTheHoldLastsForOthers) {
  make(one_at_a_time());
  const AttemptEnd no_way{.verdict = {.kind = VerdictKind::kRetry, .way_failed = true}};
  finish(occupy(), no_way);
  accept({to_user("Bob")}, 2);
  withdraw(1);
  EXPECT_EQ(outcome_of(1), "returned");
  pass_back_off();
  EXPECT_EQ(deliver_next(), "2");
  EXPECT_FALSE(endpoint_.trouble().is_blocked());
  EXPECT_TRUE(pipeline_->idle());
}

TEST_F(WithdrawTest, ARedrivenLetterIsTheHubsOwn) {
  make(one_at_a_time());
  finish(occupy(), refused());
  Redrive::Result redriven = pipeline_->redrive({.all = true}, now_);
  ASSERT_EQ(redriven.actions, 1U);
  Operation& occupied = occupy();
  for (auto& batch : redriven.batches) pipeline_->accept(std::move(batch));
  pipeline_->withdraw([](const Account&) { return true; }, now_);
  EXPECT_EQ(ledger().with(OutcomeKind::kReturned), 0U);
  finish(occupied);
  EXPECT_NE(deliver_next(), "");
  EXPECT_EQ(ledger().with(OutcomeKind::kDelivered), 2U);
}

}  // namespace
}  // namespace awps
