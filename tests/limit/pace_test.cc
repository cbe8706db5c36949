// Pace against a service that throttles by a token bucket, in virtual time: what share of the
// permitted rate is used, and what share of the requests is answered 429.

#include "limit/pace.h"

#include <gtest/gtest.h>

#include <deque>
#include <string>

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
    if (pace_.note_throttled(flight.started, now_)) apply();
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
  EXPECT_TRUE(pace.note_throttled(now - milliseconds(10), now));
  const double fallen = pace.present();
  for (int i = 0; i < 50; ++i) {
    EXPECT_FALSE(pace.note_throttled(now - milliseconds(1), now + milliseconds(i)));
  }
  EXPECT_EQ(pace.present(), fallen);
  EXPECT_NEAR(fallen, 900, 20);
}

TEST(Pace, DoesNotClimbWhileItIsNotUsed) {
  Pace pace(0);
  for (int i = 0; i < 1000; ++i) pace.note_success(kStart + milliseconds(i));
  Instant now = kStart + seconds(1);
  ASSERT_TRUE(pace.note_throttled(now, now));
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
