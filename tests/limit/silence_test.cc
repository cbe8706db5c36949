// When operators are told that an endpoint answers nobody.

#include "limit/silence.h"

#include <gtest/gtest.h>

namespace awps {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

class SilenceTest : public testing::Test {
 protected:
  void pass(Duration time) { now_ += time; }
  Duration lasts() const { return silence_.lasts(now_); }
  /// A request with its answer.
  void round_trip(Duration time) {
    const Instant started = now_;
    silence_.began(started);
    pass(time);
    silence_.answered(started, now_);
  }

  Silence silence_;
  Instant now_{std::chrono::hours(1)};
};

TEST_F(SilenceTest, IsToldWithinFiveSeconds) {
  silence_.began(now_);
  pass(milliseconds(4499));
  EXPECT_EQ(lasts(), Duration::zero());
  pass(milliseconds(1));
  EXPECT_EQ(lasts(), milliseconds(4500));
}

TEST_F(SilenceTest, NobodySaysAnythingWhereNothingIsAsked) {
  EXPECT_EQ(lasts(), Duration::zero());
  round_trip(milliseconds(20));
  pass(minutes(10));
  EXPECT_EQ(lasts(), Duration::zero());
}

TEST_F(SilenceTest, ARestIsNoSilence) {
  round_trip(milliseconds(20));
  pass(minutes(10));
  silence_.began(now_);
  EXPECT_EQ(lasts(), Duration::zero());
  pass(seconds(5));
  EXPECT_EQ(lasts(), seconds(5));
}

TEST_F(SilenceTest, AnyAnswerEndsIt) {
  const Instant started = now_;
  silence_.began(started);
  silence_.began(started);
  pass(seconds(6));
  EXPECT_GT(lasts(), Duration::zero());
  silence_.answered(started, now_);
  EXPECT_EQ(lasts(), Duration::zero());
}

TEST_F(SilenceTest, LongRoundTripsAreUsual) {
  round_trip(seconds(4));  // the first one, of which nothing is known
  for (int i = 0; i < 20; ++i) {
    const Instant started = now_;
    silence_.began(started);
    for (int k = 0; k < 40; ++k) {
      pass(milliseconds(100));
      ASSERT_EQ(lasts(), Duration::zero());
    }
    silence_.answered(started, now_);
  }
  silence_.began(now_);
  pass(seconds(8));
  EXPECT_EQ(lasts(), seconds(8)) << "twice as long is not";
}

TEST_F(SilenceTest, ALongRoundTripIsForgottenAfterAMinute) {
  round_trip(seconds(20));
  for (int i = 0; i < 61; ++i) {
    round_trip(milliseconds(20));
    pass(seconds(1));
  }
  silence_.began(now_);
  pass(seconds(5));
  EXPECT_EQ(lasts(), seconds(5));
}

TEST_F(SilenceTest, OneThatHangsIsNoSilenceWhileOthersAreAnswered) {
  silence_.began(now_);
  for (int i = 0; i < 20; ++i) {
    round_trip(milliseconds(20));
    pass(seconds(1));
    ASSERT_EQ(lasts(), Duration::zero());
  }
  pass(seconds(4));
  EXPECT_EQ(lasts(), seconds(5)) << "the others have ended";
}

TEST_F(SilenceTest, ATimeoutDoesNotEndIt) {
  silence_.began(now_);
  pass(seconds(10));
  silence_.ended();
  EXPECT_EQ(lasts(), Duration::zero()) << "nothing is under way";
  pass(seconds(1));
  silence_.began(now_);
  EXPECT_EQ(lasts(), seconds(11));
}

TEST_F(SilenceTest, OfATimeoutLongAgoNothingIsKnown) {
  silence_.began(now_);
  pass(seconds(10));
  silence_.ended();
  pass(minutes(5));
  silence_.began(now_);
  EXPECT_EQ(lasts(), Duration::zero());
}

}  // namespace
}  // namespace awps
