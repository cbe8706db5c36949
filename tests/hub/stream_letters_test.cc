// What a hub gives up of a stream: its outcome names the letter, or its stream keeps it.

#include <gtest/gtest.h>

#include "tests/hub/retry_harness.h"

namespace awps {
namespace {

struct LetterRow {
  const char* name;
  bool of_stream;
  bool letters_elsewhere;
  uint64_t letter;  // of the outcome
  uint64_t kept;
};

std::ostream& operator<<(std::ostream& out, const LetterRow& row) {
  return out << row.name;
}

class StreamLettersTest : public RetryTest, public testing::WithParamInterface<LetterRow> {};

TEST_P(StreamLettersTest, OutcomesNameTheLetterThatTheHubKeeps) {
  make();
  account_.of_stream = GetParam().of_stream;
  account_.letters_elsewhere = GetParam().letters_elsewhere;
  pipeline_->dead_letters().add({.record = "another"});
  accept({{.kind = kSendToGroup, .group = "g", .data = "x"}});
  complete(*start_all().at(0), {.verdict = {.kind = VerdictKind::kGiveUp},
                                .http_status = 400,
                                .description = "HTTP 400: bad"});
  ASSERT_EQ(pipeline_->outcomes().size(), 1U);
  const Outcome& outcome = pipeline_->outcomes()[0];
  EXPECT_EQ(outcome.kind, OutcomeKind::kDeadLettered);
  EXPECT_EQ(outcome.letter, GetParam().letter);
  EXPECT_EQ(outcome.error_code, "refused");
  EXPECT_EQ(outcome.error_message, "HTTP 400: bad");
  EXPECT_EQ(outcome.http_status, 400);
  EXPECT_EQ(pipeline_->dead_letters().summary().count, GetParam().kept);
  EXPECT_EQ(ledger().with(OutcomeKind::kDeadLettered), 1U);
  EXPECT_TRUE(ledger().balances());
}

INSTANTIATE_TEST_SUITE_P(Rows, StreamLettersTest,
                         testing::Values(LetterRow{"OfASocket", false, false, 0, 2},
                                         LetterRow{"OfAStream", true, false, 2, 2},
                                         LetterRow{"KeptElsewhere", true, true, 0, 1}),
                         [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace awps
