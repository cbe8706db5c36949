#pragma once

// Pace: how many requests a second an endpoint is asked to take: the lesser of what is configured,
// of which a part may be this daemon's (shared_part.h), and what its 429 taught.
//
// 1. The share of 429 counts, not the single one: a request here and there is refused for another
//    reason than the rate. Each 2xx earns an allowance of kTolerated, up to kMostAllowed; a 429
//    uses up one, and lowers the pace only where none is left. So up to 1.5 % change nothing,
//    whatever the rate, and a flood is answered after five. A 429 that asks for a pause lowers it
//    at once. Requests that began before the last reduction teach nothing.
// 2. It falls to 0.9 × the rate that was answered well just before: in the last second, or since
//    the last reduction where that is shorter. That rate is remembered as the ceiling, if half a
//    second speaks for it. Below 50 a second half a second is no evidence: then the pace itself is
//    taken for the rate, and is not halved. Before four were answered well it stays as it is.
// 3. From there it follows the curve of CUBIC (Ha, Rhee, Xu, "CUBIC: A New TCP-Friendly High-Speed
//    TCP Variant", 2008; RFC 9438 §4.2): fast towards the ceiling, slowly around it, faster and
//    faster beyond; without a ceiling it doubles every 4 s. As in CUBIC the way to the ceiling is
//    longer the higher it is, K = ∛(0.1 × ceiling ÷ C): so daemons that share one limit come to
//    equal parts, which laws in proportion to the own rate do not (Chiu, Jain, "Analysis of the
//    Increase and Decrease Algorithms", 1989). A floor under K, such as the time of eight
//    requests, was tried: it starves the slowest of 50 daemons.
// 4. It climbs only while it is used: half of it, at least. Ten times beyond the ceiling, or 10 min
//    after the last reduction, it is forgotten: the configured one alone holds.
// 5. A pause that the service asks for fills its bucket. What it then takes within half a second
//    says nothing of its rate: refused so early, the pace halves. And a 429 that costs a pause is
//    risked more seldom: the ceiling is kept a little lower, and reached in proportion later.
// 6. With the part changes what 429 taught, in proportion: the service takes as much as before, and
//    the other daemons have the rest of it. What was answered before speaks of another rate: it is
//    no evidence any more, nor is a 429 for it.
//
// Any thread. The lock is for what happens seldom: a 429, a step each 50 ms while something is
// learnt, a reload. Of several threads that report the same event one acts.

#include <atomic>
#include <cstdint>
#include <string>

#include "base/clock.h"
#include "base/mutex.h"
#include "limit/rate_meter.h"

namespace awps {

class Pace {
 public:
  /// Requests a second; 0: no limit.
  explicit Pace(double configured) : configured_(configured), present_(configured) {}

  /// Another configured limit; what was learnt stays.
  void set_configured(double configured);
  /// This daemon's part of the configured limit, above 0 to 1. Without such a limit it changes
  /// nothing.
  void set_part(double part, Instant now);
  /// Forgets what 429 taught: a reload.
  void forget();

  /// An answer of 2xx was read.
  void note_success(Instant now);
  struct Refusal {
    Instant started{};    // when its request began
    bool pauses = false;  // it asks for a pause (Retry-After above 0)
  };
  /// A 429 was read. True: the pace has fallen.
  bool note_throttled(const Refusal& refusal, Instant now);
  /// The service asked for a pause of this length; after note_throttled().
  void note_pause(Duration length, Instant now);
  /// Time has passed: true if the pace has changed. Call it often; it acts every 50 ms.
  bool advance(Instant now) { return is_learnt() && advance_learnt(now); }

  /// Requests a second; 0: no limit.
  double present() const { return present_.load(std::memory_order_relaxed); }
  double configured() const { return configured_.load(std::memory_order_relaxed); }
  /// The configured limit's part.
  double limit() const;
  bool is_learnt() const { return is_learnt_.load(std::memory_order_relaxed); }
  /// Answered well, of late.
  double success_rate(Instant now) const;
  /// When at the latest what was learnt is forgotten; kNever: nothing is learnt.
  Instant until() const;
  /// For people: which bound it is, why, and until when.
  std::string reason(Instant now) const;

 private:
  static constexpr Duration kStep = std::chrono::milliseconds(50);

  static constexpr double kTolerated = 0.015;  // of the answers
  static constexpr double kMostAllowed = 5;    // at once

  struct Learnt {
    double base = 0;     // what it fell to; 0: nothing is learnt
    double ceiling = 0;  // 0: none is known
    Instant reduced_at = Instant::min();
    Instant paused_until = Instant::min();
    Duration pause_length{0};  // the last one's; 0: the last reduction cost none
    Duration used{0};          // the time since the reduction in which it was used
  };
  struct Evidence {
    double rate = 0;  // that is answered well
    bool is_ceiling = false;
    bool is_too_early = false;  // after the last reduction
  };
  bool is_allowed(const Refusal& refusal);
  bool advance_learnt(Instant now);
  Evidence first_evidence(Instant now) const REQUIRES(mutex_);
  Evidence evidence(Instant now) const REQUIRES(mutex_);
  double seconds_to_ceiling() const REQUIRES(mutex_);
  double taught(double seconds) const REQUIRES(mutex_);
  Instant forgotten_at() const REQUIRES(mutex_);
  void forget_learnt() REQUIRES(mutex_);
  void scale_learnt(double factor) REQUIRES(mutex_);
  void publish() REQUIRES(mutex_);

  RateMeter successes_;
  std::atomic<double> configured_;
  std::atomic<double> part_{1};
  std::atomic<double> present_;
  std::atomic<bool> is_learnt_{false};
  std::atomic<double> allowance_{kMostAllowed};  // 429 that change nothing
  std::atomic<int64_t> next_step_{INT64_MIN};

  mutable Mutex mutex_;
  Learnt learnt_ GUARDED_BY(mutex_);
  Instant part_changed_at_ GUARDED_BY(mutex_) = Instant::min();
};

}  // namespace awps
