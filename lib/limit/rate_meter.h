#pragma once

// RateMeter: events a second over the last second, counted in slots of 10 ms. Any thread; an event
// costs one atomic exchange, and of two threads that open a slot at once one may lose its event.

#include <array>
#include <atomic>
#include <cstdint>

#include "base/clock.h"

namespace awps {

class RateMeter {
 public:
  void add(Instant now);

  struct Measured {
    double per_second = 0;
    double events = 0;
    Duration over{0};  // how much time that speaks of: a second, or less if it began later
  };
  /// The last second, or what of it lies after `since` and after the first event of it.
  Measured since(Instant since, Instant now) const;

 private:
  static constexpr int64_t kSlotNanoseconds = 10'000'000;
  static constexpr size_t kSlots = 128;  // more than a second, so that old ones are recognised
  static constexpr uint64_t kCountBits = 24;

  // Each: the slot's number, then its count.
  std::array<std::atomic<uint64_t>, kSlots> slots_{};
};

}  // namespace awps
