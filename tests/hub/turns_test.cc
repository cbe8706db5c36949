#include "hub/turns.h"

#include <gtest/gtest.h>

#include "tests/hub/retry_harness.h"

namespace awps {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

class TurnsTest : public RetryTest {
 protected:
  static AttemptEnd sick_groups_fail(const Action& action) {
    return action.kind == kSendToGroup ? failed(500) : done();
  }
  void accept_group(size_t number, bool unordered = false) {
    const std::string group = "group" + std::to_string(number);
    accept({{.kind = kSendToGroup, .unordered = unordered, .group = group}});
  }
  /// So many groups are suspects, each with one that is parked and due by now.
  void make_suspects(size_t count, PipelineOptions options = {}) {
    options.retry = {.max_attempts = 1000, .max_age = hours(1), .max = seconds(1), .budget = 1e6};
    make(std::move(options));
    for (size_t i = 0; i < count; ++i) {
      accept_group(i);
      accept_users(1);
      run_to(now_ + milliseconds(1), sick_groups_fail);
    }
    for (int i = 0; i < 1000 && trouble().suspects() < count; ++i) {
      accept_users(1);
      run_to(now_ + milliseconds(5), sick_groups_fail);
    }
    ASSERT_EQ(trouble().suspects(), count);
    pipeline_->pause(true);
    now_ += seconds(2);  // their back-offs are over
    EXPECT_TRUE(start_all().empty());
    pipeline_->pause(false);
    starts_.clear();
  }
  size_t starts_of_new_targets(size_t first, size_t last) const {
    size_t count = 0;
    for (size_t i = first; i < last; ++i) count += starts_[i].kind == kSendToGroup ? 1U : 0U;
    return count;
  }
};

// ---- suspects

TEST_F(TurnsTest, OfASuspectOneIsUnderWay) {
  make_suspects(1, {.max_in_flight = 100});
  for (int i = 0; i < 50; ++i) accept_group(0, /*unordered=*/true);
  const std::vector<Operation*> first = start_all();
  ASSERT_EQ(first.size(), 1U);
  EXPECT_GT(pipeline_->wake_at(now_), now_) << "only its end changes that";
  complete(*first.front(), failed(500));
  const std::vector<Operation*> second = start_all();
  ASSERT_EQ(second.size(), 1U);
  complete(*second.front(), done());
  EXPECT_GE(start_all().size(), 10U) << "one 2xx ends the suspicion";
}

TEST_F(TurnsTest, ABusySuspectMakesRoomForTheOthers) {
  make_suspects(3, {.max_in_flight = 100});
  for (int i = 0; i < 5; ++i) accept_group(0, /*unordered=*/true);
  accept_group(1, /*unordered=*/true);
  accept_group(2, /*unordered=*/true);
  EXPECT_EQ(start_all().size(), 3U) << "one of each";
}

TEST_F(TurnsTest, OfAllSuspectsATenthIsUnderWay) {
  make_suspects(20, {.max_in_flight = 30});
  EXPECT_EQ(start_all().size(), 3U);
}

TEST_F(TurnsTest, EvenOfFewOneSuspectIsTried) {
  make_suspects(5, {.max_in_flight = 2});
  EXPECT_EQ(start_all().size(), 1U);
}

TEST_F(TurnsTest, WhileOthersWaitOnePermitIn32IsASuspects) {
  static constexpr size_t kTurns = 660;
  make_suspects(50, {.max_in_flight = 1});
  const Action well{.kind = kSendToUser, .unordered = true, .member = "user1"};
  accept(std::vector<Action>(kTurns, well));
  for (size_t i = 0; i < kTurns; ++i) {
    pipeline_->advance(now_);
    Operation* operation = pipeline_->next(now_);
    ASSERT_NE(operation, nullptr);
    starts_.push_back({.at = now_, .kind = operation->action().kind});
    complete(*operation, sick_groups_fail(operation->action()));
  }
  EXPECT_EQ(starts_of(kSendToGroup), kTurns / 33);
  size_t last = 0;
  for (size_t i = 0; i < kTurns; ++i) {
    if (starts_[i].kind != kSendToGroup) continue;
    EXPECT_EQ(i - last, last == 0 ? 32U : 33U);
    last = i;
  }
}

// ---- newcomers

class NewcomersTest : public TurnsTest {
 protected:
  /// Eight users are known; so many of the groups that came failed that newcomers are doubtful.
  void make_doubtful() {
    make({.max_in_flight = 32, .retry = {.base = hours(1), .max = hours(1)}});
    accept_users(8);
    run_to(kStart + milliseconds(1), sick_groups_fail);
    for (size_t i = 0; i < 4; ++i) {
      accept_group(1000 + i);
      run_to(now_ + milliseconds(1), sick_groups_fail);
      accept_known(1);
      run_to(now_ + milliseconds(1), sick_groups_fail);
    }
    ASSERT_TRUE(trouble().newcomers_are_doubtful());
    starts_.clear();
  }
  void accept_known(size_t count) {
    for (size_t i = 0; i < count; ++i) {
      const std::string user = "user" + std::to_string(i % 8);
      accept({{.kind = kSendToUser, .unordered = true, .member = user}});
    }
  }
};

TEST_F(NewcomersTest, StandAsideWhileDoubtful) {
  make_doubtful();
  for (size_t i = 0; i < 100; ++i) accept_group(i);
  accept_known(8);
  const size_t started = start_all().size();
  ASSERT_GE(started, 16U);
  EXPECT_LE(starts_of_new_targets(0, 9), 1U) << "the known go before those that came before them";
  EXPECT_LE(starts_of(kSendToGroup), pipeline_->permits().concurrency() / 2)
      << "and keep half of the places";
}

TEST_F(NewcomersTest, GetOnePermitIn16WhileOthersWait) {
  make_doubtful();
  PipelineOptions options{.hub = "hub", .max_in_flight = 1};
  options.coalesce.enabled = false;
  pipeline_->reconfigure(options);
  for (size_t i = 0; i < 100; ++i) accept_group(i);
  accept_known(200);
  for (size_t i = 0; i < 170; ++i) {
    const std::vector<Operation*> started = start_all();
    ASSERT_EQ(started.size(), 1U);
    complete(*started.front(), sick_groups_fail(started.front()->action()));
  }
  EXPECT_NEAR(static_cast<double>(starts_of(kSendToGroup)), 10, 1);
}

TEST_F(NewcomersTest, TheirSuccessesEndTheDoubt) {
  make_doubtful();
  for (size_t i = 0; i < 100; ++i) accept_group(i);
  run_to(now_ + milliseconds(100), [](const Action&) { return done(); });
  EXPECT_FALSE(trouble().newcomers_are_doubtful());
}

// What hangs for its whole timeout leaves the known ones the places that they use.
TEST_F(NewcomersTest, TheKnownKeepWhatTheyUse) {
  make({.max_in_flight = 64});
  accept_users(8);
  run_to(kStart + milliseconds(1), sick_groups_fail);
  accept_known(8);
  const std::vector<Operation*> known = start_all();
  ASSERT_EQ(known.size(), 8U);
  for (size_t i = 0; i < 100; ++i) accept_group(i);
  (void)start_all();
  for (Operation* operation : known) complete(*operation, done());
  accept_known(8);
  const size_t before = starts_of(kSendToUser);
  (void)start_all();
  EXPECT_EQ(starts_of(kSendToUser) - before, 8U) << "though a hundred newcomers are there";
  EXPECT_GT(starts_of(kSendToGroup), 0U);
}

// Among them are a few that hang; when they are overdue, the others go on.
TEST_F(NewcomersTest, WhoHangsTakesNoPlaceOfTheOthersForLong) {
  make({.max_in_flight = 64});
  accept_users(8);
  run_to(kStart + milliseconds(1), sick_groups_fail);
  accept_known(8);
  (void)start_all();  // they stay under way
  for (size_t i = 0; i < 100; ++i) accept_group(i);
  (void)start_all();
  const size_t at_first = starts_of(kSendToGroup);
  ASSERT_LT(at_first, 100U);
  const Instant wake_at = pipeline_->wake_at(now_);
  EXPECT_LE(wake_at, now_ + seconds(1)) << "when they are overdue";
  now_ += seconds(1);
  (void)start_all();
  EXPECT_GT(starts_of(kSendToGroup), at_first);
}

// While doubtful they leave half of the places, though nobody else is there.
TEST_F(NewcomersTest, WaitNoLongerThanUntilThoseUnderWayAreOverdue) {
  make_doubtful();
  for (size_t i = 0; i < 100; ++i) accept_group(i);
  const size_t at_first = start_all().size();
  ASSERT_LE(at_first, pipeline_->permits().concurrency() / 2);
  ASSERT_TRUE(pipeline_->permits().has_slot());
  const Instant wake_at = pipeline_->wake_at(now_);
  EXPECT_GT(wake_at, now_);
  EXPECT_LE(wake_at, now_ + seconds(1)) << "then more may go";
  now_ += seconds(1);
  EXPECT_GT(start_all().size(), 0U);
}

// ---- probes

// A burst of sick targets is told from an outage by whoever came since.
TEST_F(TurnsTest, ABurstOfSickEntriesDoesNotKeepALaterOneFromBeingTheProbe) {
  make({.retry = {.base = hours(1), .max = hours(1)}});
  for (size_t i = 0; i < 1000; ++i) accept_group(i);
  run_to(kStart + milliseconds(10), sick_groups_fail);
  ASSERT_EQ(trouble().hold_reason(), HoldReason::kFailing);
  accept_users(1);
  run_to(kStart + milliseconds(500), sick_groups_fail);
  EXPECT_EQ(starts_of(kSendToUser), 1U);
  EXPECT_GE(trouble().recoveries(), 1U);
}

// The sick ones take turns in front with first attempts.
TEST_F(TurnsTest, InAHoldRetriesTakeTurnsWithFirstAttempts) {
  make({.retry = {.base = Duration(1), .max = Duration(1)}});
  for (size_t i = 0; i < 16; ++i) accept_group(i);
  run_to(kStart + milliseconds(1), [](const Action&) { return failed(500); });
  accept_users(100);
  run_to(kStart + seconds(4), [](const Action&) { return failed(500); });
  size_t probes = 0;
  size_t retries = 0;
  for (const Started& start : starts_) {
    if (start.at < kStart + milliseconds(200)) continue;
    ++probes;
    retries += start.attempt > 1 ? 1U : 0U;
  }
  EXPECT_GE(probes, 30U);
  EXPECT_NEAR(static_cast<double>(retries), static_cast<double>(probes) / 2, 2);
}

// ---- order

TEST_F(TurnsTest, RetriesGoBeforeFirstAttempts) {
  make({.max_in_flight = 1, .retry = {.base = Duration(1), .max = Duration(1)}});
  accept_users(3);
  std::vector<Operation*> first = start_all();
  ASSERT_EQ(first.size(), 1U);
  complete(*first.front(), refused_connection());
  now_ += Duration(1);
  run(kStart + seconds(1), [](const Action&) { return done(); });
  EXPECT_EQ(seqs_from(0), (std::vector<uint64_t>{1, 1, 2, 3}));
}

}  // namespace
}  // namespace awps
