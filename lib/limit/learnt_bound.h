#pragma once

// LearntBound: how much of something a service takes at once, learnt from what it refused. A
// refusal halves what was used; each success at the bound raises it by a 64th (at least by one), so
// a bound that was met by chance, or is no longer there, is forgotten slowly.
//
// Any thread: one number, and of two changes at once one may be lost.

#include <algorithm>
#include <atomic>
#include <cstdint>

namespace awps {

class LearntBound {
 public:
  uint64_t limit(uint64_t configured) const {
    return std::min(configured, bound_.load(std::memory_order_relaxed));
  }
  void refused(uint64_t used) {
    bound_.store(std::max<uint64_t>(1, used / 2), std::memory_order_relaxed);
  }
  /// `used` was taken: at the bound, or no more than a half below it, it climbs.
  void taken(uint64_t used) {
    const uint64_t bound = bound_.load(std::memory_order_relaxed);
    if (bound == kNone || used < bound - bound / 2) return;
    const uint64_t next = bound + std::max<uint64_t>(1, bound / 64);
    bound_.store(next, std::memory_order_relaxed);
  }
  void forget() { bound_.store(kNone, std::memory_order_relaxed); }
  bool is_learnt() const { return bound_.load(std::memory_order_relaxed) != kNone; }

 private:
  static constexpr uint64_t kNone = UINT64_MAX;
  std::atomic<uint64_t> bound_{kNone};
};

}  // namespace awps
