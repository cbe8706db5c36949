#include "limit/gcra.h"

#include <algorithm>

#include "limit/relaxed.h"

namespace awps {

namespace {

constexpr int64_t kLongest = Duration(std::chrono::hours(24 * 365)).count();
constexpr double kMostAvailable = 1e18;  // "many", and still a number that a uint64_t holds

int64_t cost_of(double units, double interval) {
  return static_cast<int64_t>(std::min(units * interval, static_cast<double>(kLongest)));
}

}  // namespace

void Gcra::set_options(const Options& options) {
  const double interval = options.units_per_second > 0 ? std::min(1e9 / options.units_per_second,
                                                                  static_cast<double>(kLongest))
                                                       : 0;
  nanoseconds_per_unit_.store(interval, std::memory_order_relaxed);
  burst_.store(std::clamp<int64_t>(options.burst.count(), 0, kLongest), std::memory_order_relaxed);
}

double Gcra::units_per_second() const {
  const double interval = nanoseconds_per_unit_.load(std::memory_order_relaxed);
  return interval > 0 ? 1e9 / interval : 0;
}

bool Gcra::take_of_rate(double units, Instant now) {
  const double interval = nanoseconds_per_unit_.load(std::memory_order_relaxed);
  const int64_t burst = burst_.load(std::memory_order_relaxed);
  const int64_t cost = cost_of(units, interval);
  int64_t arrival = arrival_.load(std::memory_order_relaxed);
  for (;;) {
    if (arrival - burst > to_ns(now)) return false;
    const int64_t next = std::max(arrival, to_ns(now)) + cost;
    // Relaxed: the timestamp guards no other data.
    if (arrival_.compare_exchange_weak(arrival, next, std::memory_order_relaxed)) return true;
  }
}

uint64_t Gcra::available_of_rate(Instant now) const {
  const double interval = nanoseconds_per_unit_.load(std::memory_order_relaxed);
  if (interval <= 0) return UINT64_MAX;  // it may just have been taken away
  const int64_t arrival = std::max(arrival_.load(std::memory_order_relaxed), to_ns(now));
  const int64_t room = to_ns(now) + burst_.load(std::memory_order_relaxed) - arrival;
  if (room < 0) return 0;
  return static_cast<uint64_t>(std::min(static_cast<double>(room) / interval, kMostAvailable)) + 1;
}

void Gcra::charge_to_rate(double units, Instant now) {
  const double interval = nanoseconds_per_unit_.load(std::memory_order_relaxed);
  const int64_t cost = cost_of(units, interval);
  const int64_t most = to_ns(now) + burst_.load(std::memory_order_relaxed) + kLongest;
  int64_t arrival = arrival_.load(std::memory_order_relaxed);
  while (!arrival_.compare_exchange_weak(
      arrival, std::min(std::max(arrival, to_ns(now)) + cost, most), std::memory_order_relaxed)) {
  }
}

void Gcra::hasten(double factor, Instant now) {
  int64_t arrival = arrival_.load(std::memory_order_relaxed);
  int64_t next = 0;
  do {
    if (arrival <= to_ns(now)) return;
    next = to_ns(now) + static_cast<int64_t>(static_cast<double>(arrival - to_ns(now)) / factor);
  } while (!arrival_.compare_exchange_weak(arrival, next, std::memory_order_relaxed));
}

void Gcra::exhaust(Instant now) {
  const int64_t full = to_ns(now) + burst_.load(std::memory_order_relaxed);
  int64_t arrival = arrival_.load(std::memory_order_relaxed);
  while (arrival < full &&
         !arrival_.compare_exchange_weak(arrival, full, std::memory_order_relaxed)) {
  }
}

void Gcra::give_back(double units) {
  const double interval = nanoseconds_per_unit_.load(std::memory_order_relaxed);
  arrival_.fetch_sub(cost_of(units, interval), std::memory_order_relaxed);
}

}  // namespace awps
