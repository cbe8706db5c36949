// Sick targets cost those that are well nothing, however many wait for their next try: steps for
// an action that is accepted and delivered beside them, and for a recovery.

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "hub/pipeline.h"
#include "tests/steps/steps.h"

namespace awps {
namespace {

using enum ActionKind;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr size_t kFew = 1 << 10;
constexpr size_t kMany = 1 << 18;
constexpr double kMostGrowth = 1.2;

/// A hub with `count` sick groups, each with an action that is parked: failed twice while others
/// were answered.
class SickHub {
 public:
  SickHub(size_t count, double budget) {
    HubOptions options{.hub = "hub", .max_in_flight = 64, .retry = retry_options()};
    options.coalesce.enabled = false;
    pipeline_ = std::make_unique<Pipeline>(options, endpoint_, 1);
    account_.producer = 1;
    for (size_t i = 0; i < count; ++i) {
      accept({.kind = kSendToGroup, .group = "g" + std::to_string(i)});
      run();
      deliver_one();
    }
    while (endpoint_.trouble().suspects() < count) {
      pass(milliseconds(100));
      deliver_one();
    }
    options.retry.budget = budget;
    pipeline_->reconfigure(options);
  }

  /// A healthy action, from its acceptance to its outcome.
  void deliver_one() {
    accept({.kind = kSendToUser, .member = "well"});
    run();
  }
  void pass(Duration duration) {
    now_ += duration;
    run();
  }
  /// Another hub of the endpoint finds it failing, then well: what failed meanwhile is released.
  void recover() {
    now_ += milliseconds(1);
    Trouble& trouble = endpoint_.trouble();
    for (uint64_t target = 1; trouble.hold_reason() == HoldReason::kNone; ++target) {
      const Attempt attempt{.target = target, .started = now_};
      trouble.begin(attempt);
      trouble.failed(attempt, {}, now_);
    }
    now_ += milliseconds(1);  // hardly anybody's back-off ends meanwhile
    const Attempt probe{.target = 1, .started = now_};
    trouble.begin(probe);
    trouble.answered(probe, now_);
    pipeline_->advance(now_);
  }
  void settle() {
    while (Operation* operation = pipeline_->next(now_)) finish(*operation);
  }
  uint64_t parked() const { return pipeline_->ledger().in(EntryState::kDeferred); }
  uint64_t delivered() const { return pipeline_->ledger().with(OutcomeKind::kDelivered); }

 private:
  static RetryOptions retry_options() {
    return {.max_attempts = 1'000'000,
            .max_age = hours(1'000'000),
            .base = seconds(100),
            .max = seconds(100),
            .budget = 1e9};
  }
  void accept(const Action& action) {
    auto batch = std::make_unique<Batch>(account_, now_, 256);
    batch->add(action, ++seq_, static_cast<uint32_t>(charge_of(action)), 0);
    pipeline_->accept(std::move(batch));
  }
  void finish(Operation& operation) {
    const bool is_sick = operation.action().kind == kSendToGroup;
    const AttemptEnd end =
        is_sick ? AttemptEnd{.verdict = {.kind = VerdictKind::kRetry, .ambiguous = true},
                             .http_status = 500}
                : AttemptEnd{.http_status = 202};
    pipeline_->complete(operation, end, now_);
  }
  void run() {
    now_ += Duration(1000);
    pipeline_->advance(now_);
    settle();
    pipeline_->outcomes().clear();
    pipeline_->releases().clear();
  }

  EndpointState endpoint_{EndpointState::Options{}};
  Account account_;
  std::unique_ptr<Pipeline> pipeline_;
  Instant now_{seconds(1000)};
  uint64_t seq_ = 0;
};

double steps_beside(SickHub& hub) {
  static constexpr size_t kActions = 1000;
  const uint64_t before = hub.delivered();
  const uint64_t steps = steps_of([&] {
    for (size_t i = 0; i < kActions; ++i) hub.deliver_one();
  });
  EXPECT_EQ(hub.delivered() - before, kActions);
  return static_cast<double>(steps) / kActions;
}

TEST(StepsBesideSuspects, PerHealthyActionDoNotGrowWithThoseThatWaitForTheirBackOff) {
  SickHub few(kFew, 1e9);
  SickHub many(kMany, 1e9);
  ASSERT_GE(many.parked(), kMany / 2);
  const double steps_few = steps_beside(few);
  const double steps_many = steps_beside(many);
  EXPECT_LE(steps_many, steps_few * kMostGrowth) << steps_few << " and " << steps_many;
}

TEST(StepsBesideSuspects, PerHealthyActionDoNotGrowWithThoseInLineForTheBudget) {
  SickHub few(kFew, 0);
  SickHub many(kMany, 0);
  few.pass(seconds(200));
  many.pass(seconds(200));
  ASSERT_GE(many.parked(), kMany - 100);
  const double steps_few = steps_beside(few);
  const double steps_many = steps_beside(many);
  EXPECT_LE(steps_many, steps_few * kMostGrowth) << steps_few << " and " << steps_many;
}

struct RecoveryRow {
  const char* name;
  double budget;
  Duration passed;
};

class StepsOfARecovery : public testing::TestWithParam<RecoveryRow> {};

// They did not fail because of the hold: its end does not walk them.
TEST_P(StepsOfARecovery, DoNotGrowWithTheSuspectsThatArePresent) {
  SickHub few(kFew, GetParam().budget);
  SickHub many(kMany, GetParam().budget);
  few.pass(GetParam().passed);
  many.pass(GetParam().passed);
  const uint64_t steps_few = steps_of([&] { few.recover(); });
  const uint64_t steps_many = steps_of([&] { many.recover(); });
  EXPECT_LE(steps_many, steps_few + 20'000) << "of " << kMany << " suspects, and of " << kFew;
}

INSTANTIATE_TEST_SUITE_P(Rows, StepsOfARecovery,
                         testing::Values(RecoveryRow{"back_off", 1e9, milliseconds(1)},
                                         RecoveryRow{"in_line_for_the_budget", 0, seconds(200)}),
                         [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace awps
