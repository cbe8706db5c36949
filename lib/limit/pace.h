#pragma once

// Pace: how many requests a second an endpoint is asked to take: the configured limit, or less,
// learnt from its 429.
//
// 1. A 429 to a request that began after the last reduction makes the pace 0.9 × the rate that was
//    answered well just before: in the last second, or since the last reduction where that is
//    shorter. That rate is remembered as the ceiling, if at least half a second speaks for it.
// 2. From there it follows the curve of CUBIC (Ha, Rhee, Xu, "CUBIC: A New TCP-Friendly High-Speed
//    TCP Variant", 2008; RFC 9438 §4.2): fast towards the ceiling, slowly around it, faster and
//    faster beyond; without a ceiling it doubles every 4 s.
// 3. It climbs only while it is used: half of it, at least.
// 4. Ten times beyond the ceiling it is forgotten: the configured limit alone holds.
// 5. A pause that the service asks for fills its bucket. What it then takes within half a second
//    says nothing of its rate: refused so early, the pace halves. And a 429 that costs a pause is
//    risked more seldom: the ceiling is kept a little lower, and reached in proportion later.
//
// Any thread: numbers are atomics; of several threads that report the same event one acts.

#include <atomic>
#include <cstdint>

#include "base/clock.h"
#include "limit/rate_meter.h"

namespace awps {

class Pace {
 public:
  /// Requests a second; 0: no limit.
  explicit Pace(double configured) : configured_(configured), present_(configured) {}

  /// Another configured limit; what was learnt stays.
  void set_configured(double configured);

  /// An answer of 2xx was read.
  void note_success(Instant now) { successes_.add(now); }
  /// A 429 was read; `started` is when its request began. True: the pace has fallen.
  bool note_throttled(Instant started, Instant now);
  /// The service asked for a pause of this length.
  void note_pause(Duration length, Instant now);
  /// Time has passed: true if the pace has changed. Call it often; it acts every 50 ms.
  bool advance(Instant now);

  /// Requests a second; 0: no limit.
  double present() const { return present_.load(std::memory_order_relaxed); }
  double configured() const { return configured_.load(std::memory_order_relaxed); }
  bool is_learnt() const { return base_.load(std::memory_order_relaxed) > 0; }
  /// Answered well, of late.
  double success_rate(Instant now) const;

 private:
  static constexpr Duration kStep = std::chrono::milliseconds(50);

  double learnt(double seconds) const;
  void publish(double learnt);

  std::atomic<double> configured_;
  std::atomic<double> present_;
  RateMeter successes_;
  std::atomic<double> base_{0};     // what it fell to; 0: nothing is learnt
  std::atomic<double> ceiling_{0};  // 0: none is known
  std::atomic<int64_t> reduced_at_{INT64_MIN};
  std::atomic<int64_t> next_step_{INT64_MIN};
  std::atomic<int64_t> paused_until_{INT64_MIN};
  std::atomic<int64_t> pause_length_{0};  // the last one's
  std::atomic<int64_t> used_time_{0};     // since the reduction, while it was used
};

}  // namespace awps
