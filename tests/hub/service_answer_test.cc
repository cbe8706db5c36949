// What the service answered reaches the producers that want it, and no others.

#include <gtest/gtest.h>

#include "tests/hub/retry_harness.h"

namespace awps {
namespace {

class ServiceAnswerTest : public RetryTest {
 protected:
  const std::shared_ptr<const ServiceAnswer> kAnswer = std::make_shared<const ServiceAnswer>(
      ServiceAnswer{.status = 400, .error_code = "Error.X", .body = "{}"});

  AttemptEnd refused() const {
    return {.verdict = {.kind = VerdictKind::kGiveUp}, .http_status = 400, .answer = kAnswer};
  }
  AttemptEnd target_gone() const {
    return {.verdict = {.target_gone = true}, .http_status = 404, .answer = kAnswer};
  }
  /// The outcome of one action that ends so.
  Outcome outcome_of(const AttemptEnd& end) {
    make();
    accept({{.kind = kAddUserToGroup, .member = "u", .group = "g"}});
    run(now_ + std::chrono::seconds(10), [&end](const Action&) { return end; });
    EXPECT_EQ(pipeline_->outcomes().size(), 1U);
    return pipeline_->outcomes().front();
  }
};

TEST_F(ServiceAnswerTest, OfARefusalIsWithTheOutcome) {
  account_.wants_answers = true;
  const Outcome outcome = outcome_of(refused());
  EXPECT_EQ(outcome.kind, OutcomeKind::kDeadLettered);
  EXPECT_EQ(outcome.answer, kAnswer);
}

TEST_F(ServiceAnswerTest, OfATargetThatIsGoneIsWithTheOutcome) {
  account_.wants_answers = true;
  const Outcome outcome = outcome_of(target_gone());
  EXPECT_EQ(outcome.kind, OutcomeKind::kDelivered);
  EXPECT_EQ(outcome.answer, kAnswer);
}

TEST_F(ServiceAnswerTest, IsNotForProducersThatDoNotWantIt) {
  EXPECT_EQ(outcome_of(refused()).answer, nullptr);
  EXPECT_EQ(outcome_of(target_gone()).answer, nullptr);
}

TEST_F(ServiceAnswerTest, OfAnAttemptThatIsRepeatedIsForgotten) {
  account_.wants_answers = true;
  make();
  accept({{.kind = kSendToUser, .member = "u"}});
  run(now_ + std::chrono::seconds(100), [first = true](const Action&) mutable {
    return std::exchange(first, false) ? failed(500) : done();
  });
  ASSERT_EQ(pipeline_->outcomes().size(), 1U);
  EXPECT_EQ(pipeline_->outcomes().front().answer, nullptr);
}

}  // namespace
}  // namespace awps
