// Pace against a service that throttles by a token bucket, in virtual time: what share of the
// permitted rate is used, and what share of the requests is answered 429.

#include "limit/pace.h"

#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <thread>

#include "limit/gcra.h"

namespace awps {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Instant kStart{seconds(1000)};

/// A service's limit: `rate` a second, `burst` saved up.
class TokenBucket {
 public:
  TokenBucket(double rate, double burst) : rate_(rate), burst_(burst), tokens_(burst) {}
  void set_rate(double rate) { rate_ = rate; }
  bool take(Instant now) {
    tokens_ = std::min(burst_, tokens_ + rate_ * to_seconds(now - last_));
    last_ = now;
    if (tokens_ < 1) return false;
    tokens_ -= 1;
    return true;
  }

 private:
  double rate_;
  double burst_;
  double tokens_;
  Instant last_ = kStart;
};

/// As many as may go, always: the rest of awpsd reduced to a window and a pace.
class Sender {
 public:
  Sender(Pace& pace, TokenBucket& service, Duration round_trip, size_t window)
      : pace_(pace), service_(service), round_trip_(round_trip), window_(window) {}

  void run(Duration length) {
    const Instant end = now_ + length;
    for (; now_ < end; now_ += kTick) {
      while (!flying_.empty() && flying_.front().started + round_trip_ <= now_) {
        answer(flying_.front());
        flying_.pop_front();
      }
      if (pace_.advance(now_)) apply();
      while (flying_.size() < window_ && gcra_.take(1, now_)) {
        flying_.push_back({.started = now_, .taken = service_.take(now_)});
      }
    }
  }
  double delivered = 0;
  double throttled = 0;

 private:
  static constexpr Duration kTick = std::chrono::microseconds(200);
  struct Flight {
    Instant started;
    bool taken = false;
  };
  void answer(const Flight& flight) {
    if (flight.taken) {
      ++delivered;
      pace_.note_success(now_);
      return;
    }
    ++throttled;
    if (pace_.note_throttled({.started = flight.started}, now_)) apply();
  }
  void apply() {
    gcra_.set_options({.units_per_second = pace_.present(), .burst = milliseconds(100)});
  }

  Pace& pace_;
  TokenBucket& service_;
  Duration round_trip_;
  size_t window_;
  Gcra gcra_{Gcra::Options{}};
  std::deque<Flight> flying_;
  Instant now_ = kStart;
};

struct ThrottleCase {
  std::string name;
  double rate = 0;
  double burst = 0;
  Duration round_trip{};
  double throttled = 0.01;  // at most, of the requests
  double used = 0.97;
};

class PaceUnderThrottle : public testing::TestWithParam<ThrottleCase> {};

TEST_P(PaceUnderThrottle, UsesWhatIsPermittedAndIsSeldomRefused) {
  const ThrottleCase& c = GetParam();
  Pace pace(0);
  TokenBucket service(c.rate, c.burst);
  Sender sender(pace, service, c.round_trip, 64);
  sender.run(seconds(60));
  const double permitted = c.rate * 60 + c.burst;
  const double sent = sender.delivered + sender.throttled;
  RecordProperty("used", std::to_string(sender.delivered / permitted));
  RecordProperty("throttled", std::to_string(sender.throttled / sent));
  EXPECT_GE(sender.delivered / permitted, c.used);
  EXPECT_LE(sender.throttled / sent, c.throttled);
}

INSTANTIATE_TEST_SUITE_P(
    Services, PaceUnderThrottle,
    testing::Values(ThrottleCase{"LocalSmallBucket", 1000, 100, milliseconds(3)},
                    ThrottleCase{"LocalLargeBucket", 1000, 1000, milliseconds(3)},
                    ThrottleCase{"FarSmallBucket", 1000, 100, milliseconds(25)},
                    ThrottleCase{"FarLargeBucket", 1000, 1000, milliseconds(25)},
                    ThrottleCase{"SlowService", 200, 50, milliseconds(25), 0.02},
                    ThrottleCase{"VerySlowService", 20, 5, milliseconds(50), 0.15, 0.95},
                    ThrottleCase{"LargeService", 5000, 5000, milliseconds(10)}),
    [](const testing::TestParamInfo<ThrottleCase>& c) { return c.param.name; });

/// More 429 at once than any allowance. True: the pace has fallen.
bool flood(Pace& pace, Instant now) {
  bool has_fallen = false;
  for (int i = 0; i < 20; ++i) {
    has_fallen |= pace.note_throttled({.started = now - milliseconds(10)}, now);
  }
  return has_fallen;
}

/// Two minutes of a saturating sender at `rate`, of whose requests one in `one_in` gets a 429 that
/// has nothing to do with it: the share of `rate` that is used in the second minute.
double used_beside_unrelated(double rate, int one_in) {
  Pace pace(0);
  Gcra sender({.units_per_second = rate, .burst = milliseconds(10)});
  Gcra gcra(Gcra::Options{});
  int sent = 0;
  double delivered = 0;
  for (Instant now = kStart; now < kStart + seconds(120); now += milliseconds(1)) {
    if (pace.advance(now)) gcra.set_options({.units_per_second = pace.present()});
    while (gcra.earliest() <= now && sender.take(1, now) && gcra.take(1, now)) {
      if (++sent % one_in != 0) {
        pace.note_success(now);
        if (now >= kStart + seconds(60)) ++delivered;
      } else if (pace.note_throttled({.started = now}, now)) {
        gcra.set_options({.units_per_second = pace.present()});
      }
    }
  }
  return delivered / (rate * 60);
}

TEST(Pace, A429HereAndThereCostsLittle) {
  for (const double rate : {20.0, 300.0, 1000.0, 5000.0}) {
    EXPECT_GE(used_beside_unrelated(rate, 100), 0.9) << rate << " a second, 1 %";
    EXPECT_GE(used_beside_unrelated(rate, 200), 0.95) << rate << " a second, 0.5 %";
    EXPECT_GE(used_beside_unrelated(rate, 1000), 0.98) << rate << " a second, 0.1 %";
  }
}

TEST(Pace, A429ThatAsksForAPauseIsBelievedAtOnce) {
  Pace pace(0);
  for (int i = 0; i < 1000; ++i) pace.note_success(kStart + milliseconds(i));
  const Instant now = kStart + seconds(1);
  EXPECT_FALSE(pace.note_throttled({.started = now}, now));
  EXPECT_TRUE(pace.note_throttled({.started = now, .pauses = true}, now));
  EXPECT_NEAR(pace.present(), 900, 20);
}

TEST(Pace, ALowPaceIsNotHalvedForTheFewAnswersItHad) {
  Pace pace(0);
  for (int i = 0; i < 12; ++i) pace.note_success(kStart + i * milliseconds(80));
  const Instant first = kStart + seconds(1);
  ASSERT_TRUE(flood(pace, first));
  const double fallen = pace.present();
  ASSERT_NEAR(fallen, 10.8, 1);
  // 300 ms later two answers have come: no fewer than such a pace lets come.
  pace.note_success(first + milliseconds(100));
  pace.note_success(first + milliseconds(200));
  const Instant second = first + milliseconds(300);
  ASSERT_TRUE(pace.note_throttled({.started = second, .pauses = true}, second));
  EXPECT_GE(pace.present(), 0.8 * fallen);
}

TEST(Pace, TheCeilingIsReachedSoonerTheLowerItIs) {
  const auto seconds_to_return = [](int rate) {
    Pace pace(0);
    const int64_t gap = 1'000'000'000 / rate;
    Instant now = kStart;
    for (int i = 0; i < 2 * rate; ++i) pace.note_success(now += Duration(gap));
    EXPECT_TRUE(flood(pace, now));
    // The first ceiling is not kept: a second reduction, a second later.
    for (int i = 0; i < rate; ++i) {
      pace.note_success(now += Duration(gap));
      pace.advance(now);
    }
    EXPECT_TRUE(pace.note_throttled({.started = now, .pauses = true}, now));
    const Instant reduced = now;
    const double ceiling = pace.present() / 0.9;
    while (pace.present() < 0.999 * ceiling) {
      pace.note_success(now += Duration(gap));
      pace.advance(now);
    }
    return to_seconds(now - reduced);
  };
  EXPECT_NEAR(seconds_to_return(20), 2.2, 0.8);
  EXPECT_NEAR(seconds_to_return(1000), 8, 2);
}

TEST(Pace, AReloadForgetsWhatWasLearnt) {
  Pace pace(0);
  for (int i = 0; i < 200; ++i) pace.note_success(kStart + i * milliseconds(5));
  const Instant now = kStart + seconds(1);
  ASSERT_TRUE(flood(pace, now));
  pace.forget();
  EXPECT_EQ(pace.present(), 0);
  EXPECT_FALSE(pace.is_learnt());
  EXPECT_EQ(pace.until(), kNever);
  EXPECT_FALSE(pace.note_throttled({.started = now + seconds(1)}, now + seconds(1)))
      << "a single 429 is allowed again";
}

// What a service is known for that once asked for a pause of a minute, or never did.
std::string reason_after_a_reload(bool paused) {
  Pace pace(0);
  for (int i = 0; i < 400; ++i) pace.note_success(kStart + i * milliseconds(5));
  const Instant now = kStart + seconds(2);
  if (paused) {
    EXPECT_TRUE(pace.note_throttled({.started = now, .pauses = true}, now));
    pace.note_pause(seconds(60), now);
    pace.forget();
  }
  EXPECT_TRUE(flood(pace, now + milliseconds(1)));
  for (int i = 0; i < 100; ++i) pace.note_success(now + i * milliseconds(10));
  EXPECT_TRUE(flood(pace, now + seconds(1)));
  return pace.reason(now + seconds(1));
}

TEST(Pace, AReloadForgetsWhatAPauseCost) {
  EXPECT_EQ(reason_after_a_reload(true), reason_after_a_reload(false));
}

TEST(Pace, IsForgotten10MinutesAfterTheLast429ThoughItIsNotUsed) {
  Pace pace(0);
  for (int i = 0; i < 200; ++i) pace.note_success(kStart + i * milliseconds(5));
  const Instant now = kStart + seconds(1);
  ASSERT_TRUE(flood(pace, now));
  EXPECT_EQ(pace.until(), now + std::chrono::minutes(10));
  pace.advance(now + seconds(599));
  EXPECT_TRUE(pace.is_learnt());
  EXPECT_TRUE(pace.advance(now + seconds(600)));
  EXPECT_EQ(pace.present(), 0);
}

TEST(Pace, SaysItsValueWhyAndUntilWhen) {
  Pace pace(0);
  EXPECT_EQ(pace.reason(kStart), "none is configured, and no 429 has taught one");
  for (int i = 0; i < 200; ++i) pace.note_success(kStart + i * milliseconds(5));
  const Instant now = kStart + seconds(1);
  ASSERT_TRUE(flood(pace, now));
  EXPECT_EQ(pace.reason(now),
            "learnt from 429: the service took 178 a second, and more is tried while it is used; "
            "forgotten in 10 min")
      << "after a second no ceiling is known";
  for (int i = 0; i < 180; ++i) pace.note_success(now + i * Duration(5'500'000));
  const Instant later = now + seconds(1);
  ASSERT_TRUE(pace.note_throttled({.started = later, .pauses = true}, later));
  pace.note_pause(seconds(1), later);
  EXPECT_NE(pace.reason(later).find("which is tried again after 11 s of use"), std::string::npos)
      << pace.reason(later);
}

// For TSan: the workers of several hubs report at once, and a reload comes between.
TEST(Pace, TakesReportsOfSeveralThreads) {
  Pace pace(0);
  const std::jthread other([&](const std::stop_token& stop) {
    for (Instant now = kStart; !stop.stop_requested(); now += milliseconds(1)) {
      pace.note_success(now);
      (void)pace.note_throttled({.started = now, .pauses = true}, now);
      (void)pace.advance(now);
    }
  });
  for (int i = 0; i < 1000; ++i) {
    pace.set_part(i % 2 == 0 ? 1 : 0.1, kStart);
    pace.forget();
    EXPECT_FALSE(pace.reason(kStart).empty());
  }
}

TEST(Pace, WithoutA429TheConfiguredOneHolds) {
  Pace pace(300);
  EXPECT_EQ(pace.present(), 300);
  EXPECT_FALSE(pace.is_learnt());
  EXPECT_FALSE(pace.advance(kStart + seconds(10)));
}

TEST(Pace, NeverAboveTheConfiguredOne) {
  Pace pace(500);
  TokenBucket service(400, 40);
  Sender sender(pace, service, milliseconds(0), 100);
  sender.run(seconds(20));
  EXPECT_LE(pace.present(), 500);
  EXPECT_TRUE(pace.is_learnt());
}

TEST(Pace, Many429OfOneMomentAreOneEvent) {
  Pace pace(0);
  for (int i = 0; i < 1000; ++i) pace.note_success(kStart + milliseconds(i));
  const Instant now = kStart + seconds(1);
  EXPECT_TRUE(flood(pace, now));
  const double fallen = pace.present();
  for (int i = 0; i < 50; ++i) {
    EXPECT_FALSE(pace.note_throttled({.started = now - milliseconds(1)}, now + milliseconds(i)));
  }
  EXPECT_EQ(pace.present(), fallen);
  EXPECT_NEAR(fallen, 900, 20);
}

TEST(Pace, DoesNotClimbWhileItIsNotUsed) {
  Pace pace(0);
  for (int i = 0; i < 1000; ++i) pace.note_success(kStart + milliseconds(i));
  Instant now = kStart + seconds(1);
  ASSERT_TRUE(flood(pace, now));
  const double fallen = pace.present();
  for (int i = 0; i < 1000; ++i) {
    now += milliseconds(50);
    pace.note_success(now);  // 20 a second, far below
    pace.advance(now);
  }
  EXPECT_NEAR(pace.present(), fallen, 0.1 * fallen) << "but for its first second";
}

TEST(Pace, FollowsAServiceThatIsEnlarged) {
  Pace pace(0);
  TokenBucket service(500, 100);
  Sender sender(pace, service, milliseconds(5), 200);
  sender.run(seconds(20));
  service.set_rate(2000);
  sender.run(seconds(40));
  const double before = sender.delivered;
  sender.run(seconds(10));
  EXPECT_GE((sender.delivered - before) / 10, 1800);
}

TEST(Pace, FallsWithAServiceThatIsCutDown) {
  Pace pace(0);
  TokenBucket service(2000, 100);
  Sender sender(pace, service, milliseconds(5), 200);
  sender.run(seconds(20));
  service.set_rate(200);
  sender.run(seconds(5));
  const double throttled = sender.throttled;
  const double before = sender.delivered;
  sender.run(seconds(20));
  EXPECT_GE((sender.delivered - before) / 20, 175);
  EXPECT_LE(sender.throttled - throttled, 0.02 * 4000);
}

}  // namespace
}  // namespace awps
