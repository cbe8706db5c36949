#pragma once

// LearntBound: how much of something a service takes at once (names in a filter, bytes of a URL or
// of a body), learnt from what it refused.
//
// 1. A refusal halves what was used. Each success near the bound raises it by a 64th, at least by
//    one.
// 2. A bound has an end: after 1 min the full size is tried again. If it is refused again, the next
//    trial follows after 2 min, then 4 … 30. Refusals of requests that were under way together
//    count once.
// 3. A success of a size that was refused before ends the bound at once. A refusal of a size that
//    was taken within the last 2 s teaches nothing: something else in that request was wrong, such
//    as one name that the service does not like.
//
// Any thread: a few relaxed atomics that guard no other data. Of two changes at once one may be
// lost; then the next answer teaches it again.

#include <atomic>
#include <cstdint>
#include <string>

#include "base/clock.h"

namespace awps {

class LearntBound {
 public:
  /// What may be used now: the configured size, or less.
  uint64_t limit(uint64_t configured, Instant now) const;
  /// The service refused `used` as too much.
  void refused(uint64_t used, Instant now);
  /// The service took `used`.
  void taken(uint64_t used, Instant now);
  /// Forgets everything: a reload.
  void forget();

  bool is_learnt() const { return bound() != kNone; }
  /// The bound, whether or not its trial has come; kNone: nothing is learnt.
  uint64_t bound() const { return bound_.load(std::memory_order_relaxed); }
  /// When the full size is tried again; kNever: nothing is learnt.
  Instant until() const;
  /// For people: its value, why, and until when. Empty: nothing is learnt.
  std::string reason(Instant now) const;

  static constexpr uint64_t kNone = UINT64_MAX;

 private:
  void forget_bound();
  bool was_taken_lately(uint64_t used, Instant now) const;
  void lower(uint64_t used);

  std::atomic<uint64_t> bound_{kNone};
  std::atomic<uint64_t> least_refused_{kNone};
  std::atomic<int64_t> until_{INT64_MIN};  // of the monotonic clock, ns
  std::atomic<int64_t> wait_{0};           // the present one, ns; 0: nothing is learnt
  std::atomic<uint64_t> most_taken_{0};    // lately
  std::atomic<int64_t> taken_at_{INT64_MIN};
};

}  // namespace awps
