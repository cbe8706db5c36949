// ConcurrencyLimit against services in virtual time: requests that take as long as the service
// says, as many at once as the limit lets go.

#include "limit/concurrency_limit.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <queue>

#include "base/random.h"

namespace awps {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Instant kStart{seconds(1000)};

/// A service, and a sender that always has as many requests under way as the limit says.
class Saturation {
 public:
  /// How long a request takes that begins at this time while so many others are under way.
  using Service = std::function<Duration(Duration at, uint64_t under_way)>;

  Saturation(ConcurrencyLimit& limit, Service service)
      : limit_(limit), service_(std::move(service)) {}
  void set_service(Service service) { service_ = std::move(service); }
  /// At most so many under way, whatever the limit says.
  void set_most(uint64_t most) { most_ = most; }

  void run(Duration length) {
    const Instant end = now_ + length;
    while (now_ < end) {
      while (flights_.size() < std::min(most_, limit_.present())) begin(0, service_);
      step();
    }
  }
  /// These are sent beside the others, all at once, and answered after `took`.
  void beside(int requests, size_t kind, Duration took) {
    for (int i = 0; i < requests; ++i) begin(kind, [took](Duration, uint64_t) { return took; });
  }
  void answers(uint64_t answers) {
    for (const uint64_t last = answered_ + answers; answered_ < last;) {
      while (flights_.size() < std::min(most_, limit_.present())) begin(0, service_);
      step();
    }
  }
  Duration elapsed() const { return now_ - kStart; }
  uint64_t answered() const { return answered_; }

 private:
  struct Flight {
    Instant started;
    Instant ends;
    size_t kind = 0;
    friend bool operator>(const Flight& a, const Flight& b) { return a.ends > b.ends; }
  };
  void begin(size_t kind, const Service& service) {
    const Duration took = service(now_ - kStart, flights_.size());
    flights_.push({.started = now_, .ends = now_ + took, .kind = kind});
  }
  void step() {
    const Flight flight = flights_.top();
    now_ = flight.ends;
    limit_.note_success(
        {.kind = flight.kind, .took = flight.ends - flight.started, .under_way = flights_.size()},
        now_);
    flights_.pop();
    ++answered_;
  }

  ConcurrencyLimit& limit_;
  Service service_;
  uint64_t most_ = UINT64_MAX;
  std::priority_queue<Flight, std::vector<Flight>, std::greater<>> flights_;
  Instant now_ = kStart;
  uint64_t answered_ = 0;
};

Saturation::Service always(Duration took) {
  return [took](Duration, uint64_t) { return took; };
}

/// `workers` that take `each` for a request; what comes beyond them queues.
Saturation::Service queueing(uint64_t workers, Duration each) {
  return [=](Duration, uint64_t under_way) {
    return std::max(each,
                    each * static_cast<int64_t>(under_way + 1) / static_cast<int64_t>(workers));
  };
}

TEST(ConcurrencyLimit, StartsLowAndDoublesWhileTheServiceKeepsUp) {
  ConcurrencyLimit limit(64);
  Saturation sends(limit, always(milliseconds(25)));
  EXPECT_EQ(limit.present(), 16U);
  sends.answers(16);
  EXPECT_EQ(limit.present(), 32U);
  sends.answers(32);
  EXPECT_EQ(limit.present(), 64U);
}

TEST(ConcurrencyLimit, NeverBeyondItsBounds) {
  ConcurrencyLimit limit(10);
  Saturation sends(limit, always(milliseconds(1)));
  sends.run(seconds(1));
  EXPECT_EQ(limit.present(), 10U);
  sends.set_service(always(milliseconds(20)));
  sends.run(seconds(2));
  EXPECT_EQ(limit.present(), 8U);
  ConcurrencyLimit one(1);
  Saturation(one, always(milliseconds(1))).run(seconds(1));
  EXPECT_EQ(one.present(), 1U);
}

TEST(ConcurrencyLimit, DoesNotGrowWhileItIsNotReached) {
  ConcurrencyLimit limit(64);
  Saturation sends(limit, always(milliseconds(25)));
  sends.set_most(3);
  sends.run(seconds(20));
  EXPECT_EQ(limit.present(), 16U);
}

TEST(ConcurrencyLimit, StaysNearWhatTheServiceWorksAtOnceHoweverLong) {
  ConcurrencyLimit limit(1000);
  Saturation sends(limit, queueing(16, milliseconds(5)));
  for (int i = 0; i < 60; ++i) {
    sends.run(seconds(2));
    EXPECT_LE(limit.present(), 80U) << "after " << to_seconds(sends.elapsed()) << " s";
  }
  const uint64_t before = sends.answered();
  sends.run(seconds(20));
  EXPECT_GE(sends.answered() - before, 20U * 16 * 200 * 97 / 100) << "and uses all of it";
}

TEST(ConcurrencyLimit, ShrinksInABrownOutAndComesBackAtOnce) {
  ConcurrencyLimit limit(64);
  Saturation sends(limit, always(milliseconds(5)));
  sends.run(seconds(5));
  ASSERT_EQ(limit.present(), 64U);
  sends.set_service(queueing(1, milliseconds(5)));
  sends.run(seconds(4));
  EXPECT_LE(limit.present(), 16U);
  sends.run(seconds(26));
  EXPECT_LE(limit.present(), 24U) << "the queue does not become usual";
  sends.set_service(always(milliseconds(5)));
  sends.run(seconds(1));
  EXPECT_EQ(limit.present(), 64U);
}

TEST(ConcurrencyLimit, QuickAnswersOfAnotherKindDoNotLowerIt) {
  ConcurrencyLimit limit(64);
  Saturation sends(limit, always(milliseconds(55)));
  sends.run(seconds(5));
  for (int i = 0; i < 3; ++i) {
    sends.beside(300, 5, milliseconds(1));
    sends.run(milliseconds(100));
    EXPECT_GE(limit.present(), 58U);
  }
  for (int i = 0; i < 100; ++i) {
    sends.run(milliseconds(100));
    EXPECT_GE(limit.present(), 58U) << "after " << to_seconds(sends.elapsed()) << " s";
  }
}

TEST(ConcurrencyLimit, ForgetsTheFastestWindowWithin10Seconds) {
  ConcurrencyLimit limit(64);
  Saturation sends(limit, always(milliseconds(1)));
  sends.run(milliseconds(500));
  sends.set_service(always(milliseconds(55)));
  sends.run(seconds(4));
  ASSERT_LE(limit.present(), 10U) << "all were quick, and now none is";
  sends.run(milliseconds(6500));
  EXPECT_EQ(limit.present(), 64U);
}

TEST(ConcurrencyLimit, AWrongReductionIsMadeGoodWithin5SecondsAlsoFarAway) {
  for (const Duration round_trip : {Duration(milliseconds(5)), Duration(seconds(1))}) {
    ConcurrencyLimit limit(64);
    Saturation sends(limit, always(round_trip));
    sends.run(20 * round_trip);
    ASSERT_EQ(limit.present(), 64U);
    // A moment in which the same kind is answered quickly is remembered for 10 s at most.
    sends.set_service(always(round_trip / 1000));
    sends.run(milliseconds(60));
    sends.set_service(always(round_trip));
    uint64_t least = 64;
    for (int i = 0; i < 10; ++i) {
      sends.run(seconds(1));
      least = std::min(least, limit.present());
    }
    ASSERT_LE(least, 24U) << to_seconds(round_trip) << " s";
    // Not at one moment alone: it may be just the look at few at once.
    uint64_t most = 0;
    for (int i = 0; i < 10; ++i) {
      sends.run(milliseconds(500));
      most = std::max(most, limit.present());
    }
    EXPECT_GE(most, 58U) << to_seconds(round_trip) << " s";
  }
}

// Some messages are large, some groups are: one in 16 takes forty times as long.
TEST(ConcurrencyLimit, ScatteredAnswersAreNotSlowOnes) {
  ConcurrencyLimit limit(64);
  Random random(7);
  Saturation sends(limit, [&](Duration, uint64_t) {
    const Duration usual =
        milliseconds(4) + Duration(static_cast<int64_t>(random.below(2'000'000)));
    return random.below(16) == 0 ? 40 * usual : usual;
  });
  sends.run(seconds(12));
  uint64_t sum = 0;
  for (int i = 0; i < 300; ++i) {
    sends.run(milliseconds(100));
    sum += limit.present();
  }
  EXPECT_GE(sum / 300, 58U);
}

TEST(ConcurrencyLimit, AReloadForgetsWhatWasLearnt) {
  ConcurrencyLimit limit(64);
  Saturation sends(limit, always(milliseconds(1)));
  sends.run(seconds(1));
  sends.set_service(always(milliseconds(55)));
  sends.run(seconds(3));
  ASSERT_LE(limit.present(), 10U);
  limit.forget();
  EXPECT_EQ(limit.present(), 16U);
  EXPECT_EQ(limit.most(), 64U);
  sends.run(seconds(1));
  EXPECT_EQ(limit.present(), 64U) << "55 ms are usual now";
}

TEST(ConcurrencyLimit, SaysWhyItIsWhatItIs) {
  ConcurrencyLimit limit(64);
  EXPECT_NE(limit.reason().find("too few answers"), std::string::npos);
  Saturation sends(limit, always(microseconds(400)));
  sends.set_most(16);
  sends.run(milliseconds(100));
  EXPECT_NE(limit.reason().find("answers take 0.4 ms"), std::string::npos) << limit.reason();
  sends.set_most(100);
  sends.run(seconds(2));
  EXPECT_NE(limit.reason().find("as many as configured"), std::string::npos);
  sends.set_service(always(milliseconds(10)));
  sends.run(milliseconds(200));
  EXPECT_NE(limit.reason().find("0.4 ms was the fastest"), std::string::npos) << limit.reason();
}

}  // namespace
}  // namespace awps
