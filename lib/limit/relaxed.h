#pragma once

// How a limit lies in atomics that workers share: instants as nanoseconds, each read and written
// alone, so that none needs an order of its own. Pure.

#include <atomic>
#include <cstdint>

#include "base/clock.h"

namespace awps {

inline constexpr auto kRelaxed = std::memory_order_relaxed;

constexpr int64_t to_ns(Instant instant) {
  return instant.time_since_epoch().count();
}

inline void raise_to(std::atomic<int64_t>& target, int64_t value) {
  int64_t seen = target.load(kRelaxed);
  while (seen < value && !target.compare_exchange_weak(seen, value, kRelaxed)) {
  }
}

}  // namespace awps
