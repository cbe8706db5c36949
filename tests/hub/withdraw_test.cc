// Records are withdrawn: what is queued or parked of their producer is returned at once, what is
// under way when its attempt fails; the actions of others go on, in the same operation, too.

#include <gtest/gtest.h>

#include "tests/hub/withdraw_harness.h"

namespace awps {
namespace {

// ---- queued

TEST_F(WithdrawTest, WhatIsQueuedIsReturnedAtOnce) {
  make(one_at_a_time());
  Operation& occupied = occupy();
  accept({to_group(), {.kind = kSendToUser, .member = "Ann"}}, 2);
  accept({to_group(), {.kind = kSendToUser, .member = "Ann"}}, 1);  // behind the second's
  withdraw(2);
  EXPECT_EQ(outcome_of(2), "returned");
  EXPECT_EQ(outcome_of(3), "returned");
  ASSERT_EQ(outcome_of(4), "");
  const Outcome& outcome = pipeline_->outcomes().front();
  EXPECT_EQ(outcome.account, &accounts_[1]);
  EXPECT_EQ(outcome.error_code, "returned");
  EXPECT_EQ(outcome.attempts, 0U);
  EXPECT_EQ(pipeline_->releases().front().bytes, 200U);
  finish(occupied);
  EXPECT_EQ(deliver_next(), "4");
  EXPECT_EQ(deliver_next(), "5");
  EXPECT_TRUE(pipeline_->idle());
  EXPECT_EQ(pipeline_->order().lanes(), 0U);
}

TEST_F(WithdrawTest, WhatComesLaterIsReturnedAtOnce) {
  make(one_at_a_time());
  Operation& occupied = occupy();
  accept({to_group()}, 2);
  withdraw(2);
  accept({to_group(), to_group()}, 2);
  EXPECT_EQ(outcome_of(3), "returned");
  EXPECT_EQ(outcome_of(4), "returned");
  EXPECT_EQ(ledger().accepted, 4U);
  EXPECT_EQ(ledger().unsettled(), 1U);
  finish(occupied);
  EXPECT_EQ(next(), nullptr);
}

TEST_F(WithdrawTest, WhatIsPastItsTimeToLiveExpires) {
  make(one_at_a_time());
  occupy();
  Action brief = to_group();
  brief.time_to_live = std::chrono::seconds(1);
  accept({brief, to_group()}, 2);
  now_ += std::chrono::seconds(1);
  withdraw(2);
  EXPECT_EQ(outcome_of(2), "expired");
  EXPECT_EQ(outcome_of(3), "returned");
}

TEST_F(WithdrawTest, WhatLingersLeavesNoTimer) {
  PipelineOptions options = merging();
  options.max_in_flight = 4;
  options.coalesce.linger = std::chrono::seconds(1);
  make(options);
  accept({to_group()}, 1);
  accept({to_group()}, 2);
  EXPECT_EQ(next(), nullptr);
  withdraw(1);
  EXPECT_EQ(outcome_of(1), "returned");
  now_ += std::chrono::seconds(2);
  EXPECT_EQ(deliver_next(), "2");
  EXPECT_TRUE(pipeline_->idle());
}

TEST_F(WithdrawTest, ASuccessorLeavesThePlaceThatItTook) {
  make(one_at_a_time());
  Operation& occupied = occupy();
  ActionOptions key{.conflation_key = "k"};
  Action value = to_group("1");
  value.options = &key;
  accept({value}, 1);
  accept({value}, 1);
  accept({to_group()}, 2);
  EXPECT_EQ(outcome_of(2), "superseded by 3");
  withdraw(1);
  EXPECT_EQ(outcome_of(3), "returned");
  accept({value}, 2);  // nobody's place is taken
  finish(occupied);
  EXPECT_EQ(deliver_next(), "4");
  EXPECT_EQ(deliver_next(), "5");
  EXPECT_TRUE(pipeline_->idle());
}

TEST_F(WithdrawTest, ALogoutThatIsWithdrawnHoldsNobodyBack) {
  make(one_at_a_time());
  Operation& occupied = occupy();
  accept({{.kind = kAddUserToGroup, .member = "Ann", .group = "g"}}, 2);
  accept({{.kind = kRemoveUserFromAllGroups, .member = "Bob"}}, 1);
  accept({{.kind = kCloseAllConnections}}, 1);
  withdraw(1);
  EXPECT_EQ(outcome_of(1), "");  // under way
  EXPECT_EQ(outcome_of(3), "returned");
  EXPECT_EQ(outcome_of(4), "returned");
  finish(occupied);
  EXPECT_EQ(deliver_next(), "2");
  EXPECT_EQ(pipeline_->order().producers(), 0U);
}

// ---- under way

TEST_F(WithdrawTest, WhatIsUnderWayIsAwaited) {
  make(one_at_a_time());
  Operation& operation = occupy();
  withdraw();
  EXPECT_EQ(outcome_of(1), "");
  EXPECT_EQ(in(EntryState::kActive), 1U);
  finish(operation);
  EXPECT_EQ(outcome_of(1), "delivered");
}

TEST_F(WithdrawTest, WhatMayHaveArrivedIsReturnedAllTheSame) {
  make(one_at_a_time());
  Operation& operation = occupy();
  withdraw();
  finish(operation, failed());
  ASSERT_EQ(outcome_of(1), "returned");
  EXPECT_EQ(pipeline_->outcomes().front().attempts, 1U);
  EXPECT_TRUE(pipeline_->idle());
  EXPECT_EQ(pipeline_->wake_at(now_), kNever);
}

TEST_F(WithdrawTest, ARefusalGivesItUp) {
  make(one_at_a_time());
  Operation& operation = occupy();
  withdraw();
  finish(operation, refused());
  EXPECT_EQ(outcome_of(1), "dead_lettered");
}

// At most once is what the hub promises: another owner would send it again.
TEST_F(WithdrawTest, UnderGiveUpWhatMayHaveArrivedIsGivenUp) {
  PipelineOptions options = one_at_a_time();
  options.give_up_ambiguous = true;
  make(options);
  Operation& operation = occupy();
  withdraw();
  finish(operation, failed());
  EXPECT_EQ(outcome_of(1), "dead_lettered");
}

TEST_F(WithdrawTest, TheOthersOfAnOperationUnderWayGoOn) {
  Operation& both = fan_out_of_both();
  withdraw(1);
  EXPECT_EQ(in(EntryState::kActive), 2U);
  finish(both, failed());
  EXPECT_EQ(outcome_of(2), "returned");
  EXPECT_EQ(outcome_of(3), "");
  EXPECT_EQ(in(EntryState::kDeferred), 1U);
  pass_back_off();
  EXPECT_EQ(deliver_next(), "3");
  EXPECT_EQ(outcome_of(3), "delivered");
  EXPECT_TRUE(pipeline_->idle());
}

TEST_F(WithdrawTest, TheOthersOfAMergeThatIsTakenApartGoOnInOrder) {
  Operation& merged = merge_of_both();
  accept({to_group()}, 2);
  withdraw(1);
  finish(merged, refused(ExceededBound::kBody));
  EXPECT_EQ(outcome_of(2), "returned");
  EXPECT_EQ(outcome_of(4), "returned");
  EXPECT_EQ(deliver_next(), "3");
  EXPECT_EQ(deliver_next(), "5");
  EXPECT_TRUE(pipeline_->idle());
}

TEST_F(WithdrawTest, NobodyIsLeftOfAMergeThatIsTakenApart) {
  make(merging());
  Operation& occupied = occupy();
  accept({to_group(), to_group()}, 2);
  finish(occupied);
  Operation& merged = *next();
  withdraw(2);
  finish(merged, refused(ExceededBound::kBody));
  EXPECT_EQ(outcome_of(2), "returned");
  EXPECT_EQ(outcome_of(3), "returned");
  EXPECT_TRUE(pipeline_->idle());
}

TEST_F(WithdrawTest, AProbeThatIsWithdrawnStillEndsTheHold) {
  make({.max_in_flight = 4});
  accept({to_user("Ann")}, 1);
  accept({to_user("Bob")}, 2);
  Operation& one = *next();
  Operation& other = *next();
  for (Operation* operation : {&one, &other}) finish(*operation, failed());
  ASSERT_EQ(endpoint_.trouble().hold_reason(), HoldReason::kFailing);
  pass_back_off();
  Operation& probe = *next();
  ASSERT_TRUE(probe.attempt.is_probe);
  const bool is_of_first = seqs_of(probe) == "1";
  EXPECT_EQ(next(), nullptr) << "one asks";
  withdraw(is_of_first ? 1 : 2);
  finish(probe);
  EXPECT_EQ(endpoint_.trouble().hold_reason(), HoldReason::kNone);
  EXPECT_EQ(deliver_next(), is_of_first ? "2" : "1");
  EXPECT_TRUE(pipeline_->idle());
}

TEST_F(WithdrawTest, AProbeThatFailsIsReturnedAndAnotherAsks) {
  make({.max_in_flight = 4});
  accept({to_user("Ann")}, 1);
  accept({to_user("Bob")}, 2);
  Operation& one = *next();
  Operation& other = *next();
  for (Operation* operation : {&one, &other}) finish(*operation, failed());
  pass_back_off();
  Operation& probe = *next();
  const bool is_of_first = seqs_of(probe) == "1";
  withdraw(is_of_first ? 1 : 2);
  finish(probe, failed());
  EXPECT_EQ(outcome_of(is_of_first ? 1 : 2), "returned");
  pass_back_off();
  EXPECT_EQ(deliver_next(), is_of_first ? "2" : "1");
  EXPECT_EQ(endpoint_.trouble().hold_reason(), HoldReason::kNone);
}

// ---- a stop

TEST_F(WithdrawTest, AStopReturnsRecordsAndLeavesTheRest) {
  Operation& both = fan_out_of_both();
  accounts_[0].of_stream = true;
  accept({to_group(), to_group()}, 1);
  accept({to_group()}, 2);
  (void)both;
  pipeline_->return_records();
  check();
  EXPECT_EQ(outcome_of(2), "returned");
  EXPECT_EQ(outcome_of(4), "returned");
  EXPECT_EQ(outcome_of(5), "returned");
  EXPECT_EQ(pipeline_->in_flight(), 0U);
  pipeline_->abandon([](const Entry&) { return Kept::kInFile; });
  EXPECT_EQ(outcome_of(3), "abandoned");
  EXPECT_EQ(outcome_of(6), "abandoned");
  EXPECT_EQ(ledger().with(OutcomeKind::kReturned), 3U);
  EXPECT_TRUE(pipeline_->idle());
}

}  // namespace
}  // namespace awps
