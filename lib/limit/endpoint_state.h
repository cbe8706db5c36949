#pragma once

// EndpointState: what the hubs of one endpoint share: its pace, its pauses and holds, and when it
// last answered well. The only mutable state that several workers touch after the queue; a few
// atomics.
//
// 1. After pause() or hold() nobody is admitted until it is over; then one probe, whose answer
//    decides. A probe that is not answered within a second does not wait alone: what vanishes in a
//    black hole must not keep the next one from being asked.
// 2. A pause is what the service asked for (Retry-After); a hold is our own doubt about endpoint or
//    credential: its length doubles from 1 s to 30 s while probes fail. An open circuit breaker (so
//    many failures in a row) is a hold of 1 s each time.
// 3. Neither charges an action: an outage dead-letters nothing.
//
// `now` never goes back for one caller; callers may differ by a little.

#include <atomic>
#include <cstdint>
#include <string_view>

#include "base/clock.h"
#include "limit/gcra.h"
#include "limit/hub_shares.h"
#include "limit/learnt_bound.h"
#include "limit/pace.h"

namespace awps {

enum class HoldReason : uint8_t { kNone, kCredential, kEndpointAtFault, kBreaker };

/// For people: "credential refused" and so on.
std::string_view name_of(HoldReason reason);
/// What ends it, and what an operator can do.
std::string_view remedy_of(HoldReason reason);

/// What the service was seen to take, or not to take, of coalesced operations.
struct LearntBounds {
  LearntBound filter_names;
  LearntBound url_bytes;
  LearntBound body_bytes;
  std::atomic<bool> fan_out_forbidden{false};  // by the identity's role (403), until a reload
  std::atomic<bool> bulk_forbidden{false};
};

class EndpointState {
 public:
  struct Options {
    double requests_per_second = 0;  // 0: no limit
    double bytes_per_second = 0;     // 0: no limit
    Duration burst = std::chrono::milliseconds(100);
    Duration retry_after_max = std::chrono::seconds(60);
    Duration first_hold = std::chrono::seconds(1);
    Duration longest_hold = std::chrono::seconds(30);
    Duration probe_patience = std::chrono::seconds(1);  // then another one asks, too
    uint32_t breaker_failures = 10;                     // in a row, by whatever hub
  };

  enum class Admission : uint8_t { kGo, kProbe, kWait };

  explicit EndpointState(const Options& options);

  /// Other limits from now on; what was learnt, and pauses and holds, stay.
  void set_limits(const Options& options);

  /// A hub's part of the pace.
  HubShare& join() { return shares_.join(); }

  /// May a request start now? kProbe: this one only, and its end must be told by probe_ended().
  Admission admit(Instant now);
  /// Takes the pace's permit for one request; after admit(). False: see earliest().
  bool take_permit(Instant now);
  /// Charges the pace for the bytes of a request that has its permit: they delay the next.
  void charge_bytes(uint64_t bytes, Instant now) { bytes_.charge(static_cast<double>(bytes), now); }
  /// How many requests the pace permits now; many, if it has no limit.
  uint64_t available(Instant now) const { return requests_.available(now); }
  /// When it is worth asking again. While somebody's probe is under way: in a little while.
  Instant earliest(Instant now) const;

  /// When a probe may be asked after a pause or a hold; kNever: none is owed.
  Instant probe_at() const;

  /// The service asked for a pause.
  void pause(Duration length, Instant now);
  /// It refused a request because there were too many: the pace falls, if others were refused, too.
  void note_throttled(const Pace::Refusal& refusal, Instant now);
  /// It answered, but not as the service that we mean would.
  void hold(HoldReason reason, Instant now);
  /// A probe was answered (`good`), or failed; a failed one after a hold prolongs it.
  void probe_ended(bool good, Instant now);
  /// A probe that was admitted did not start after all.
  void probe_not_sent() { probed_at_.store(kNoProbe, std::memory_order_release); }
  /// Any 2xx: when it was read.
  void note_success(Instant now);
  /// Any answer that shows the service alive (2xx, 4xx): the failures in a row are over.
  void note_alive() { failures_in_a_row_.store(0, std::memory_order_relaxed); }
  /// A 5xx, a timeout, a broken or refused connection: enough of them open the breaker.
  void note_failure(Instant now);
  /// Ends a hold at once: configuration or credential changed.
  void release_hold();
  /// Forms of request that were forbidden to the identity may be tried again: it may be another.
  void permit_all_forms();

  LearntBounds& bounds() { return bounds_; }
  const LearntBounds& bounds() const { return bounds_; }

  /// Counts the times that a pause, a hold or an open breaker has ended.
  uint64_t recoveries() const { return recoveries_.load(std::memory_order_acquire); }
  const Pace& pace() const { return pace_; }

  Instant last_success() const;
  /// The last one when the present, or the last, pause or hold began.
  Instant success_before_trouble() const;
  HoldReason hold_reason() const { return hold_reason_.load(std::memory_order_relaxed); }
  Instant blocked_until() const;

 private:
  static constexpr int64_t kNoProbe = INT64_MIN;

  void apply_pace();
  Duration burst() const { return Duration(burst_.load(std::memory_order_relaxed)); }
  void begin_trouble();
  void recover();

  std::atomic<Duration::rep> retry_after_max_;
  Duration first_hold_;
  Duration longest_hold_;
  const Duration probe_patience_;
  uint32_t breaker_failures_;
  std::atomic<Duration::rep> burst_;
  Pace pace_;
  HubShares shares_;
  Gcra requests_;
  Gcra bytes_;
  LearntBounds bounds_;
  std::atomic<int64_t> blocked_until_{INT64_MIN};
  std::atomic<int64_t> last_success_{INT64_MIN};
  std::atomic<int64_t> success_before_trouble_{INT64_MIN};
  std::atomic<int64_t> hold_length_{0};
  std::atomic<uint64_t> recoveries_{0};
  std::atomic<uint32_t> failures_in_a_row_{0};
  std::atomic<HoldReason> hold_reason_{HoldReason::kNone};
  std::atomic<bool> needs_probe_{false};
  std::atomic<int64_t> probed_at_{kNoProbe};  // when the probe under way was admitted
};

}  // namespace awps
