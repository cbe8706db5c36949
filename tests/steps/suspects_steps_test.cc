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
constexpr size_t kSome = kFew << 4;
const size_t kMany = kFew << doublings();
constexpr double kMostGrowth = 1.2;

/// A hub with `count` sick groups, each with an action that is parked: failed twice while others
/// were answered.
class SickHub {
 public:
  static constexpr double kNoBound = 1e9;

  explicit SickHub(size_t count, double budget = kNoBound, Duration back_off = seconds(100)) {
    PipelineOptions options{.hub = "hub", .max_in_flight = 64, .retry = retry_options()};
    options.retry.base = options.retry.max = back_off;
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
  /// The same, while suspects wait for their turn.
  void deliver_one_beside() {
    accept({.kind = kSendToUser, .member = "well"});
    pipeline_->advance(now_);
    const uint64_t before = delivered();
    while (delivered() == before) finish(*pipeline_->next(now_));
    pipeline_->outcomes().clear();
    pipeline_->releases().clear();
  }
  /// Nothing is sent meanwhile.
  void pass_in_a_pause(Duration duration) {
    pipeline_->pause(true);
    pass(duration);
    pipeline_->pause(false);
  }
  size_t waiting() const { return pipeline_->waiting(); }
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
    return {.max_attempts = 1'000'000, .max_age = hours(1'000'000), .budget = kNoBound};
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

double steps_beside(SickHub& hub, void (SickHub::*deliver)() = &SickHub::deliver_one) {
  static constexpr size_t kActions = 1000;
  const uint64_t before = hub.delivered();
  const uint64_t steps = steps_of([&] {
    for (size_t i = 0; i < kActions; ++i) (hub.*deliver)();
  });
  EXPECT_EQ(hub.delivered() - before, kActions);
  return static_cast<double>(steps) / kActions;
}

struct BesideRow {
  const char* name;
  /// Steps for a healthy action beside so many suspects.
  double (*steps)(size_t suspects);
};

double beside_those_that_wait_for_their_back_off(size_t suspects) {
  SickHub hub(suspects);
  EXPECT_GE(hub.parked(), suspects - 100);
  return steps_beside(hub);
}

double beside_those_in_line_for_the_budget(size_t suspects) {
  SickHub hub(suspects, 0);
  hub.pass(seconds(200));
  EXPECT_GE(hub.parked(), suspects - 100);
  return steps_beside(hub);
}

double beside_those_that_wait_for_their_turn(size_t suspects) {
  SickHub hub(suspects, SickHub::kNoBound, seconds(5));
  hub.pass_in_a_pause(seconds(6));
  EXPECT_GE(hub.waiting(), suspects - 100);
  return steps_beside(hub, &SickHub::deliver_one_beside);
}

class StepsBesideSuspects : public testing::TestWithParam<BesideRow> {};

TEST_P(StepsBesideSuspects, PerHealthyActionDoNotGrow) {
  const double few = GetParam().steps(kFew);
  // What grows fast would keep the largest size busy for long: it shows before.
  for (const size_t count : {kSome, kMany}) {
    const double more = GetParam().steps(count);
    ASSERT_LE(more, few * kMostGrowth)
        << few << " steps beside " << kFew << " suspects, " << more << " beside " << count;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Rows, StepsBesideSuspects,
    testing::Values(BesideRow{"that_wait_for_their_back_off",
                              beside_those_that_wait_for_their_back_off},
                    BesideRow{"in_line_for_the_budget", beside_those_in_line_for_the_budget},
                    BesideRow{"that_wait_for_their_turn", beside_those_that_wait_for_their_turn}),
    [](const auto& row) { return std::string(row.param.name); });

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
                         testing::Values(RecoveryRow{"back_off", SickHub::kNoBound,
                                                     milliseconds(1)},
                                         RecoveryRow{"in_line_for_the_budget", 0, seconds(200)}),
                         [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace awps
