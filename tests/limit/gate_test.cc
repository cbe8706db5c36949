#include "limit/gate.h"

#include <gtest/gtest.h>

#include <string>

namespace awps {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Instant kStart{seconds(100)};

/// The times of so many probes, each of which fails at once, in ms since kStart.
std::vector<int64_t> probes(Gate& gate, size_t count) {
  std::vector<int64_t> times;
  for (Instant now = kStart; times.size() < count; now = gate.admits_at()) {
    if (gate.admit(now) != Passage::kProbe) break;
    times.push_back((now - kStart) / milliseconds(1));
    gate.probe_ended();
  }
  return times;
}

TEST(Gate, LetsEverybodyGoWhileAllIsWell) {
  Gate gate{Gate::Options{}};
  for (int i = 0; i < 100; ++i) EXPECT_EQ(gate.admit(kStart), Passage::kGo);
  EXPECT_TRUE(gate.is_open());
}

TEST(Gate, NobodyGoesWithinAPauseThenOneProbe) {
  Gate gate{Gate::Options{}};
  gate.pause_until(kStart + seconds(5));
  EXPECT_EQ(gate.admit(kStart + seconds(5) - Duration(1)), Passage::kWait);
  EXPECT_EQ(gate.admits_at(), kStart + seconds(5));
  EXPECT_EQ(gate.admit(kStart + seconds(5)), Passage::kProbe);
  EXPECT_EQ(gate.admit(kStart + seconds(5)), Passage::kWait);
}

TEST(Gate, AnAnswerAfterAPauseOpensIt) {
  Gate gate{Gate::Options{}};
  gate.pause_until(kStart + seconds(5));
  gate.end_pause(kStart + seconds(5) - Duration(1));
  EXPECT_FALSE(gate.is_open()) << "the pause is not over";
  gate.end_pause(kStart + seconds(5));
  EXPECT_EQ(gate.admit(kStart + seconds(5)), Passage::kGo);
}

TEST(Gate, APauseIsNeverShortened) {
  Gate gate{Gate::Options{}};
  gate.pause_until(kStart + seconds(60));
  gate.pause_until(kStart + seconds(1));
  EXPECT_EQ(gate.paused_until(), kStart + seconds(60));
}

TEST(Gate, APauseThatWasNoneIsCancelled) {
  Gate gate{Gate::Options{}};
  gate.pause_until(kStart + seconds(60));
  gate.cancel_pause();
  EXPECT_EQ(gate.admit(kStart), Passage::kGo);
}

TEST(Gate, AHoldIsProbedAtOnceThenQuicklyThenEachSecond) {
  Gate gate{Gate::Options{}};
  gate.hold(HoldReason::kFailing, "500", kStart);
  const std::vector<int64_t> times = probes(gate, 53);
  ASSERT_EQ(times.size(), 53);
  for (size_t i = 0; i <= 50; ++i) EXPECT_EQ(times[i], 100 * i);
  EXPECT_EQ(times[51], 6000);
  EXPECT_EQ(times[52], 7000);
}

TEST(Gate, WhereSomebodyIsSeenAtTheEndOfTheWayProbesStayQuick) {
  Gate gate{Gate::Options{}};
  gate.hold(HoldReason::kUnreachable, "no connection", kStart);
  gate.note_way(/*is_open=*/true);
  EXPECT_EQ(probes(gate, 101).back(), 10'000);
}

TEST(Gate, AnotherReasonDoesNotPutOffTheNextProbe) {
  Gate gate{Gate::Options{}};
  gate.hold(HoldReason::kFailing, "500", kStart);
  ASSERT_EQ(gate.admit(kStart), Passage::kProbe);
  gate.probe_ended();
  gate.hold(HoldReason::kCredential, "401", kStart + milliseconds(50));
  EXPECT_EQ(gate.admits_at(), kStart + milliseconds(100));
  EXPECT_EQ(gate.held_since(), kStart);
  EXPECT_EQ(gate.reason(), HoldReason::kCredential);
  EXPECT_EQ(gate.words(), "401");
}

TEST(Gate, WordsOfAFailureAreCut) {
  Gate gate{Gate::Options{}};
  gate.hold(HoldReason::kFailing, std::string(100'000, 'x'), kStart);
  EXPECT_EQ(gate.words().size(), 512);
}

TEST(Gate, OneProbeAtATime) {
  Gate gate{Gate::Options{}};
  gate.hold(HoldReason::kFailing, "", kStart);
  ASSERT_EQ(gate.admit(kStart), Passage::kProbe);
  EXPECT_EQ(gate.admit(kStart + milliseconds(999)), Passage::kWait);
}

TEST(Gate, AProbeInABlackHoleBlocksNobodyForMoreThanASecond) {
  for (const bool is_held : {true, false}) {
    Gate gate{Gate::Options{}};
    if (is_held) gate.hold(HoldReason::kFailing, "", kStart);
    if (!is_held) gate.pause_until(kStart);
    for (int second = 0; second < 10; ++second) {
      ASSERT_EQ(gate.admit(kStart + seconds(second)), Passage::kProbe);
      EXPECT_EQ(gate.admits_at(), kStart + seconds(second + 1));
    }
  }
}

TEST(Gate, APauseWithinAHoldStopsProbes) {
  Gate gate{Gate::Options{}};
  gate.hold(HoldReason::kFailing, "", kStart);
  gate.pause_until(kStart + seconds(5));
  EXPECT_EQ(gate.admit(kStart + seconds(4)), Passage::kWait);
  gate.end_hold();
  EXPECT_EQ(gate.admit(kStart + seconds(4)), Passage::kWait);
  EXPECT_EQ(gate.admit(kStart + seconds(5)), Passage::kProbe);
}

TEST(Gate, AGoodSignBringsTheNextProbeForward) {
  Gate gate{Gate::Options{}};
  gate.hold(HoldReason::kFailing, "", kStart);
  probes(gate, 51);
  EXPECT_EQ(gate.admits_at(), kStart + seconds(6));
  gate.probe_at_once(kStart + milliseconds(5500));
  EXPECT_EQ(gate.admits_at(), kStart + milliseconds(5500));
  gate.probe_at_once(kStart + milliseconds(5600));
  EXPECT_EQ(gate.admits_at(), kStart + milliseconds(5500)) << "never later";
}

TEST(Gate, AProbeThatDidNotStartAfterAPauseIsOfferedAgain) {
  Gate gate{Gate::Options{}};
  gate.pause_until(kStart);
  ASSERT_EQ(gate.admit(kStart), Passage::kProbe);
  gate.probe_ended();
  EXPECT_EQ(gate.admit(kStart), Passage::kProbe);
}

}  // namespace
}  // namespace awps
