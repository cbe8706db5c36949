#include "hub/dead_letters.h"

#include <gtest/gtest.h>

#include "hub/letter_of_record.h"
#include "tests/hub/retry_harness.h"

namespace awps {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr Instant kBegin{hours(1000)};

DeadLetter letter(std::string action, Instant given_up_at = kBegin) {
  return {.record = std::move(action), .reason = "why", .given_up_at = given_up_at};
}

std::vector<uint64_t> numbers_of(const std::vector<DeadLetter>& letters) {
  std::vector<uint64_t> numbers;
  for (const DeadLetter& one : letters) numbers.push_back(one.number);
  return numbers;
}

using Numbers = std::vector<uint64_t>;

TEST(DeadLettersTest, PagesAscendAndEnd) {
  DeadLetters letters({});
  for (int i = 0; i < 5; ++i) letters.add(letter("a"));
  EXPECT_EQ(numbers_of(letters.page(0, 2)), (Numbers{1, 2}));
  EXPECT_EQ(numbers_of(letters.page(2, 10)), (Numbers{3, 4, 5}));
  EXPECT_EQ(numbers_of(letters.page(5, 10)), Numbers{});
}

TEST(DeadLettersTest, TakesWhatIsThere) {
  DeadLetters letters({});
  for (int i = 0; i < 5; ++i) letters.add(letter(std::string(100, 'a')));
  EXPECT_EQ(numbers_of(letters.take({.numbers = {2, 2, 4, 9}})), (Numbers{2, 4}));
  EXPECT_EQ(numbers_of(letters.page(0, 10)), (Numbers{1, 3, 5}));
  EXPECT_EQ(numbers_of(letters.take({.all = true, .up_to = 1})), Numbers{1});
  EXPECT_EQ(letters.take({.all = true}).size(), 2U);
  EXPECT_EQ(letters.summary().count, 0U);
  EXPECT_EQ(letters.summary().bytes, 0U);
  EXPECT_EQ(letters.summary().dropped, 0U);
  letters.add(letter("a"));
  EXPECT_EQ(letters.summary().last_number, 6U);  // a number is never given twice
}

TEST(DeadLettersTest, ItsBoundsDropTheOldest) {
  DeadLetters by_count({.max_count = 2});
  DeadLetters by_bytes({.max_bytes = 2500});
  DeadLetters by_age({.max_age = hours(1)});
  for (int i = 0; i < 3; ++i) {
    by_count.add(letter("a"));
    by_bytes.add(letter(std::string(900, 'a')));
    by_age.add(letter("a", kBegin + i * hours(1)));
  }
  EXPECT_EQ(numbers_of(by_count.page(0, 9)), (Numbers{2, 3}));
  EXPECT_EQ(numbers_of(by_bytes.page(0, 9)), (Numbers{2, 3}));
  EXPECT_EQ(numbers_of(by_age.page(0, 9)), (Numbers{2, 3}));
  by_age.age(kBegin + hours(3) + seconds(1));
  EXPECT_EQ(by_age.summary().count, 0U);
  EXPECT_EQ(by_age.summary().dropped, 3U);
  by_count.set_options({.max_count = 1});
  by_count.add(letter("a"));
  EXPECT_EQ(numbers_of(by_count.page(0, 9)), Numbers{4});
}

class RedriveTest : public RetryTest {
 protected:
  static AttemptEnd refused() {
    return {.verdict = {.kind = VerdictKind::kGiveUp},
            .http_status = 400,
            .description = "HTTP 400: bad",
            .body = "{\"code\":\"bad\"}"};
  }
  static AttemptEnd done() { return {.http_status = 202}; }

  /// Everything that was accepted is refused.
  void give_up(const std::vector<Action>& actions) {
    accept(actions);
    run(now_ + seconds(10), [](const Action&) { return refused(); });
    ASSERT_TRUE(pipeline_->idle());
    now_ += seconds(1);
  }
  std::vector<std::string> redrive(const LetterChoice& choice) {
    Redrive::Result result = pipeline_->redrive(choice, now_);
    for (auto& batch : result.batches) pipeline_->accept(std::move(batch));
    return result.warnings;
  }
};

TEST_F(RedriveTest, ALetterHasWhatTheServiceSaid) {
  make();
  give_up({{.kind = kSendToGroup, .group = "g", .data = "x"}});
  const DeadLetter kept = pipeline_->dead_letters().page(0, 1).front();
  EXPECT_EQ(kept.code, "refused");
  EXPECT_EQ(kept.reason, "HTTP 400: bad");
  EXPECT_EQ(kept.body, "{\"code\":\"bad\"}");
  EXPECT_EQ(kept.attempts, 1U);
  RecordReader reader;
  std::string line;
  append_line(line, *reader.read(kept.record));
  EXPECT_EQ(line, R"({"actionName":"sendToGroup","group":"g","hub":"hub","data":"x"})");
}

TEST_F(RedriveTest, GoesInTheOrderOfAcceptance) {
  make({.max_in_flight = 1});
  // The second is given up first.
  accept({{.kind = kSendToGroup, .group = "g", .data = "1"},
          {.kind = kSendToGroup, .group = "h", .data = "2"}});
  run(now_ + seconds(10), [first = true](const Action& action) mutable {
    const bool retry = action.group == "g" && std::exchange(first, false);
    return retry ? AttemptEnd{.verdict = {.kind = VerdictKind::kRetry}, .http_status = 500}
                 : refused();
  });
  ASSERT_EQ(pipeline_->dead_letters().page(0, 1).front().origin.seq, 2U);
  EXPECT_TRUE(redrive({.all = true}).empty());
  EXPECT_EQ(pipeline_->dead_letters().summary().count, 0U);
  std::vector<std::string> sent;
  run(now_ + seconds(10), [&](const Action& action) {
    sent.emplace_back(action.data);
    return done();
  });
  EXPECT_EQ(sent, (std::vector<std::string>{"1", "2"}));
  EXPECT_EQ(pipeline_->ledger().redriven, 2U);
  EXPECT_EQ(pipeline_->ledger().accepted, 4U);
  EXPECT_TRUE(pipeline_->ledger().balances());
}

TEST_F(RedriveTest, WhatFailsAgainIsALetterAgain) {
  make();
  give_up({{.kind = kSendToAll, .data = "x"}, {.kind = kSendToAll, .data = "y"}});
  redrive({.numbers = {2}});
  run(now_ + seconds(10), [](const Action&) { return refused(); });
  const std::vector<DeadLetter> letters = pipeline_->dead_letters().page(0, 9);
  EXPECT_EQ(numbers_of(letters), (Numbers{1, 3}));
  EXPECT_EQ(letters.back().producer, "redrive");
}

TEST_F(RedriveTest, ItsTimeToLiveBeginsAnew) {
  make();
  give_up({{.kind = kSendToAll, .data = "x", .time_to_live = seconds(5)}});
  now_ += hours(1);
  redrive({.all = true});
  run(now_ + seconds(10), [](const Action&) { return done(); });
  EXPECT_EQ(pipeline_->ledger().with(OutcomeKind::kDelivered), 1U);
}

TEST_F(RedriveTest, AnOrderedBatchStaysInOrder) {
  make();
  auto batch = std::make_unique<Batch>(account_, now_, 256);
  batch->add({.kind = kSendToUser, .member = "u"}, 1, 100, 7);
  batch->add({.kind = kSendToUser, .member = "v"}, 2, 100, 7);
  pipeline_->accept(std::move(batch));
  run(now_ + seconds(10), [](const Action&) { return refused(); });
  redrive({.all = true});
  EXPECT_EQ(start_all().size(), 1U);
}

TEST_F(RedriveTest, AnOrderedBatchStaysInOrderThoughItComesInSeveralCalls) {
  make();
  auto batch = std::make_unique<Batch>(account_, now_, 256);
  batch->add({.kind = kSendToUser, .member = "u"}, 1, 100, 7);
  batch->add({.kind = kSendToUser, .member = "x"}, 2, 100, 8);
  batch->add({.kind = kSendToUser, .member = "v"}, 3, 100, 7);
  pipeline_->accept(std::move(batch));
  run(now_ + seconds(10), [](const Action&) { return refused(); });
  for (const uint64_t number : {1U, 2U, 3U}) redrive({.numbers = {number}});
  EXPECT_EQ(start_all().size(), 2U) << "v waits for u";
}

TEST_F(RedriveTest, WhatCannotBeReadIsKeptAndSaid) {
  make();
  give_up({{.kind = kSendToAll, .data = "x"}});
  pipeline_->dead_letters().add({.record = "of a newer version"});
  const std::vector<std::string> warnings = redrive({.all = true});
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_NE(warnings[0].find("dead letter 2 was not sent again"), std::string::npos);
  EXPECT_EQ(numbers_of(pipeline_->dead_letters().page(0, 9)), Numbers{2});
  EXPECT_EQ(start_all().size(), 1U);
}

TEST_F(RedriveTest, RecordsOfStreamsStayAndAreNamed) {
  make();
  give_up({{.kind = kSendToAll, .data = "x"}});
  DeadLetterStore& letters = pipeline_->dead_letters();
  letters.add(letter_of({.stream = "orders", .code = "invalid_json"}, now_));
  EXPECT_EQ(
      redrive({.numbers = {2}}),
      (std::vector<std::string>{"dead letter 2 was not sent again: it is a record of a stream "
                                "that was refused: produce it again"}));
  for (int i = 0; i < 10; ++i) letters.add(letter_of({.stream = "orders"}, now_));
  EXPECT_EQ(redrive({.all = true}),
            (std::vector<std::string>{
                "11 dead letters were not sent again (2, 3, 4, 5, 6, 7, 8, 9, 10, 11, …): they are "
                "records of a stream that were refused: produce them again"}));
  EXPECT_EQ(letters.summary().count, 11U);
  EXPECT_EQ(start_all().size(), 1U);
  EXPECT_EQ(letters.purge({.all = true}), 11U);
}

struct WarningRow {
  const char* name;
  Action letter;
  Action later;
  bool warns;
};

class WarningTest : public RedriveTest, public testing::WithParamInterface<WarningRow> {};

TEST_P(WarningTest, OfWhatALaterActionHasOvertaken) {
  make();
  give_up({GetParam().letter});
  accept({GetParam().later});
  run(now_ + seconds(10), [](const Action&) { return done(); });
  const std::vector<std::string> warnings = redrive({.all = true});
  EXPECT_EQ(warnings.size(), GetParam().warns ? 1U : 0U);
}

using enum ActionKind;
const Action kAdd{.kind = kAddUserToGroup, .member = "u", .group = "g"};
const Action kRemove{.kind = kRemoveUserFromGroup, .member = "u", .group = "g"};
const Action kRemoveOther{.kind = kRemoveUserFromGroup, .member = "v", .group = "g"};
const Action kAddElsewhere{.kind = kAddUserToGroup, .member = "u", .group = "h"};
const ActionOptions kKey{.ordering_key = "k"};
const Action kCloseAllWithKey{.kind = kCloseAllConnections, .options = &kKey};
const Action kLogout{.kind = kRemoveUserFromAllGroups, .member = "u"};
const Action kSend{.kind = kSendToGroup, .group = "g", .data = "x"};
const Action kLogoutWithKey{.kind = kRemoveUserFromAllGroups, .member = "u", .options = &kKey};
const Action kSendWithKey{.kind = kSendToGroup, .group = "g", .data = "x", .options = &kKey};
const Action kClose{.kind = kCloseGroupConnections, .group = "g"};
const Action kCloseUser{.kind = kCloseUserConnections, .member = "u"};
const Action kSendToUserU{.kind = kSendToUser, .member = "u", .data = "x"};
const Action kSendToUserV{.kind = kSendToUser, .member = "v", .data = "x"};
const Action kLeaveAll{.kind = kRemoveConnectionFromAllGroups, .member = "c"};
const Action kLeaveAllUnordered{
    .kind = kRemoveConnectionFromAllGroups, .unordered = true, .member = "c"};
const Action kCloseC{.kind = kCloseClientConnection, .member = "c"};
const Action kSendToC{.kind = kSendToConnection, .member = "c", .data = "x"};
const Action kJoin{.kind = kAddConnectionToGroup, .member = "c", .group = "g"};
constexpr std::string_view kGroupG = "g";
const ActionOptions kBulkOptions{.filter = "true", .groups = {&kGroupG, 1}};
const Action kBulk{.kind = kAddConnectionsToGroups, .options = &kBulkOptions};
const Action kGrant{.kind = kGrantPermission, .member = "c"};
const Action kCloseAll{.kind = kCloseAllConnections};

INSTANTIATE_TEST_SUITE_P(
    Rows, WarningTest,
    testing::Values(WarningRow{"AddThenRemove", kAdd, kRemove, true},
                    WarningRow{"RemoveThenAdd", kRemove, kAdd, true},
                    WarningRow{"AddThenAnother", kAdd, kRemoveOther, false},
                    WarningRow{"LogoutThenAdd", kLogout, kAdd, true},
                    WarningRow{"AddThenLogout", kAdd, kLogout, true},
                    WarningRow{"AddThenAnotherGroup", kAdd, kAddElsewhere, false},
                    WarningRow{"AddThenSend", kAdd, kSend, false},
                    WarningRow{"CloseAllWithAKey", kCloseAllWithKey, kAdd, true},
                    WarningRow{"LogoutThenItsKey", kLogoutWithKey, kSendWithKey, false},
                    WarningRow{"CloseThenSend", kClose, kSend, true},
                    WarningRow{"CloseOfAUserThenItsMessage", kCloseUser, kSendToUserU, true},
                    WarningRow{"CloseOfAUserThenAnothers", kCloseUser, kSendToUserV, false},
                    WarningRow{"CloseOfAUserThenItsAdd", kCloseUser, kAdd, true},
                    WarningRow{"LeaveAllThenJoin", kLeaveAll, kJoin, true},
                    WarningRow{"LeaveAllThenAUsersChange", kLeaveAll, kAdd, false},
                    WarningRow{"ABulkChangeCannotBeTold", kBulk, kSendToUserU, true},
                    WarningRow{"JoinThenLeaveAll", kJoin, kLeaveAllUnordered, true},
                    WarningRow{"JoinThenClose", kJoin, kCloseC, true},
                    WarningRow{"CloseOfAConnectionThenItsJoin", kCloseC, kJoin, true},
                    WarningRow{"CloseOfAConnectionThenItsMessage", kCloseC, kSendToC, true},
                    WarningRow{"LeaveAllThenAMessage", kLeaveAll, kSendToC, false},
                    WarningRow{"AddThenABulkChange", kAdd, kBulk, true},
                    WarningRow{"JoinThenABulkChange", kJoin, kBulk, true},
                    WarningRow{"LogoutThenABulkChange", kLogout, kBulk, true},
                    WarningRow{"CloseOfAGroupThenABulkChange", kClose, kBulk, true},
                    WarningRow{"CloseOfAUserThenABulkChange", kCloseUser, kBulk, false},
                    WarningRow{"GrantThenABulkChange", kGrant, kBulk, false},
                    WarningRow{"ASendWarnsNever", kSend, kSend, false},
                    WarningRow{"CloseAllCannotBeTold", kCloseAll, kSend, true}),
    [](const auto& row) { return std::string(row.param.name); });

TEST_F(RedriveTest, WarnsOfWhatWaitedBehindItAlready) {
  make();
  accept({kAdd, kRemove});
  run(now_ + seconds(10),
      [](const Action& action) { return action.kind == kAddUserToGroup ? refused() : done(); });
  EXPECT_EQ(redrive({.all = true}).size(), 1U);
}

// Its producer's barrier is not asked: a bulk change of another producer undoes it as well.
TEST_F(RedriveTest, WarnsOfABulkChangeThatWasAcceptedBeforeTheLetterWasGivenUp) {
  for (const bool bulk_is_later : {true, false}) {
    make();
    accept({bulk_is_later ? kAdd : kBulk, bulk_is_later ? kBulk : kAdd});
    run(now_ + seconds(10),
        [](const Action& action) { return action.kind == kAddUserToGroup ? refused() : done(); });
    EXPECT_EQ(redrive({.all = true}).size(), bulk_is_later ? 1U : 0U);
  }
}

TEST_F(RedriveTest, WithoutLanesOfTargetsItCannotBeTold) {
  make({.order = {.ordering = Ordering::kNone}});
  give_up({kAdd});
  EXPECT_EQ(redrive({.all = true}).size(), 1U);
}

TEST_F(RedriveTest, ThatWhichOvertakesItsElderWarnsNotOfItself) {
  make();
  give_up({kAdd});
  give_up({kRemove});
  EXPECT_EQ(redrive({.numbers = {2}}).size(), 0U);
}

TEST_F(RedriveTest, WhereAllIsForgottenEverythingWarns) {
  Overtakings overtakings;
  DeadLetter kept;
  kept.lanes[0] = {.key = 1, .mode = LaneMode::kAlone};
  overtakings.watch(kept);
  EXPECT_FALSE(overtakings.has_overtaken(kept, kAddUserToGroup));
  for (uint64_t lane = 2; lane < 2 + Overtakings::kMost; ++lane) {
    DeadLetter other;
    other.lanes[0] = {.key = lane, .mode = LaneMode::kAlone};
    overtakings.watch(other);
  }
  EXPECT_TRUE(overtakings.has_overtaken(kept, kAddUserToGroup));
}

// Nobody has watched what came since: that is said once, of all of them.
TEST_F(RedriveTest, SaysOnceThatItDoesNotKnowWhatHasOvertakenOldLetters) {
  make();
  give_up({{.kind = kAddUserToGroup, .member = "u", .group = "g"},
           {.kind = kAddUserToGroup, .member = "v", .group = "g"},
           {.kind = kSendToUser, .member = "w"}});
  for (DeadLetter& old : pipeline_->dead_letters().take({.all = true})) {
    old.is_restored = true;
    old.lanes = {};
    pipeline_->dead_letters().put_back(std::move(old));
  }
  const std::vector<std::string> warnings = redrive({.all = true});
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_NE(warnings[0].find("from before the last start (1, 2)"), std::string::npos);
  EXPECT_NE(warnings[0].find("it is not known"), std::string::npos);
}

TEST(DeadLettersTest, WhatIsPutBackHasItsNumberAndPlace) {
  DeadLetters letters({.max_count = 3});
  for (int i = 0; i < 3; ++i) letters.add(letter("a"));
  std::vector<DeadLetter> taken = letters.take({.numbers = {2}});
  letters.put_back(std::move(taken.front()));
  EXPECT_EQ(numbers_of(letters.page(0, 9)), (Numbers{1, 2, 3}));
  letters.put_back({.number = 9});
  EXPECT_EQ(numbers_of(letters.page(0, 9)), (Numbers{2, 3, 9}));
  letters.add(letter("a"));
  EXPECT_EQ(letters.summary().last_number, 10U);
}

TEST(DeadLettersTest, HandsOverThePositionsOfItsActions) {
  DeadLetters letters({});
  letters.add({.position = 7});
  letters.add({.position = 0});
  letters.add({.position = 5});
  std::vector<uint64_t> positions = {1};
  letters.hand_over(positions);
  EXPECT_EQ(positions, (Numbers{1, 7, 5}));
  letters.hand_over(positions);
  EXPECT_EQ(positions.size(), 3U);
}

TEST_F(RedriveTest, WhatCannotBeReadIsKept) {
  make();
  pipeline_->dead_letters().add(letter("no json"));
  const std::vector<std::string> warnings = redrive({.all = true});
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_NE(warnings.front().find("dead letter 1 was not sent again"), std::string::npos);
  EXPECT_EQ(pipeline_->dead_letters().summary().count, 1U);
  EXPECT_EQ(pipeline_->ledger().accepted, 0U);
}

}  // namespace
}  // namespace awps
