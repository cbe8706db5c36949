#include "socket/ack_tracker.h"

#include <gtest/gtest.h>

#include <vector>

namespace awps {
namespace {

Outcome delivered(uint64_t seq, uint32_t attempts = 1) {
  Outcome outcome;
  outcome.seq = seq;
  outcome.http_status = 202;
  outcome.attempts = attempts;
  return outcome;
}

Outcome with_id(Outcome outcome, std::string id) {
  outcome.id = std::move(id);
  return outcome;
}

Outcome gone(uint64_t seq) {
  Outcome outcome = delivered(seq);
  outcome.http_status = 404;
  outcome.target_gone = true;
  return outcome;
}

std::string run(int from, int to) {
  return R"({"status":"delivered","from":)" + std::to_string(from) +
         ",\"to\":" + std::to_string(to) + R"(,"httpStatus":202,"attempts":1})" + "\n";
}

std::string single(const Outcome& outcome) {
  std::string text;
  append_outcome(text, outcome);
  return text;
}

struct Case {
  const char* name;
  std::vector<Outcome> outcomes;
  std::string replies;
};

std::ostream& operator<<(std::ostream& out, const Case& row) {
  return out << row.name;
}

class OutcomeRuns : public testing::TestWithParam<Case> {};

TEST_P(OutcomeRuns, AreToldAs) {
  AckTracker tracker;
  tracker.set_ack(Ack::kDelivered);
  std::string out;
  for (const Outcome& outcome : GetParam().outcomes) {
    tracker.note_admitted(outcome.seq);
    tracker.note_outcome(outcome, out);
  }
  tracker.tell_outcomes(out);
  EXPECT_EQ(out, GetParam().replies);
  EXPECT_FALSE(tracker.owes_outcomes());
}

INSTANTIATE_TEST_SUITE_P(
    Cases, OutcomeRuns,
    testing::Values(
        Case{"None", {}, ""}, Case{"One", {delivered(4)}, single(delivered(4))},
        Case{"Row", {delivered(4), delivered(5), delivered(6)}, run(4, 6)},
        Case{"GapParts", {delivered(4), delivered(6)}, single(delivered(4)) + single(delivered(6))},
        Case{"BackwardsIsNoRow",
             {delivered(5), delivered(4)},
             single(delivered(5)) + single(delivered(4))},
        Case{"IdStandsAlone",
             {delivered(1), delivered(2), with_id(delivered(3), "7"), delivered(4)},
             run(1, 2) + single(with_id(delivered(3), "7")) + single(delivered(4))},
        Case{"OtherAttemptsPart",
             {delivered(1), delivered(2, 3)},
             single(delivered(1)) + single(delivered(2, 3))},
        Case{"NobodyThereStandsAlone",
             {delivered(1), gone(2), delivered(3)},
             single(delivered(1)) + single(gone(2)) + single(delivered(3))}),
    [](const auto& row) { return row.param.name; });

TEST(AckTracker, OwesOutcomesOnlyWhereTheyWereAskedFor) {
  for (const Ack ack : {Ack::kNone, Ack::kAccepted, Ack::kDelivered}) {
    AckTracker tracker;
    tracker.set_ack(ack);
    EXPECT_FALSE(tracker.owes_outcomes());
    tracker.note_admitted(1);
    EXPECT_EQ(tracker.owes_outcomes(), ack == Ack::kDelivered);
  }
}

TEST(AckTracker, TellsAcceptedOnceAndOnlyWhereAskedFor) {
  for (const Ack ack : {Ack::kNone, Ack::kAccepted, Ack::kDelivered}) {
    AckTracker tracker;
    tracker.set_ack(ack);
    tracker.note_admitted(1);
    tracker.note_admitted(3);
    std::string out;
    tracker.tell_accepted(tracker.last_admitted(), out);
    tracker.tell_accepted(tracker.last_admitted(), out);
    EXPECT_EQ(out, ack == Ack::kAccepted ? "{\"status\":\"accepted\",\"seq\":3}\n" : "");
  }
}

}  // namespace
}  // namespace awps
