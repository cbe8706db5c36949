#include "limit/throttle_pattern.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace awps {
namespace {

void note(ThrottlePattern& pattern, int count, const ThrottlePattern::Answer& answer) {
  for (int i = 0; i < count; ++i) pattern.note(answer);
}

constexpr ThrottlePattern::Answer kAgainRefused{.throttled = true, .again = true};
constexpr ThrottlePattern::Answer kAgainAnswered{.throttled = false, .again = true};
constexpr ThrottlePattern::Answer kKnownAnswered{.throttled = false, .known = true};
constexpr ThrottlePattern::Answer kKnownRefused{.throttled = true, .known = true};
constexpr ThrottlePattern::Answer kNewAnswered{};
constexpr ThrottlePattern::Answer kNewRefused{.throttled = true};

TEST(ThrottlePattern, EightThatRepeatWhileTwentyKnownOnesAreWellFollowTheTarget) {
  ThrottlePattern pattern;
  note(pattern, 20, kKnownAnswered);
  note(pattern, 7, kAgainRefused);
  EXPECT_FALSE(pattern.follows_target());
  note(pattern, 1, kAgainRefused);
  EXPECT_TRUE(pattern.follows_target());
}

TEST(ThrottlePattern, NineteenKnownOnesAreTooFew) {
  ThrottlePattern pattern;
  note(pattern, 19, kKnownAnswered);
  note(pattern, 8, kAgainRefused);
  EXPECT_FALSE(pattern.follows_target());
}

TEST(ThrottlePattern, KnownOnesThatAreRefusedSpeakOfTheRate) {
  ThrottlePattern pattern;
  note(pattern, 18, kKnownAnswered);
  note(pattern, 2, kKnownRefused);
  note(pattern, 10, kAgainRefused);
  EXPECT_FALSE(pattern.follows_target());
}

TEST(ThrottlePattern, WithoutKnownOnesFourteenThatRepeatAmongFortyOthers) {
  ThrottlePattern pattern;
  note(pattern, 21, kNewAnswered);
  note(pattern, 19, kNewRefused);
  note(pattern, 13, kAgainRefused);
  EXPECT_FALSE(pattern.follows_target());
  note(pattern, 1, kAgainRefused);
  EXPECT_TRUE(pattern.follows_target());
}

TEST(ThrottlePattern, WhereHalfOfTheOthersAreRefusedItIsTheRate) {
  ThrottlePattern pattern;
  note(pattern, 20, kNewAnswered);
  note(pattern, 20, kNewRefused);
  note(pattern, 30, kAgainRefused);
  EXPECT_FALSE(pattern.follows_target());
}

TEST(ThrottlePattern, OneInTenThatComesThroughSpeaksOfTheRate) {
  ThrottlePattern pattern;
  note(pattern, 40, kKnownAnswered);
  note(pattern, 27, kAgainRefused);
  note(pattern, 3, kAgainAnswered);
  EXPECT_FALSE(pattern.follows_target());
}

TEST(ThrottlePattern, RepeatsWhileMostThatComeAgainAreRefused) {
  ThrottlePattern pattern;
  note(pattern, 2, kAgainRefused);
  EXPECT_FALSE(pattern.repeats());
  note(pattern, 1, kAgainAnswered);
  EXPECT_TRUE(pattern.repeats());
  note(pattern, 1, kAgainAnswered);
  EXPECT_FALSE(pattern.repeats());
}

TEST(ThrottlePattern, NewAnswersOutweighOldOnes) {
  ThrottlePattern pattern;
  note(pattern, 10'000, kKnownAnswered);
  note(pattern, 10'000, kAgainRefused);
  ASSERT_TRUE(pattern.follows_target());
  note(pattern, 20, kAgainAnswered);
  EXPECT_FALSE(pattern.follows_target());
}

TEST(ThrottlePattern, AFloodThatRefusesByChanceIsHardlyEverMistaken) {
  for (const double refused : {0.1, 0.3, 0.5, 0.6}) {
    Random random(1);
    int mistaken = 0;
    ThrottlePattern pattern;
    for (int i = 0; i < 100'000; ++i) {
      pattern.note({.throttled = random.chance(refused), .again = random.chance(0.5)});
      mistaken += pattern.follows_target() ? 1 : 0;
    }
    EXPECT_LT(mistaken, 20) << refused;
  }
}

TEST(ThrottlePattern, Forgets) {
  ThrottlePattern pattern;
  note(pattern, 20, kKnownAnswered);
  note(pattern, 3, kAgainRefused);
  pattern.forget();
  EXPECT_FALSE(pattern.follows_target());
  EXPECT_FALSE(pattern.repeats());
}

}  // namespace
}  // namespace awps
