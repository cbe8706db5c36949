#pragma once

// Gcra: the generic cell rate algorithm (ITU-T I.371, the "virtual scheduling" form): one
// timestamp, the theoretical arrival time, says all about the past. No windows, so no double burst
// at an edge.
//
// 1. Over any interval of length t at most rate × (t + burst) units pass, plus the last request's
// own.
// 2. A request larger than the burst passes when the bucket is full and delays those after it.
// 3. take() may be called from several threads: the timestamp is one atomic.
// 4. Any setting is safe: an interval, a burst and a debt are each at most a year, so that no sum
//    of them leaves the range of a timestamp. A rate below one a year is one a year.

#include <atomic>
#include <cstdint>

#include "base/clock.h"

namespace awps {

class Gcra {
 public:
  struct Options {
    double units_per_second = 0;  // 0: no limit
    Duration burst = std::chrono::milliseconds(100);
  };

  explicit Gcra(const Options& options) { set_options(options); }

  /// When the next request may pass, if nobody else takes one; `now` or earlier: at once.
  Instant earliest() const {
    if (!has_rate()) return Instant::min();
    const int64_t arrival = arrival_.load(std::memory_order_relaxed);
    return Instant(Duration(arrival - burst_.load(std::memory_order_relaxed)));
  }
  /// Takes `units` if a request may pass now.
  bool take(double units, Instant now) { return !has_rate() || take_of_rate(units, now); }
  /// How many requests of one unit may pass now, if nobody else takes one; without a rate: many.
  uint64_t available(Instant now) const { return has_rate() ? available_of_rate(now) : UINT64_MAX; }
  /// Takes `units` for a request that has passed, whatever the rate permits: it delays the next.
  void charge(double units, Instant now) {
    if (has_rate()) charge_to_rate(units, now);
  }
  /// Gives back what take() took for a request that was not sent after all.
  void give_back(double units);

  /// The rate has become `factor` times as high: what was taken of it is paid back sooner.
  void hasten(double factor, Instant now);

  /// No burst is left: whoever answers for the rate has just refused.
  void exhaust(Instant now);

  void set_options(const Options& options);
  double units_per_second() const;

 private:
  bool has_rate() const { return nanoseconds_per_unit_.load(std::memory_order_relaxed) > 0; }
  bool take_of_rate(double units, Instant now);
  uint64_t available_of_rate(Instant now) const;
  void charge_to_rate(double units, Instant now);

  std::atomic<double> nanoseconds_per_unit_{0};
  std::atomic<int64_t> burst_{0};
  std::atomic<int64_t> arrival_{INT64_MIN /
                                4};  // theoretical arrival time, ns of the monotonic clock
};

}  // namespace awps
