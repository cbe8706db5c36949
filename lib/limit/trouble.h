#pragma once

// Trouble: what is known of the failures of one endpoint, and whom they speak of: the way to the
// service, its rate, the endpoint as a whole, or one target alone. The workers of its hubs report
// how each attempt ended, and ask it whether they may send.
//
// Evidence:
// 1. A failure on the way to the service (no name, no connection, TLS, proxy) speaks of the
//    endpoint: two of them, or one that is 3 s old, without an answer since, hold it.
// 2. An answer that is not plainly the action's own (5xx, a timeout, a refusal of credential or
//    address) speaks of its target. It speaks of the endpoint where 8 different targets failed in a
//    row and nobody was answered well in between; or two attempts failed, nobody was answered well
//    in the last 3 s, and nobody is under way. Suspects (suspects.h) do not count: half of the
//    targets may fail for good without a hold.
// 3. A hold that ended within 5 s was a false alarm: for a minute twice as many different targets
//    must fail, at most 64.
// 4. "Too many requests" speaks of the rate, unless the target is a suspect of throttling, or it is
//    known to follow targets (throttle_pattern.h). Of a target that is refused again before it was
//    answered well, or a newcomer while known ones are not refused, it does not lower the rate.
//
// What follows from it:
// 5. While held, only probes pass (gate.h). Any 2xx ends the hold, and so does any answer that
//    shows the service at work: a refusal of one action, "too many requests".
// 6. `HEAD /api/health` is asked each second as long as nobody is answered. When it becomes good
//    (in a hold of the way: when it is answered), the next probe goes at once. It ends no hold but
//    one that nobody has probed for 5 s, since nothing waits: who else would learn of its end?
// 7. A pause (Retry-After) stops the endpoint; of a suspect of throttling, the suspect alone.
// 8. A failure is charged to its action if somebody was answered 2xx after the attempt had begun;
//    a refusal, if somebody of the same hub was. What failed in a hold, or in the row of failures
//    that led to it, is charged to nobody, unless its target is a suspect.
// 9. Where one target is all that is tried (no other failed within 2 min), it is charged time, but
//    no attempts, while the service says that it is healthy; fewer than 8, after 5 min of that.
//
// So a target takes part in one false alarm at most. An outage, however long, charges an action one
// attempt at most: the one that was under way when it began.
//
// Any thread; `now` may differ a little between callers. Mostly a call costs an atomic operation.

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "limit/failure.h"
#include "limit/failure_row.h"
#include "limit/gate.h"
#include "limit/health_record.h"
#include "limit/known_targets.h"
#include "limit/pause_trust.h"
#include "limit/suspects.h"
#include "limit/throttle_pattern.h"

namespace awps {

class Trouble {
 public:
  struct Options {
    Gate::Options gate;
    Duration retry_after_max = std::chrono::seconds(60);
    uint32_t outage_targets = 8;                      // different ones in a row
    uint32_t most_outage_targets = 64;                // after false alarms
    Duration tried_within = std::chrono::seconds(3);  // see 1 and 2
    Duration false_alarm = std::chrono::seconds(5);   // a hold that is shorter
    Duration alarm_memory = std::chrono::minutes(1);  // of false ones
    Duration tried_lately = std::chrono::minutes(2);  // see 9: above each back-off and pause
    Duration few_after = std::chrono::minutes(5);     // see 9
    Duration health_every = std::chrono::seconds(1);
  };

  explicit Trouble(const Options& options);

  // ---- may a request start?
  Passage admit(Instant now);
  /// When it is worth asking again, if nothing is reported; `now` or earlier: at once.
  Instant admits_at() const;
  bool is_unprobed(Instant now) const;  // held, and for 5 s nobody has taken the probe that is due
  /// Only probes pass, or nobody. Acquire pairs with the release in publish().
  bool is_blocked() const { return is_blocked_.load(std::memory_order_acquire); }
  /// A probe that was admitted did not start after all.
  void probe_not_sent();

  // ---- attempts: each that begins ends by one of the four others

  void begin(const Attempt& attempt);
  void answered(const Attempt& attempt, Instant now);  // 2xx
  /// The answer speaks of the action, or of its kind, alone.
  void at_work(const Attempt& attempt, Instant now);
  Ruling failed(const Attempt& attempt, const Failure& failure, Instant now);
  void ended(const Attempt& attempt);  // without an answer that says anything

  // ---- evidence

  Evidence evidence(const FailedAttempt& attempt) const;
  /// kNever: it is no suspect.
  Instant suspect_since(uint64_t target) const;
  size_t suspects() const { return suspect_count_.load(std::memory_order_relaxed); }
  /// The target was answered well of late.
  bool is_known(uint64_t target) const { return known_.knows(target); }
  /// Most targets that come again after "too many requests" are refused again.
  bool throttling_repeats() const { return throttling_repeats_.load(std::memory_order_relaxed); }
  /// More than one in ten of the newcomers tried last failed.
  bool newcomers_are_doubtful() const { return doubt_.load(std::memory_order_relaxed) > kDoubtful; }
  Instant last_success() const;
  /// Counts the holds that ended. Acquire pairs with the release in end_hold().
  uint64_t recoveries() const { return recoveries_.load(std::memory_order_acquire); }
  /// Counts the holds that a probe ended: older connections than its own may lead somewhere else.
  uint64_t renewals() const { return renewals_.load(std::memory_order_relaxed); }
  /// Did an attempt fail because of the last hold, or of the present one?
  bool is_covered(Instant started, Instant failed) const;

  // ---- health

  /// True: ask for it now, and report the end of it. Call it often; holds begin here, too (1).
  bool take_health(Instant now);
  /// `reached`: there was an answer; `good`: it was 2xx.
  void health_ended(bool reached, bool good, Instant now);
  /// When take_health() may say yes, if nothing is reported; kNever: not as things are.
  Instant health_at() const;

  // ---- steering

  void set_retry_after_max(Duration most);
  void release_hold(Instant now);  // at once: configuration or credential changed
  /// A reload: what was learnt of targets is forgotten, and a hold ends; pauses stay.
  void forget(Instant now);

  // ---- for people

  HoldReason hold_reason() const { return hold_reason_.load(std::memory_order_relaxed); }
  Duration held_for(Instant now) const;
  struct Report {
    HoldReason reason = HoldReason::kNone;
    Instant held_since{};
    Instant paused_until = Instant::min();
    Instant next_probe = Instant::min();
    std::string words;  // of the failure that led to the hold, or of the last one since
    size_t suspects = 0;
    std::vector<Suspects::Named> named;  // some of them
    uint32_t outage_targets = 0;         // see 2 and 3
    std::optional<bool> healthy;         // what health said last, in this trouble
  };
  Report report() const;

 private:
  void note_good_answer(const Attempt& attempt, Instant now) REQUIRES(mutex_);
  void end_probe(const Attempt& attempt, Instant now) REQUIRES(mutex_);
  void begin_hold(HoldReason reason, std::string_view words, const FailureRow& row, Instant now)
      REQUIRES(mutex_);
  void note_false_alarm(Instant now) REQUIRES(mutex_);
  void end_hold(Instant now) REQUIRES(mutex_);
  Ruling way_failed(const Failure& failure, Instant now) REQUIRES(mutex_);
  Ruling throttled(const Attempt& attempt, const Failure& failure, Instant now) REQUIRES(mutex_);
  Ruling answer_failed(const Attempt& attempt, const Failure& failure, Instant now)
      REQUIRES(mutex_);
  void extend_row(uint64_t target, Instant now) REQUIRES(mutex_);
  bool is_outage(Instant now) const REQUIRES(mutex_);
  bool wants_health() const REQUIRES(mutex_);
  bool covers(Instant started, Instant failed) const REQUIRES(mutex_);
  void publish() REQUIRES(mutex_);
  void note_newcomer(bool failed);

  static constexpr double kDoubtful = 0.1;
  const Options options_;
  KnownTargets known_;
  std::atomic<double> doubt_{0};  // the share of newcomers that fail, of the last 16 or so
  std::atomic<int64_t> last_success_{INT64_MIN};  // ns of the monotonic clock
  std::atomic<int64_t> under_way_{0};             // attempts of targets that are no suspects
  std::atomic<uint64_t> good_answers_{0};
  std::atomic<uint64_t> recoveries_{0};
  std::atomic<uint64_t> renewals_{0};
  std::atomic<size_t> suspect_count_{0};
  std::atomic<HoldReason> hold_reason_{HoldReason::kNone};
  std::atomic<bool> throttling_repeats_{false};
  std::atomic<bool> is_blocked_{false};
  std::atomic<bool> is_disturbed_{false};  // something below is not as at the beginning
  mutable Mutex mutex_;
  Gate gate_ GUARDED_BY(mutex_);
  Suspects suspects_ GUARDED_BY(mutex_);
  ThrottlePattern throttling_ GUARDED_BY(mutex_);
  FailureRow way_ GUARDED_BY(mutex_);      // failures of the way
  FailureRow answers_ GUARDED_BY(mutex_);  // failed answers
  std::string last_words_ GUARDED_BY(mutex_);
  HoldReason way_reason_ GUARDED_BY(mutex_) = HoldReason::kUnreachable;
  bool is_of_the_way_ GUARDED_BY(mutex_) = false;               // the hold began because of the way
  Instant suspect_failed_ GUARDED_BY(mutex_) = Instant::min();  // the last time one did
  Instant covered_since_ GUARDED_BY(mutex_) = kNever;           // by the last hold
  Instant covered_until_ GUARDED_BY(mutex_) = Instant::min();
  bool throttling_follows_ GUARDED_BY(mutex_) = false;  // the target, as the last one said
  uint64_t throttled_answers_ GUARDED_BY(mutex_) = 0;
  PauseTrust pause_trust_ GUARDED_BY(mutex_);
  HealthRecord health_ GUARDED_BY(mutex_);
  Duration retry_after_max_ GUARDED_BY(mutex_);
  uint32_t outage_targets_ GUARDED_BY(mutex_);
  std::optional<Instant> last_false_alarm_ GUARDED_BY(mutex_);
};

}  // namespace awps
