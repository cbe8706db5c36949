// What Trouble counts, covers and says of its holds; whether a failure begins one is told by the
// stories of trouble_test.cc.

#include "limit/trouble.h"

#include <gtest/gtest.h>

namespace awps {
namespace {

constexpr Instant kStart{std::chrono::seconds(1000)};

void hold(Trouble& trouble, Instant now) {
  for (const uint64_t target : {1U, 2U}) {
    const Attempt attempt{.target = target, .started = now};
    trouble.begin(attempt);
    (void)trouble.failed(attempt, {.words = "503 at the door"}, now);
  }
}

void lose_the_way(Trouble& trouble, Instant now) {
  for (const uint64_t target : {1U, 2U}) {
    const Attempt attempt{.target = target, .started = now};
    trouble.begin(attempt);
    (void)trouble.failed(attempt, {.kind = FailureKind::kWay, .reason = HoldReason::kUnreachable},
                         now);
  }
}

void answer(Trouble& trouble, bool is_probe, Instant now) {
  const Attempt attempt{.target = 3, .started = now, .is_probe = is_probe};
  trouble.begin(attempt);
  trouble.answered(attempt, now);
}

TEST(Trouble, CountsRecoveriesAndThoseOfProbesAsRenewals) {
  Trouble trouble{Trouble::Options{}};
  hold(trouble, kStart);
  answer(trouble, /*is_probe=*/false, kStart + std::chrono::seconds(1));
  EXPECT_EQ(trouble.recoveries(), 1);
  EXPECT_EQ(trouble.renewals(), 0);
  trouble.forget(kStart + std::chrono::seconds(1));
  hold(trouble, kStart + std::chrono::seconds(10));
  answer(trouble, /*is_probe=*/true, kStart + std::chrono::seconds(11));
  EXPECT_EQ(trouble.recoveries(), 2);
  EXPECT_EQ(trouble.renewals(), 1);
}

// A hub that looks after the second hold must not charge what failed in the first.
TEST(Trouble, TwoHoldsWithinASecondCoverWhatFailedInBoth) {
  using std::chrono::milliseconds;
  Trouble trouble{Trouble::Options{}};
  lose_the_way(trouble, kStart);
  answer(trouble, /*is_probe=*/true, kStart + milliseconds(100));
  EXPECT_EQ(trouble.hold_reason(), HoldReason::kNone);
  lose_the_way(trouble, kStart + milliseconds(200));
  EXPECT_EQ(trouble.hold_reason(), HoldReason::kUnreachable);
  answer(trouble, /*is_probe=*/true, kStart + milliseconds(300));
  EXPECT_TRUE(trouble.is_covered(kStart, kStart));
  lose_the_way(trouble, kStart + std::chrono::seconds(10));
  answer(trouble, /*is_probe=*/true, kStart + std::chrono::seconds(11));
  EXPECT_FALSE(trouble.is_covered(kStart, kStart));
}

TEST(Trouble, RenewsNothingAfterTheServiceWasUnreachable) {
  Trouble trouble{Trouble::Options{}};
  lose_the_way(trouble, kStart);
  ASSERT_EQ(trouble.hold_reason(), HoldReason::kUnreachable);
  answer(trouble, /*is_probe=*/true, kStart + std::chrono::seconds(1));
  EXPECT_EQ(trouble.recoveries(), 1);
  EXPECT_EQ(trouble.renewals(), 0) << "the connections died with the way";
}

TEST(Trouble, RulesThePauseThatItKeeps) {
  Trouble trouble{Trouble::Options{}};
  Instant now = kStart;
  Duration last{};
  for (uint64_t target = 1; target <= 10; ++target) {
    const Attempt attempt{.target = target, .started = now};
    trouble.begin(attempt);
    const Failure failure{.kind = FailureKind::kThrottled, .pause = std::chrono::seconds(60)};
    last = trouble.failed(attempt, failure, now).pause;
    EXPECT_EQ(trouble.report().paused_until, now + last) << "refusal " << target;
    now += last;
  }
  EXPECT_LT(last, std::chrono::seconds(60)) << "pauses did not help";
}

TEST(Trouble, KnowsWhatFailedBecauseOfAHold) {
  const Instant end = kStart + std::chrono::seconds(5);
  Trouble trouble{Trouble::Options{}};
  EXPECT_FALSE(trouble.is_covered(kStart, kStart));
  hold(trouble, kStart);
  EXPECT_TRUE(trouble.is_covered(end, end)) << "it lasts";
  answer(trouble, /*is_probe=*/true, end);
  EXPECT_TRUE(trouble.is_covered(kStart, kStart));
  EXPECT_TRUE(trouble.is_covered(end, end + std::chrono::seconds(9))) << "it began in the hold";
  EXPECT_FALSE(trouble.is_covered(end + Duration(1), end + std::chrono::seconds(9)));
  EXPECT_FALSE(trouble.is_covered(kStart - Duration(2), kStart - Duration(1)));
}

TEST(Trouble, ReportsAHoldInTheWordsOfTheService) {
  Trouble trouble{Trouble::Options{}};
  hold(trouble, kStart);
  const Instant later = kStart + std::chrono::seconds(7);
  EXPECT_EQ(trouble.report().words, "503 at the door");
  EXPECT_EQ(trouble.report().held_since, kStart);
  EXPECT_EQ(trouble.held_for(later), std::chrono::seconds(7));
  EXPECT_EQ(trouble.report().healthy, std::nullopt);
  trouble.health_ended(/*reached=*/true, /*good=*/false, later);
  EXPECT_EQ(trouble.report().healthy, false);
  answer(trouble, /*is_probe=*/true, later);
  EXPECT_EQ(trouble.report().words, "");
  EXPECT_EQ(trouble.held_for(later), Duration::zero());
}

}  // namespace
}  // namespace awps
