#include "hub/pipeline.h"

#include <gtest/gtest.h>
#include <malloc.h>

#include <functional>
#include <string>
#include <vector>

#include "queue/report_queue.h"

namespace awps {
namespace {

using enum ActionKind;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Instant kStart{seconds(1000)};

AttemptEnd done() {
  return {.http_status = 202};
}
AttemptEnd refused_connection() {
  return {.verdict = {.kind = VerdictKind::kRetry, .way_failed = true}};
}
AttemptEnd server_error() {
  return {.verdict = {.kind = VerdictKind::kRetry, .ambiguous = true},
          .http_status = 500,
          .description = "HTTP 500"};
}
AttemptEnd bad_request() {
  return {.verdict = {.kind = VerdictKind::kGiveUp},
          .http_status = 400,
          .description = "HTTP 400 Error.BadRequest"};
}
AttemptEnd throttled(Duration pause) {
  return {.verdict = {.kind = VerdictKind::kRetry, .throttled = true, .retry_after = pause},
          .http_status = 429};
}
AttemptEnd bad_credential() {
  return {.verdict = {.kind = VerdictKind::kCredential}, .http_status = 401};
}

/// A pipeline whose requests are answered at once by `answer`, in virtual time.
class PipelineTest : public testing::Test {
 protected:
  PipelineTest() : outcomes_([] {}) { account_.wants_outcomes = true; }

  void make(PipelineOptions options = {}) {
    options.hub = "hub";
    pipeline_ = std::make_unique<Pipeline>(options, endpoint_, 1);
  }

  void accept(const std::vector<Action>& actions) {
    auto batch = std::make_unique<Batch>(account_, now_, 256);
    for (const Action& action : actions) batch->add(action, ++seq_, 100, 0);
    pipeline_->accept(std::move(batch));
  }

  /// Until everything has its outcome, or `until` has come.
  void run(Instant until, const std::function<AttemptEnd(const Action&)>& answer) {
    while (now_ < until && !pipeline_->idle()) {
      const int requests_before = requests_;
      pipeline_->advance(now_);
      while (Operation* operation = pipeline_->next(now_)) {
        ++requests_;
        const AttemptEnd end = answer(operation->action());
        pipeline_->complete(*operation, end, now_);
      }
      ASSERT_TRUE(pipeline_->ledger().balances());
      if (pipeline_->idle()) return;
      if (pipeline_->take_health_probe(now_)) pipeline_->health_ended(false, false, now_);
      const Instant at = pipeline_->wake_at(now_);
      ASSERT_TRUE(at > now_ || requests_ > requests_before) << "it spins";
      now_ = std::min(at, until);
    }
  }

  const Ledger& ledger() const { return pipeline_->ledger(); }

  Account account_;
  ReportQueue outcomes_;
  EndpointState endpoint_{EndpointState::Options{}};
  std::unique_ptr<Pipeline> pipeline_;
  Instant now_ = kStart;
  uint64_t seq_ = 0;
  int requests_ = 0;
};

TEST_F(PipelineTest, DeliversWhatIsTaken) {
  make();
  accept({{.kind = kSendToAll, .data = "a"}, {.kind = kSendToUser, .member = "u", .data = "b"}});
  run(kStart + seconds(1), [](const Action&) { return done(); });
  EXPECT_EQ(ledger().with(OutcomeKind::kDelivered), 2U);
  ASSERT_EQ(pipeline_->outcomes().size(), 2U);
  EXPECT_EQ(pipeline_->outcomes()[0].seq, 1U);
  EXPECT_EQ(pipeline_->outcomes()[0].attempts, 1U);
  EXPECT_EQ(pipeline_->releases().size(), 1U);
  EXPECT_EQ(pipeline_->releases()[0].bytes, 200U);
}

TEST_F(PipelineTest, AnOutageOfAnHourChargesNothing) {
  make({.retry = {.max_attempts = 2, .max_age = minutes(1)}});
  accept({{.kind = kSendToAll}, {.kind = kSendToUser, .member = "u"}});
  run(kStart + minutes(60), [](const Action&) { return refused_connection(); });
  EXPECT_EQ(ledger().unsettled(), 2U);
  EXPECT_LT(requests_, 4000) << "about one probe a second";
  run(kStart + minutes(61), [](const Action&) { return done(); });
  EXPECT_EQ(ledger().with(OutcomeKind::kDelivered), 2U);
}

TEST_F(PipelineTest, ServerErrorsWhileNobodyIsAnsweredChargeNothing) {
  make({.retry = {.max_attempts = 2}});
  accept({{.kind = kSendToAll}});
  run(kStart + minutes(60), [](const Action&) { return server_error(); });
  EXPECT_EQ(ledger().unsettled(), 1U);
}

TEST_F(PipelineTest, APoisonedActionIsGivenUpWhileOthersAreAnswered) {
  make({.retry = {.max_attempts = 3}});
  accept({{.kind = kSendToGroup, .group = "poison", .data = "x"}});
  int attempts = 0;
  for (int i = 0; i < 600 && ledger().with(OutcomeKind::kDeadLettered) == 0; ++i) {
    accept({{.kind = kSendToUser, .member = "u"}});
    now_ += milliseconds(100);
    run(now_ + milliseconds(1), [&](const Action& action) {
      if (action.group != "poison") return done();
      ++attempts;
      return server_error();
    });
  }
  EXPECT_EQ(ledger().with(OutcomeKind::kDeadLettered), 1U);
  EXPECT_EQ(attempts, 3);
  ASSERT_EQ(pipeline_->dead_letters().summary().count, 1U);
  const DeadLetter letter = pipeline_->dead_letters().page(0, 1).front();
  EXPECT_EQ(letter.http_status, 500);
  EXPECT_EQ(letter.attempts, 3U);
  EXPECT_NE(letter.reason.find("after 3 attempts"), std::string::npos);
  RecordReader reader;
  const Result<Record> record = reader.read(letter.record);
  ASSERT_TRUE(record);
  EXPECT_EQ(record->action.group, "poison");
  EXPECT_EQ(letter.origin, record->origin);
}

TEST_F(PipelineTest, WhatTheServiceRefusesIsADeadLetterAtOnce) {
  make();
  accept({{.kind = kGrantPermission, .member = "c"}, {.kind = kSendToAll}});
  run(kStart + seconds(1),
      [](const Action& action) { return action.kind == kSendToAll ? done() : bad_request(); });
  EXPECT_EQ(ledger().with(OutcomeKind::kDeadLettered), 1U);
  EXPECT_EQ(ledger().with(OutcomeKind::kDelivered), 1U);
  EXPECT_EQ(requests_, 2);
}

TEST_F(PipelineTest, NothingStartsWithinAPause) {
  make();
  accept({{.kind = kSendToUser, .member = "u"}});
  bool first = true;
  run(kStart + seconds(20), [&](const Action&) {
    if (!first) {
      EXPECT_GE(now_, kStart + seconds(5));
      return done();
    }
    first = false;
    accept({{.kind = kSendToUser, .member = "v"}});
    return throttled(seconds(5));
  });
  EXPECT_EQ(ledger().with(OutcomeKind::kDelivered), 2U);
}

TEST_F(PipelineTest, ABadCredentialHoldsTheEndpointAndGivesNothingUp) {
  make({.retry = {.max_attempts = 1}});
  accept({{.kind = kSendToUser, .member = "u"}, {.kind = kSendToUser, .member = "v"}});
  run(kStart + minutes(10), [](const Action&) { return bad_credential(); });
  EXPECT_EQ(endpoint_.trouble().hold_reason(), HoldReason::kCredential);
  EXPECT_EQ(ledger().unsettled(), 2U);
  run(kStart + minutes(11), [](const Action&) { return done(); });
  EXPECT_EQ(ledger().with(OutcomeKind::kDelivered), 2U);
  EXPECT_EQ(endpoint_.trouble().hold_reason(), HoldReason::kNone);
}

TEST_F(PipelineTest, ExpiresInAnOutageAtItsTime) {
  make();
  accept({{.kind = kSendToUser, .member = "u", .time_to_live = seconds(3)},
          {.kind = kSendToUser, .member = "u", .time_to_live = seconds(2)}});
  run(kStart + seconds(2) + milliseconds(500), [](const Action&) { return refused_connection(); });
  EXPECT_EQ(ledger().with(OutcomeKind::kExpired), 1U);
  run(kStart + seconds(3) + milliseconds(500), [](const Action&) { return refused_connection(); });
  EXPECT_EQ(ledger().with(OutcomeKind::kExpired), 2U);
  EXPECT_TRUE(pipeline_->idle());
}

TEST_F(PipelineTest, AtMostOnceGivesUpWhatMayHaveArrived) {
  make({.give_up_ambiguous = true});
  accept({{.kind = kSendToAll}, {.kind = kCloseClientConnection, .member = "c"}});
  run(kStart + minutes(1), [&](const Action& action) {
    if (requests_ <= 2) return server_error();
    EXPECT_FALSE(is_send(action.kind));
    return done();
  });
  EXPECT_EQ(ledger().with(OutcomeKind::kDeadLettered), 1U);
  EXPECT_EQ(ledger().with(OutcomeKind::kDelivered), 1U);
}

TEST_F(PipelineTest, CountsSendsThatAreRepeatedAlthoughTheyMayHaveArrived) {
  make();
  accept({{.kind = kSendToAll}});
  run(kStart + minutes(1), [&](const Action&) { return requests_ == 1 ? server_error() : done(); });
  EXPECT_EQ(ledger().retries, 1U);
  EXPECT_EQ(ledger().ambiguous_retries, 1U);
}

TEST_F(PipelineTest, KeepsWithinItsRate) {
  make({.requests_per_second = 10, .burst = Duration::zero()});
  std::vector<Action> actions(50, Action{.kind = kSendToAll, .unordered = true});
  accept(actions);
  run(kStart + seconds(100), [](const Action&) { return done(); });
  EXPECT_EQ(now_, kStart + milliseconds(4900));
}

TEST_F(PipelineTest, AbandonEndsEverythingInTheOrderAccepted) {
  make({.max_in_flight = 1});
  accept({{.kind = kSendToAll, .data = "1"},
          {.kind = kSendToAll, .data = "2"},
          {.kind = kSendToUser, .member = "u", .data = "3"}});
  ASSERT_NE(pipeline_->next(now_), nullptr);  // under way
  std::string left;
  pipeline_->abandon([&](const Entry& entry) {
    left += entry.action().data;
    return left.size() != 2 ? Kept::kInFile : Kept::kNowhere;
  });
  EXPECT_EQ(left, "123");
  EXPECT_EQ(ledger().with(OutcomeKind::kAbandoned), 3U);
  EXPECT_TRUE(pipeline_->idle());
  EXPECT_EQ(pipeline_->order().lanes(), 0U);
}

TEST_F(PipelineTest, GivesTheMemoryOfABacklogBack) {
  make();
  const auto burst = [this](int first) {
    for (int i = 0; i < 20'000; ++i) {
      const std::string name = std::to_string(first + i);
      accept({{.kind = kSendToUser, .member = name, .data = "x", .time_to_live = seconds(30)},
              {.kind = kAddUserToGroup, .member = name, .group = "g" + name}});
    }
  };
  const auto in_use = [] { return ::mallinfo2().uordblks + ::mallinfo2().hblkhd; };
  const size_t before = in_use();
  if (before == 0) return;  // a sanitizer's allocator, of which mallinfo2() knows nothing
  for (int round = 0; round < 2; ++round) {
    burst(round * 50);
    EXPECT_GT(in_use(), before + 20'000'000);
    run(now_ + minutes(1), [](const Action&) { return done(); });
    ASSERT_TRUE(pipeline_->idle());
    std::vector<Outcome>().swap(pipeline_->outcomes());
    std::vector<Release>().swap(pipeline_->releases());
    pipeline_->release_memory();
    EXPECT_LT(in_use(), before + 500'000);
  }
  EXPECT_EQ(ledger().with(OutcomeKind::kDelivered), 80'000U);
}

}  // namespace
}  // namespace awps
