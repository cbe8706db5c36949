// Several workers report to one Trouble at once: what they counted balances in the end. TSan looks
// for races.

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "base/random.h"
#include "limit/trouble.h"

namespace awps {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Instant kStart{seconds(1000)};
constexpr uint64_t kTargets = 40;

Attempt begin(Trouble& trouble, uint64_t target, Passage passage, Instant now) {
  const Attempt attempt{.target = target,
                        .started = now,
                        .of_suspect = trouble.suspect_since(target) != kNever,
                        .of_known = trouble.is_known(target),
                        .is_probe = passage == Passage::kProbe};
  trouble.begin(attempt);
  return attempt;
}

void end(Trouble& trouble, const Attempt& attempt, uint64_t how, Instant now) {
  if (how == 0) return trouble.ended(attempt);
  if (how == 1) return trouble.at_work(attempt, now);
  if (how < 6) return trouble.answered(attempt, now);
  Failure failure{.name = "group news", .words = "no"};
  if (how == 6) failure.kind = FailureKind::kWay;
  if (how == 7) failure.kind = FailureKind::kThrottled;
  if (how == 8) failure.pause = milliseconds(2);
  const Ruling ruling = trouble.failed(attempt, failure, now);
  (void)trouble.evidence({.target = attempt.target,
                          .started = attempt.started,
                          .failed = now,
                          .of_suspect = ruling.is_suspect});
}

// 20,000 attempts that end in every way, two of them under way at a time.
void work(Trouble& trouble, uint64_t seed) {
  Random random(seed);
  Instant now = kStart;
  for (int i = 0; i < 10'000; ++i) {
    now += milliseconds(1);
    const Passage passage = trouble.admit(now);
    if (trouble.take_health(now)) trouble.health_ended(true, random.chance(0.5), now);
    if (i % 1000 == 0) (void)trouble.report();
    if (passage == Passage::kWait) continue;
    const Attempt first = begin(trouble, random.below(kTargets), passage, now);
    const Attempt second = begin(trouble, random.below(kTargets), Passage::kGo, now);
    end(trouble, first, random.below(12), now + milliseconds(1));
    end(trouble, second, random.below(12), now + milliseconds(1));
  }
}

TEST(TroubleThreads, WhatSeveralReportAtOnceBalances) {
  Trouble trouble{Trouble::Options{}};
  {
    std::vector<std::jthread> workers;
    for (uint64_t seed = 1; seed <= 4; ++seed) {
      workers.emplace_back([&trouble, seed] { work(trouble, seed); });
    }
    for (int i = 0; i < 100; ++i) {
      trouble.release_hold(kStart + milliseconds(100 * i));
      if (i % 10 == 0) trouble.forget(kStart + milliseconds(100 * i));
    }
  }
  // Each is answered: no suspect is left, and no hold.
  const Instant later = kStart + seconds(3600);
  for (uint64_t target = 0; target < kTargets; ++target) {
    trouble.answered(begin(trouble, target, Passage::kProbe, later), later);
  }
  EXPECT_EQ(trouble.suspects(), 0);
  EXPECT_EQ(trouble.hold_reason(), HoldReason::kNone);
  EXPECT_EQ(trouble.admit(later), Passage::kGo);
  EXPECT_EQ(trouble.health_at(), kNever);
  EXPECT_EQ(trouble.last_success(), later);
  // Nobody is thought to be under way: two failures are an outage.
  const Instant last = later + seconds(10);
  for (int i = 0; i < 2; ++i) {
    const Attempt attempt = begin(trouble, 7, Passage::kGo, last);
    (void)trouble.failed(attempt, {}, last);
  }
  EXPECT_EQ(trouble.hold_reason(), HoldReason::kFailing);
}

}  // namespace
}  // namespace awps
