// supersede and conflate in the hub: each test breaks one of the conditions of replacing, or shows
// that the rule does what it is for.

#include "tests/hub/coalesce_harness.h"

namespace awps {
namespace {

using std::chrono::seconds;

const ActionOptions kKey{.conflation_key = "k"};
const ActionOptions kOther{.conflation_key = "l"};
const ActionOptions kOrdered{.ordering_key = "o"};
const ActionOptions kKeyOrdered{.ordering_key = "o", .conflation_key = "k"};
const ActionOptions kOtherOrdered{.ordering_key = "o", .conflation_key = "l"};
const ActionOptions kReadsGroups{.filter = "'g' in groups"};

class Replace : public CoalesceTest {
 protected:
  using enum ActionKind;

  void SetUp() override {
    make(one_at_a_time());
    occupied_ = &occupy();  // seq 1
  }
  static Action value(std::string_view data, const ActionOptions& options = kKey,
                      std::string_view group = "g") {
    return {.kind = kSendToGroup, .group = group, .data = data, .options = &options};
  }
  static Action add(std::string_view user = "u", std::string_view group = "g") {
    return {.kind = kAddUserToGroup, .member = user, .group = group};
  }
  static Action remove(std::string_view user = "u", std::string_view group = "g") {
    return {.kind = kRemoveUserFromGroup, .member = user, .group = group};
  }
  static Action logout(std::string_view user = "u", bool unordered = false) {
    return {.kind = kRemoveUserFromAllGroups, .unordered = unordered, .member = user};
  }
  static Action message(std::string_view group = "g") {
    return {.kind = kSendToGroup, .group = group};
  }
  /// What is sent from now on, one after another: "3 5".
  std::string the_rest() {
    if (occupied_ != nullptr) finish(*occupied_);
    occupied_ = nullptr;
    std::string all;
    for (std::string seqs = deliver_next(); !seqs.empty(); seqs = deliver_next()) {
      if (!all.empty()) all += ' ';
      all += seqs;
    }
    EXPECT_TRUE(pipeline_->idle());
    EXPECT_EQ(pipeline_->order().lanes(), 0U);
    return all;
  }

  Operation* occupied_ = nullptr;
};

// ---- what the rules are for

TEST_F(Replace, TheLaterChangeOfAPairReplacesTheWaitingOne) {
  accept({add(), remove(), add()});
  EXPECT_EQ(outcome_of(2), "superseded by 3");
  EXPECT_EQ(outcome_of(3), "superseded by 4");
  EXPECT_EQ(the_rest(), "4");
}

TEST_F(Replace, SwitchedOffEveryChangeGoes) {
  PipelineOptions options = one_at_a_time();
  options.coalesce.supersede = false;
  make(options);
  accept({add(), remove()});
  EXPECT_EQ(deliver_next(), "2");
  EXPECT_EQ(deliver_next(), "3");
}

TEST_F(Replace, OnlyTheLatestValueOfAKeyGoes) {
  accept({value("1"), value("2"), value("3")});
  EXPECT_EQ(outcome_of(2), "superseded by 3");
  EXPECT_EQ(ledger().conflated, 2U);
  EXPECT_EQ(the_rest(), "4");
}

TEST_F(Replace, SwitchedOffEveryValueGoes) {
  PipelineOptions options = one_at_a_time();
  options.coalesce.conflate = false;
  make(options);
  accept({value("1"), value("2")});
  EXPECT_EQ(deliver_next(), "2");
  EXPECT_EQ(deliver_next(), "3");
}

TEST_F(Replace, SwitchedOffAltogetherNothingIsReplaced) {
  PipelineOptions options = one_at_a_time();
  options.coalesce.enabled = false;
  make(options);
  accept({value("1"), value("2"), add(), remove()});
  EXPECT_EQ(ledger().with(OutcomeKind::kSuperseded), 0U);
}

TEST_F(Replace, ALogoutReplacesItsUsersWaitingChanges) {
  accept({add("u", "g"), add("u", "h"), add("v", "g"), logout("u")});
  EXPECT_EQ(outcome_of(2), "superseded by 5");
  EXPECT_EQ(outcome_of(3), "superseded by 5");
  EXPECT_EQ(the_rest(), "4 5");
}

TEST_F(Replace, OfEqualClosesOfAUserAndEqualRemovalsOfAConnectionTheLastGoes) {
  const Action close{.kind = kCloseUserConnections, .member = "u"};
  const Action removal{.kind = kRemoveConnectionFromAllGroups, .member = "c"};
  accept({close, close, removal, removal});
  EXPECT_EQ(outcome_of(2), "superseded by 3");
  EXPECT_EQ(outcome_of(4), "superseded by 5");
  EXPECT_EQ(the_rest(), "3 5");
}

TEST_F(Replace, NoCloseOfAUserOvertakesWhatWasAcceptedBetween) {
  const Action close{.kind = kCloseUserConnections, .member = "u"};
  accept({close, {.kind = kSendToUser, .member = "u"}, close, add("u", "g"), close});
  EXPECT_EQ(the_rest(), "2 3 4 5 6");
}

TEST_F(Replace, NoRemovalOfAConnectionOvertakesWhatWasAcceptedBetween) {
  const Action removal{.kind = kRemoveConnectionFromAllGroups, .member = "c"};
  const Action join{.kind = kAddConnectionToGroup, .member = "c", .group = "g"};
  accept({removal, join, removal, message("h"), removal});
  EXPECT_EQ(the_rest(), "2 3 4 5 6");
}

TEST_F(Replace, ABulkChangeIsNeverReplaced) {
  static constexpr std::string_view kGroups[] = {"g", "h"};
  const ActionOptions options{.filter = "true", .groups = kGroups};
  const Action bulk{.kind = kAddConnectionsToGroups, .options = &options};
  accept({bulk, bulk, bulk});
  EXPECT_EQ(the_rest(), "2 3 4");
}

TEST_F(Replace, AnUnorderedLogoutReplacesNoChange) {
  // A message to g that is accepted after it waits for the change, but not for the logout.
  accept({remove("u", "g"), logout("u", true), message("g")});
  EXPECT_EQ(outcome_of(2), "");
  EXPECT_EQ(the_rest(), "2 3 4");
}

TEST_F(Replace, OfEqualWaitingLogoutsOneGoes) {
  accept({logout(), logout(), logout("u", true)});
  EXPECT_EQ(outcome_of(2), "superseded by 3");
  EXPECT_EQ(the_rest(), "4 3") << "the unordered one waits for nobody";
}

TEST_F(Replace, OfEqualWaitingClosesOneGoes) {
  const Action close{.kind = kCloseClientConnection, .member = "c"};
  const Action close_all{.kind = kCloseAllConnections};
  accept({close, close, close_all, close_all});
  EXPECT_EQ(the_rest(), "3 5");
}

TEST_F(Replace, UnorderedValuesAreReplacedAsWell) {
  Action first = value("1");
  Action second = value("2");
  first.unordered = second.unordered = true;
  accept({first, second});
  EXPECT_EQ(the_rest(), "3");
}

TEST_F(Replace, AcrossAnOrderedBatch) {
  accept({add(), remove()}, 1, 7);
  EXPECT_EQ(outcome_of(2), "superseded by 3");
  accept({add()});
  EXPECT_EQ(outcome_of(3), "") << "it is in the batch's lane, the later one is not";
  EXPECT_EQ(the_rest(), "3 4");
}

// ---- the place

TEST_F(Replace, TheSurvivorStandsInTheEarlierOnesPlace) {
  accept({value("1", kKey, "a"), message("b"), message("c"), value("2", kKey, "a")});
  EXPECT_EQ(the_rest(), "5 3 4");
}

TEST_F(Replace, WhatIsRefreshedOftenDoesNotStarve) {
  accept({value("0", kKey, "a")});
  for (int i = 0; i < 50; ++i) accept({message("b"), value("x", kKey, "a")});
  finish(*occupied_);
  occupied_ = nullptr;
  EXPECT_EQ(deliver_next(), std::to_string(seq_)) << "the first in line, with its latest value";
}

TEST_F(Replace, TheSurvivorHasItsOwnIdentityAndAttempts) {
  Action first = value("1");
  Action second = value("2");
  second.id = "\"x\"";
  accept({first});
  finish(*occupied_);
  occupied_ = nullptr;
  Operation* operation = next();
  finish(*operation, failed());
  accept({second});
  EXPECT_EQ(outcome_of(2), "superseded by 3");
  EXPECT_EQ(next(), nullptr) << "not before the place's time for its next attempt";
  pass_back_off();
  operation = next();
  ASSERT_NE(operation, nullptr);
  EXPECT_EQ(operation->members.front().sent, 1U);
  EXPECT_EQ(ledger().ambiguous_retries, 0U) << "this one was never sent";
  finish(*operation);
  EXPECT_EQ(pipeline_->outcomes().back().attempts, 1U);
  EXPECT_EQ(pipeline_->outcomes().back().id, "\"x\"");
}

// ---- the conditions, each of which fails when it is left out

TEST_F(Replace, NotWhatIsUnderWay) {
  finish(*occupied_);
  occupied_ = nullptr;
  accept({value("1")});
  Operation* first = next();
  accept({value("2")});
  EXPECT_EQ(outcome_of(2), "");
  finish(*first);
  EXPECT_EQ(the_rest(), "3");
}

TEST_F(Replace, NotAnotherProducers) {
  accept({value("1")}, 1);
  accept({value("2")}, 2);
  EXPECT_EQ(the_rest(), "2 3");
}

TEST_F(Replace, NotAcrossAMessageThatTheChangeDecides) {
  accept({add(), message("g"), remove()});
  EXPECT_EQ(the_rest(), "2 3 4");
}

TEST_F(Replace, NotAcrossAMessageThatHasLeftMeanwhile) {
  Action between = message("g");
  between.time_to_live = seconds(1);
  accept({add(), between});
  now_ += seconds(2);
  pipeline_->advance(now_);
  EXPECT_EQ(outcome_of(3), "expired");
  accept({remove()});
  EXPECT_EQ(outcome_of(2), "") << "it was accepted between the two";
}

TEST_F(Replace, NotAcrossABarrier) {
  accept({add("u", "g"), logout("other"), remove("u", "g")});
  EXPECT_EQ(the_rest(), "2 3 4");
}

TEST_F(Replace, NotAcrossAFilterThatReadsGroups) {
  accept({add(), {.kind = kSendToAll, .options = &kReadsGroups}, remove()});
  EXPECT_EQ(the_rest(), "2 3 4");
}

TEST_F(Replace, NotAcrossAnActionOfTheSameOrderingKey) {
  Action first = add();
  first.options = &kOrdered;
  Action between{.kind = kSendToUser, .member = "x", .options = &kOrdered};
  Action second = remove();
  second.options = &kOrdered;
  accept({first, between, second});
  EXPECT_EQ(the_rest(), "2 3 4");
}

TEST_F(Replace, NotWhereTheLanesDiffer) {
  Action second = remove();
  second.options = &kOrdered;
  accept({add(), second});
  EXPECT_EQ(the_rest(), "2 3");
}

TEST_F(Replace, NotByOneThatExpiresBefore) {
  Action second = value("2");
  second.time_to_live = seconds(1);
  accept({value("1"), second});
  EXPECT_EQ(outcome_of(2), "");
  now_ += seconds(2);
  EXPECT_EQ(the_rest(), "2") << "the later one has expired, the earlier one is not lost";
}

// The door's clock was read after the worker's: of a time to live of a nanosecond all is left.
TEST_F(Replace, NotByOneThatWasOverBeforeItWasAccepted) {
  Action over = value("2");
  over.time_to_live = kOverBefore;
  accept({value("1")});
  now_ += seconds(1);
  accept({over});
  EXPECT_EQ(outcome_of(2), "");
  now_ -= seconds(1);
  EXPECT_EQ(the_rest(), "2") << "the later one is not sent, the earlier one is not lost";
  EXPECT_EQ(outcome_of(3), "expired");
}

TEST_F(Replace, WhatWasOverBeforeGivesItsPlaceToAnyLaterOne) {
  Action over = value("1");
  over.time_to_live = kOverBefore;
  Action second = value("2");
  second.time_to_live = seconds(1);
  accept({over, second});
  EXPECT_EQ(outcome_of(2), "superseded by 3");
  EXPECT_EQ(the_rest(), "3");
}

TEST_F(Replace, ByOneThatExpiresLater) {
  Action first = value("1");
  first.time_to_live = seconds(1);
  Action second = value("2");
  second.time_to_live = seconds(3);
  accept({first, second});
  now_ += seconds(2);
  EXPECT_EQ(the_rest(), "3");
}

TEST_F(Replace, TheSurvivorExpiresAtItsOwnTime) {
  Action first = value("1");
  first.time_to_live = seconds(1);
  Action second = value("2");
  second.time_to_live = seconds(3);
  accept({first, second});
  now_ += seconds(4);
  EXPECT_EQ(the_rest(), "");
  EXPECT_EQ(outcome_of(3), "expired");
}

TEST_F(Replace, ValuesOfOtherKeysDoNotCountInTheTargetsLane) {
  accept({value("1"), value("1", kOther), value("2"), value("2", kOther)});
  EXPECT_EQ(the_rest(), "4 5");
}

TEST_F(Replace, ValuesOfOtherKeysCountInAnOrderingKeysLane) {
  accept({value("1", kKeyOrdered), value("1", kOtherOrdered), value("2", kKeyOrdered)});
  EXPECT_EQ(the_rest(), "2 3 4");
}

TEST_F(Replace, ValuesOfOtherKeysCountUnderStrictOrder) {
  PipelineOptions options = one_at_a_time();
  options.order.ordering = Ordering::kStrict;
  make(options);
  occupied_ = &occupy();
  accept({value("1"), value("1", kOther), value("2")});
  EXPECT_EQ(ledger().with(OutcomeKind::kSuperseded), 0U);
}

TEST_F(Replace, AMessageWithoutKeyCountsInTheTargetsLane) {
  accept({value("1"), message("g"), value("2")});
  EXPECT_EQ(the_rest(), "2 3 4");
}

TEST_F(Replace, ALogoutDoesNotSweepAcrossAGroupsMessage) {
  accept({add("u", "g"), message("g"), logout("u")});
  EXPECT_EQ(the_rest(), "2 3 4");
}

TEST_F(Replace, ALogoutDoesNotSweepWhatAnOrderingKeyHolds) {
  Action first = add();
  first.options = &kOrdered;
  accept({first, {.kind = kSendToUser, .member = "x", .options = &kOrdered}, logout("u", true)});
  EXPECT_EQ(outcome_of(2), "");
}

}  // namespace
}  // namespace awps
