#pragma once

// EndpointState: what the hubs of one endpoint share: its pace and their shares of it, what it was
// seen to take of coalesced requests, its troubles (trouble.h) and its silence. The only mutable
// state that several workers touch after the queue.
//
// 1. Where a fleet shares the limits (`shared_by`), a part of them holds here: the least one until
//    set_part() says more, and again while the lease of what it said is over.
//
// Any thread; `now` never goes back for one caller, callers may differ by a little.

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/mutex.h"
#include "limit/gcra.h"
#include "limit/hub_shares.h"
#include "limit/learnt_bound.h"
#include "limit/pace.h"
#include "limit/rule_pause.h"
#include "limit/shared_part.h"
#include "limit/silence.h"
#include "limit/trouble.h"

namespace awps {

/// The rules whose requests carry several actions.
enum class CoalescingRule : uint8_t { kFanOut, kBulkMembership, kMerge };
inline constexpr size_t kCoalescingRules = 3;

/// What the service was seen to take, or not to take, of coalesced operations.
struct LearntBounds {
  LearntBound filter_names;
  LearntBound url_bytes;
  LearntBound body_bytes;
  std::array<RulePause, kCoalescingRules> pauses;               // by CoalescingRule
  std::array<std::atomic<bool>, kCoalescingRules> forbidden{};  // to the identity (403)

  bool is_off(CoalescingRule rule, Instant now) const {
    const auto place = static_cast<size_t>(rule);
    return forbidden[place].load(std::memory_order_relaxed) || pauses[place].is_off(now);
  }
  void forget();
};

class EndpointState {
 public:
  struct Options {
    double requests_per_second = 0;  // 0: no limit
    double bytes_per_second = 0;     // 0: no limit
    Duration burst = std::chrono::milliseconds(100);
    Duration retry_after_max = std::chrono::seconds(60);
    std::string shared_by;  // the stream that says this daemon's part of the limits; empty: none
  };

  explicit EndpointState(const Options& options);

  /// Other limits from now on; what was learnt, and pauses and holds, stay. If they are shared by
  /// another stream, that one's part has to be said.
  void set_limits(const Options& options, Instant now);

  /// This daemon's part of the limits, as the stream shared_by() tells it; without one it counts
  /// for nothing.
  void set_part(const SharedPart& told, Instant now);
  std::string shared_by() const EXCLUDES(applying_);
  /// Nothing: the limits are this daemon's alone.
  std::optional<SharedLimit> shared_limit() const EXCLUDES(applying_);
  /// Why the pace is what it is, for people.
  std::string pace_reason(Instant now) const EXCLUDES(applying_);
  /// Follows the lease of the part; admit() does so, too.
  void look_at_lease(Instant now) EXCLUDES(applying_);

  /// A hub's part of the pace.
  HubShare& join() { return shares_.join(); }

  /// May a request start now? kProbe: this one only, see Trouble.
  Passage admit(Instant now);
  /// Takes the pace's permit for one request; after admit(). False: see earliest().
  bool take_permit(Instant now);
  /// Gives it back: the request did not start after all.
  void give_back_permit() { requests_.give_back(1); }
  /// Charges the pace for the bytes of a request that has its permit: they delay the next.
  void charge_bytes(uint64_t bytes, Instant now) { bytes_.charge(static_cast<double>(bytes), now); }
  /// How many requests the pace permits now; many, if it has no limit.
  uint64_t available(Instant now) const { return requests_.available(now); }
  /// When it is worth asking again.
  Instant earliest() const;

  /// It refused a request because there were too many: the pace falls, if others were refused, too.
  void note_throttled(const Pace::Refusal& refusal, Instant now);
  /// What 429 taught was not about the rate.
  void forget_pace();
  /// The service asked for a pause of this length.
  void note_pause(Duration length, Instant now) { pace_.note_pause(length, now); }
  /// Any 2xx: when it was read.
  void note_success(Instant now) { pace_.note_success(now); }

  Trouble& trouble() { return trouble_; }
  const Trouble& trouble() const { return trouble_; }
  LearntBounds& bounds() { return bounds_; }
  const LearntBounds& bounds() const { return bounds_; }
  const Pace& pace() const { return pace_; }
  Silence& silence() { return silence_; }
  const Silence& silence() const { return silence_; }

  /// A reload: nothing that was learnt is known any more, and a hold ends. Pauses stay.
  void forget(Instant now);

 private:
  void apply_pace() EXCLUDES(applying_);
  void apply_part(Instant now) REQUIRES(applying_);
  Duration burst() const { return Duration(burst_.load(std::memory_order_relaxed)); }

  mutable Mutex applying_;
  std::string shared_by_ GUARDED_BY(applying_);
  SharedPart told_ GUARDED_BY(applying_);
  SharedLimit shared_ GUARDED_BY(applying_){.part = 1};  // as it is applied
  double bytes_per_second_ GUARDED_BY(applying_);
  std::atomic<int64_t> next_look_{INT64_MAX};  // at the lease of the part
  std::atomic<Duration::rep> burst_;
  Pace pace_;
  HubShares shares_;
  Gcra requests_;
  Gcra bytes_;
  LearntBounds bounds_;
  Trouble trouble_;
  Silence silence_;
};

}  // namespace awps
