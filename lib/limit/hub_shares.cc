#include "limit/hub_shares.h"

#include <algorithm>
#include <limits>
#include <vector>

namespace awps {

HubShare& HubShares::join() {
  const MutexLock lock(mutex_);
  return shares_.emplace_back();
}

void HubShares::hasten(double factor, Instant now) {
  const MutexLock lock(mutex_);
  for (HubShare& share : shares_) share.requests_.hasten(factor, now);
  next_.store(INT64_MIN, std::memory_order_relaxed);
}

void HubShares::recompute_now(double pace, Duration burst, Instant now) {
  int64_t next = next_.load(std::memory_order_relaxed);
  const int64_t at = now.time_since_epoch().count();
  if (at < next) return;
  // Relaxed: whoever wins acts; the numbers guard no other data.
  if (!next_.compare_exchange_strong(next, at + kPeriod.count(), std::memory_order_relaxed)) return;
  const MutexLock lock(mutex_);
  if (shares_.size() < 2) return;

  struct Demand {
    HubShare* share = nullptr;
    double wanted = 0;
  };
  std::vector<Demand> demands;
  for (HubShare& share : shares_) {
    const int64_t since_ever = share.taken_.load(std::memory_order_relaxed);
    const auto taken = static_cast<double>(since_ever - share.taken_before_);
    share.taken_before_ = since_ever;
    const bool refused = share.was_refused_.exchange(false, std::memory_order_relaxed);
    // A little more than it took, so that it may grow.
    const double wanted =
        refused ? std::numeric_limits<double>::infinity() : 1.25 * taken / to_seconds(kPeriod);
    demands.push_back({.share = &share, .wanted = wanted});
  }
  std::ranges::sort(demands, {}, &Demand::wanted);
  const double equal = pace / static_cast<double>(demands.size());
  double left = pace;
  for (size_t i = 0; i < demands.size(); ++i) {
    const double fair = left / static_cast<double>(demands.size() - i);
    const double granted = std::min(demands[i].wanted, fair);
    left -= granted;
    demands[i].share->requests_.set_options(
        {.units_per_second = pace <= 0 ? 0 : std::max(granted, equal), .burst = burst});
  }
}

}  // namespace awps
