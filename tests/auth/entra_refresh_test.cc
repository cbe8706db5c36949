#include "auth/entra_refresh.h"

#include <gtest/gtest.h>

namespace awps {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

class EntraRefreshTest : public testing::Test {
 protected:
  void pass(Duration time) {
    now_.now += time;
    now_.wall += time;
  }
  void grant(Duration life, std::optional<Duration> refresh_in = std::nullopt) {
    ASSERT_TRUE(refresh_.due(now_));
    refresh_.started();
    refresh_.succeeded({.token = "t", .life = life, .refresh_in = refresh_in}, now_);
  }
  void fail(std::optional<Duration> retry_after = std::nullopt) {
    ASSERT_TRUE(refresh_.due(now_));
    refresh_.started();
    refresh_.failed({"no", retry_after}, now_);
  }
  // How long until it is due, looking when it asks to be looked at.
  Duration wait() {
    const Moment before = now_;
    while (!refresh_.due(now_)) {
      const Duration step = refresh_.wake_at(now_) - now_.now;
      EXPECT_GT(step, Duration::zero());
      EXPECT_LE(step, options_.longest_look);
      pass(std::max(step, Duration{1}));
    }
    const Duration waited = now_.now - before.now;
    now_ = before;
    return waited;
  }

  EntraRefresh::Options options_;
  Moment now_{.now = Instant(seconds(1000)), .wall = WallTime(seconds(1795507200))};
  EntraRefresh refresh_{options_, 7};
};

TEST_F(EntraRefreshTest, AsksAtOnceAndOnceAtATime) {
  EXPECT_TRUE(refresh_.due(now_));
  refresh_.started();
  EXPECT_FALSE(refresh_.due(now_));
  pass(hours(1));
  EXPECT_FALSE(refresh_.due(now_));
  refresh_.refused(0, now_);
  EXPECT_FALSE(refresh_.due(now_));
}

struct AheadRow {
  const char* name;
  Duration life;
  std::optional<Duration> refresh_in;
  Duration latest;  // the earliest is a tenth before
};

class EntraAheadTest : public EntraRefreshTest, public testing::WithParamInterface<AheadRow> {};

TEST_P(EntraAheadTest, RefreshesBeforeTheEnd) {
  grant(GetParam().life, GetParam().refresh_in);
  EXPECT_EQ(refresh_.expires_at(), now_.wall + GetParam().life);
  const Duration waited = wait();
  EXPECT_LE(waited, GetParam().latest);
  EXPECT_GE(waited, GetParam().latest - GetParam().latest / 10);
}

INSTANTIATE_TEST_SUITE_P(Lives, EntraAheadTest,
                         testing::Values(AheadRow{"AnHour", hours(1), {}, minutes(55)},
                                         AheadRow{"TwoHours", hours(2), {}, minutes(115)},
                                         AheadRow{"ADay", hours(24), {}, hours(12)},
                                         AheadRow{"TenMinutes", minutes(10), {}, minutes(5)},
                                         AheadRow{"AMinute", minutes(1), {}, seconds(30)},
                                         AheadRow{"AsTheAnswerSays", hours(24), hours(3), hours(3)},
                                         AheadRow{"AskedForTooLate", minutes(10), hours(3),
                                                  minutes(10)}),
                         [](const auto& row) { return row.param.name; });

TEST_F(EntraRefreshTest, DoesNotSpinOnATokenOfNoLife) {
  grant(milliseconds(1));
  EXPECT_EQ(wait(), options_.least_interval);
}

TEST_F(EntraRefreshTest, KeepsTheOldTokenWhileRefreshingFails) {
  grant(hours(1));
  pass(minutes(56));
  fail();
  EXPECT_EQ(refresh_.token(), "t");
  EXPECT_EQ(refresh_.generation(), 1U);
  EXPECT_EQ(refresh_.failure(), "no");
  pass(wait());
  grant(hours(1));
  EXPECT_EQ(refresh_.generation(), 2U);
  EXPECT_EQ(refresh_.failure(), "");
}

TEST_F(EntraRefreshTest, BacksOffMoreAndMoreUpToItsBound) {
  Duration total{};
  for (int i = 0; i < 40; ++i) {
    fail();
    const Duration waited = wait();
    EXPECT_LE(waited, std::min<Duration>(options_.retry.base * (int64_t{1} << std::min(i, 20)),
                                         options_.retry.max));
    total += waited;
    pass(waited);
  }
  EXPECT_GT(total, minutes(5));
}

TEST_F(EntraRefreshTest, WaitsAsLongAsTheAnswerAsks) {
  fail(seconds(45));
  EXPECT_EQ(wait(), seconds(45));
}

TEST_F(EntraRefreshTest, DoesNotWaitForEver) {
  fail(hours(24));
  EXPECT_EQ(wait(), options_.longest_retry_after);
}

TEST_F(EntraRefreshTest, RefreshesARefusedTokenOnceAtOnce) {
  grant(hours(1));
  refresh_.refused(1, now_);
  EXPECT_TRUE(refresh_.due(now_));
  refresh_.refused(1, now_);
  grant(hours(1));
  EXPECT_FALSE(refresh_.due(now_));
  refresh_.refused(1, now_);
  EXPECT_FALSE(refresh_.due(now_)) << "the refusal of an older token";
  refresh_.refused(2, now_);
  EXPECT_FALSE(refresh_.due(now_)) << "the fresh token was refused, too";
  pass(options_.refused_interval);
  refresh_.refused(2, now_);
  EXPECT_TRUE(refresh_.due(now_));
}

TEST_F(EntraRefreshTest, TriesAForcedRefreshAgainAfterAFailure) {
  grant(hours(1));
  refresh_.refused(1, now_);
  fail();
  pass(wait());
  EXPECT_LE(now_.now, Instant(seconds(1001)));
  grant(hours(1));
  EXPECT_EQ(refresh_.generation(), 2U);
}

TEST_F(EntraRefreshTest, DoesNotShortenABackoffForARefusal) {
  grant(hours(1));
  pass(minutes(56));
  fail(seconds(45));
  refresh_.refused(1, now_);
  EXPECT_EQ(wait(), seconds(45));
}

struct JumpRow {
  const char* name;
  Duration jump;
  bool due;
};

class EntraJumpTest : public EntraRefreshTest, public testing::WithParamInterface<JumpRow> {};

TEST_P(EntraJumpTest, IsSeenAtTheNextLook) {
  grant(hours(1));
  pass(minutes(1));
  now_.wall += GetParam().jump;
  EXPECT_EQ(refresh_.due(now_), GetParam().due);
  EXPECT_LE(refresh_.wake_at(now_), now_.now + options_.longest_look);
  if (!GetParam().due) return;
  grant(hours(1));
  EXPECT_GT(wait(), minutes(49)) << "the new token is measured by the new time";
}

INSTANTIATE_TEST_SUITE_P(Jumps, EntraJumpTest,
                         testing::Values(JumpRow{"AheadBeyondTheEnd", hours(24), true},
                                         JumpRow{"AheadALittle", minutes(10), false},
                                         JumpRow{"BackADay", -hours(24), true},
                                         JumpRow{"BackALittle", -minutes(5), false}),
                         [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace awps
