#include "limit/hub_shares.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace awps {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Instant kStart{seconds(1000)};

/// Hubs that want so many requests a second each, at an endpoint of `pace`; what each got.
std::vector<double> granted(const std::vector<double>& wanted, double pace) {
  HubShares shares;
  std::vector<HubShare*> hubs;
  for (size_t i = 0; i < wanted.size(); ++i) hubs.push_back(&shares.join());
  Gcra endpoint({.units_per_second = pace, .burst = milliseconds(10)});
  std::vector<double> got(wanted.size());
  std::vector<double> owed(wanted.size());
  const int ticks = 10'000;
  for (int tick = 0; tick < ticks; ++tick) {
    const Instant now = kStart + milliseconds(tick);
    shares.recompute(pace, milliseconds(10), now);
    for (size_t i = 0; i < hubs.size(); ++i) {
      owed[i] = std::min(owed[i] + wanted[i] / 1000, 1000.0);
      while (owed[i] >= 1 && endpoint.earliest() <= now && hubs[i]->take(now)) {
        endpoint.take(1, now);
        owed[i] -= 1;
        if (tick >= ticks / 2) got[i] += 1;
      }
    }
  }
  for (double& rate : got) rate /= ticks / 2 / 1000.0;
  return got;
}

TEST(HubShares, TwoThatWantAllShareEqually) {
  const std::vector<double> got = granted({5000, 5000}, 1000);
  EXPECT_NEAR(got[0], 500, 25);
  EXPECT_NEAR(got[1], 500, 25);
}

TEST(HubShares, WhoWantsLittleGetsItWhateverTheOthersWant) {
  const std::vector<double> got = granted({5000, 100, 5000}, 1000);
  EXPECT_NEAR(got[1], 100, 5);
  EXPECT_NEAR(got[0] + got[2], 900, 50);
}

TEST(HubShares, WhatAnIdleHubDoesNotUseIsLent) {
  const std::vector<double> got = granted({5000, 0}, 1000);
  EXPECT_NEAR(got[0], 1000, 30);
}

TEST(HubShares, WithoutAPaceNothingIsHeldBack) {
  HubShares shares;
  HubShare& hub = shares.join();
  shares.join();
  shares.recompute(0, milliseconds(100), kStart);
  for (int i = 0; i < 10'000; ++i) ASSERT_TRUE(hub.take(kStart));
}

// For TSan: a reload makes hubs while workers take their parts.
TEST(HubShares, HubsMayJoinWhileOthersTake) {
  HubShares shares;
  HubShare& first = shares.join();
  const std::jthread worker([&](const std::stop_token& stop) {
    for (Instant now = kStart; !stop.stop_requested(); now += milliseconds(100)) {
      shares.recompute(1000, milliseconds(10), now);
      (void)first.take(now);
    }
  });
  std::vector<HubShare*> hubs;
  for (int i = 0; i < 100; ++i) hubs.push_back(&shares.join());
  for (HubShare* hub : hubs) EXPECT_TRUE(hub->take(kStart + seconds(3600)));
}

}  // namespace
}  // namespace awps
