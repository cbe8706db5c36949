// Kinds of action that the identity may not send: they stand aside, one asks, the rest follows.

#include <gtest/gtest.h>

#include "hub/retries.h"
#include "tests/hub/retry_harness.h"

namespace awps {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

class HeldKindTest : public RetryTest {
 protected:
  static AttemptEnd answer(const Action& action) {
    return action.kind == kGrantPermission ? forbidden() : done();
  }
};

TEST_F(HeldKindTest, OthersGoOn) {
  make();
  accept({{.kind = kGrantPermission, .member = "c"},
          {.kind = kSendToAll},
          {.kind = kGrantPermission, .member = "d"},
          {.kind = kSendToUser, .member = "u"}});
  run(kStart + milliseconds(500), answer);
  EXPECT_EQ(ledger().with(OutcomeKind::kDelivered), 2U);
  EXPECT_EQ(ledger().unsettled(), 2U);
  EXPECT_EQ(trouble().hold_reason(), HoldReason::kNone);
}

TEST_F(HeldKindTest, OneAsksAtATimeEverMoreSeldom) {
  make();
  accept({{.kind = kGrantPermission, .member = "c"}});
  run(kStart + Duration(1), answer);
  accept({{.kind = kGrantPermission, .member = "d"}, {.kind = kGrantPermission, .member = "e"}});
  starts_.clear();
  run(kStart + minutes(4), answer);
  ASSERT_GE(starts_.size(), 7U);
  ASSERT_LE(starts_.size(), 12U) << "1, 2, 4, 8, 16, then every 30 s";
  Instant before = kStart;
  for (size_t i = 0; i < 7; ++i) {
    const Duration least = std::min<Duration>(seconds(1) * (1U << i), seconds(30));
    EXPECT_GE(starts_[i].at - before, least) << "probe " << i;
    before = starts_[i].at;
  }
}

TEST_F(HeldKindTest, ASuccessReleasesTheRest) {
  make();
  accept({{.kind = kGrantPermission, .member = "c"},
          {.kind = kGrantPermission, .member = "d"},
          {.kind = kGrantPermission, .member = "e"}});
  run(kStart + seconds(20), answer);
  starts_.clear();
  const Instant well_from = now_;
  run(well_from + minutes(2), [](const Action&) { return done(); });
  EXPECT_EQ(ledger().with(OutcomeKind::kDelivered), 3U);
  ASSERT_EQ(starts_.size(), 3U);
  EXPECT_LE(starts_[2].at - starts_[0].at, milliseconds(1))
      << "those that waited go with the first success";
  EXPECT_FALSE(pipeline_->kind_holds().any());
}

TEST_F(HeldKindTest, WhatWaitedMaxAgeIsADeadLetterAndItsLanesGoOn) {
  make({.retry = {.max_age = minutes(1)}});
  accept({{.kind = kAddConnectionToGroup, .member = "c", .group = "g"},
          {.kind = kSendToGroup, .group = "g"}});
  const Answers answers = [](const Action& action) {
    return action.kind == kAddConnectionToGroup ? forbidden() : done();
  };
  run(kStart + seconds(59), answers);
  EXPECT_EQ(ledger().unsettled(), 2U);
  run(kStart + minutes(3), answers);
  EXPECT_EQ(ledger().with(OutcomeKind::kDeadLettered), 1U);
  EXPECT_EQ(ledger().with(OutcomeKind::kDelivered), 1U);
  ASSERT_EQ(pipeline_->dead_letters().summary().count, 1U);
  EXPECT_EQ(pipeline_->dead_letters().page(0, 1).front().http_status, 403);
  EXPECT_EQ(pipeline_->outcomes().front().error_code, "refused");
  EXPECT_LE(now_, kStart + seconds(91)) << "max_age, and the last wait of 30 s";
}

TEST_F(HeldKindTest, ItsReleaseIsNobodyElses) {
  make({.retry = {.max_attempts = 3, .base = seconds(20)}});
  accept({{.kind = kSendToGroup, .group = "poison"}});
  int attempts = 0;
  for (int i = 0; i < 2000; ++i) {
    const std::string connection = "c" + std::to_string(i);
    accept(
        {{.kind = kSendToUser, .member = "u"}, {.kind = kGrantPermission, .member = connection}});
    // Every fourth grant is forbidden, the next one ends the hold of its kind.
    run(kStart + (i + 1) * milliseconds(100), [&](const Action& action) {
      attempts += action.kind == kSendToGroup ? 1 : 0;
      if (action.kind == kSendToGroup) return failed(500);
      return action.kind == kGrantPermission && i % 4 == 0 ? forbidden() : done();
    });
    now_ = kStart + (i + 1) * milliseconds(100);
  }
  EXPECT_EQ(ledger().with(OutcomeKind::kDeadLettered), 1U);
  EXPECT_EQ(attempts, 3) << "after its own back-off each time";
}

TEST_F(HeldKindTest, AnOutageAfterTheHoldGivesNothingUp) {
  make({.retry = {.max_age = minutes(1)}});
  accept({{.kind = kGrantPermission, .member = "c"}});
  int answers = 0;
  run(kStart + minutes(20),
      [&](const Action&) { return ++answers == 1 ? forbidden() : refused_connection(); });
  EXPECT_EQ(ledger().unsettled(), 1U);
  run(kStart + minutes(21), [](const Action&) { return done(); });
  EXPECT_EQ(ledger().with(OutcomeKind::kDelivered), 1U);
}

// ---- standing aside

TEST_F(HeldKindTest, WhatComesLaterStandsAsideWithoutAnOperation) {
  make();
  accept({{.kind = kGrantPermission, .member = "first"}});
  run_to(kStart + milliseconds(1), answer);
  ASSERT_TRUE(pipeline_->kind_holds().any());
  for (int i = 0; i < 100; ++i) {
    const std::string connection = "c" + std::to_string(i);
    accept({{.kind = kGrantPermission, .member = connection}});
  }
  accept_users(1);
  run_to(kStart + milliseconds(2), answer);
  EXPECT_EQ(ledger().with(OutcomeKind::kDelivered), 1U) << "the user's, behind them all";
  EXPECT_EQ(ledger().in(EntryState::kQueued), 100U);
  EXPECT_EQ(ledger().in(EntryState::kDeferred), 1U) << "who was forbidden";
  EXPECT_EQ(pipeline_->waiting(), 0U) << "no permit would help them";
}

TEST_F(HeldKindTest, TheyGoInTheOrderInWhichTheyStoodAside) {
  make({.max_in_flight = 1});
  accept({{.kind = kGrantPermission, .member = "first", .time_to_live = milliseconds(500)}});
  run_to(kStart + milliseconds(1), answer);
  for (int i = 0; i < 100; ++i) {
    const std::string connection = "c" + std::to_string(i);
    accept({{.kind = kGrantPermission, .member = connection}});
  }
  run_to(kStart + milliseconds(900), answer);
  starts_.clear();
  run(kStart + seconds(40), [](const Action&) { return done(); });
  const std::vector<uint64_t> seqs = seqs_from(0);
  ASSERT_EQ(seqs.size(), 100U);
  EXPECT_TRUE(std::ranges::is_sorted(seqs)) << testing::PrintToString(seqs);
}

TEST_F(HeldKindTest, ItsReplacementByAnotherKindLeavesTheHold) {
  make_as_is({});
  accept({{.kind = kGrantPermission, .member = "first"}});
  run_to(kStart + milliseconds(1), answer);
  const Action grant{.kind = kGrantPermission, .member = "c"};
  accept({grant});
  run_to(kStart + milliseconds(2), answer);
  Action revoke = grant;
  revoke.kind = kRevokePermission;
  accept({revoke});
  run_to(kStart + milliseconds(3), answer);
  EXPECT_EQ(ledger().with(OutcomeKind::kSuperseded), 1U);
  EXPECT_EQ(ledger().with(OutcomeKind::kDelivered), 1U) << "it may be sent";
  EXPECT_EQ(ledger().unsettled(), 1U);
}

TEST_F(HeldKindTest, WhatStandsAsideExpiresAtItsTime) {
  make();
  accept({{.kind = kGrantPermission, .member = "c"},
          {.kind = kGrantPermission, .member = "d", .time_to_live = seconds(10)}});
  run_to(kStart + milliseconds(9999), answer);
  EXPECT_EQ(ledger().with(OutcomeKind::kExpired), 0U);
  run_to(kStart + seconds(10) + milliseconds(1), answer);
  EXPECT_EQ(ledger().with(OutcomeKind::kExpired), 1U);
}

TEST_F(HeldKindTest, WhatStandsAsideForMaxAgeIsGivenUp) {
  make({.retry = {.max_age = minutes(1)}});
  accept({{.kind = kGrantPermission, .member = "first"}});
  run_to(kStart + milliseconds(1), answer);
  for (int i = 0; i < 20; ++i) {
    const std::string connection = "c" + std::to_string(i);
    accept({{.kind = kGrantPermission, .member = connection}});
  }
  run_to(kStart + seconds(59), answer);
  EXPECT_EQ(ledger().with(OutcomeKind::kDeadLettered), 0U);
  run_to(kStart + seconds(150), answer);
  EXPECT_EQ(ledger().with(OutcomeKind::kDeadLettered), 21U);
  EXPECT_LE(starts_.size(), 12U) << "most were never sent";
  for (const DeadLetter& letter : pipeline_->dead_letters().page(0, 21)) {
    EXPECT_EQ(letter.http_status, 403);
    EXPECT_EQ(letter.code, "refused");
  }
}

TEST_F(HeldKindTest, NobodyIsMovedWhileNothingMayStart) {
  make({.retry = {.max_age = minutes(10)}});
  accept({{.kind = kGrantPermission, .member = "first"}});
  run_to(kStart + milliseconds(1), answer);
  for (int i = 0; i < 20; ++i) {
    const std::string connection = "c" + std::to_string(i);
    accept({{.kind = kGrantPermission, .member = connection}});
  }
  run_to(kStart + milliseconds(2), answer);
  pipeline_->pause(true);
  now_ = kStart + seconds(5);  // one may ask
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(start_all().empty());
  EXPECT_GT(pipeline_->wake_at(now_), now_) << "there is nothing to do";
  EXPECT_LE(pipeline_->waiting(), 2U) << "one asks, the others stand aside";
}

}  // namespace
}  // namespace awps
