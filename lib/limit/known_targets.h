#pragma once

// KnownTargets: which targets were answered well of late, by a 64-bit hash. It is a table of fixed
// size, in which a newer target may take an older one's place: a target that it does not know is a
// newcomer, or was forgotten. It takes a stranger for a known one once in 2^32.
//
// Any thread; O(1), an atomic load or store.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace awps {

class KnownTargets {
 public:
  void note(uint64_t target) { slot_of(target).store(tag_of(target), std::memory_order_relaxed); }
  bool knows(uint64_t target) const {
    return slot_of(target).load(std::memory_order_relaxed) == tag_of(target);
  }
  void forget(uint64_t target) {
    if (knows(target)) slot_of(target).store(0, std::memory_order_relaxed);
  }
  void forget_all() {
    for (std::atomic<uint32_t>& slot : slots_) slot.store(0, std::memory_order_relaxed);
  }

 private:
  static constexpr size_t kSlots = size_t{1} << 14U;

  static uint32_t tag_of(uint64_t target) { return static_cast<uint32_t>(target >> 32U) | 1U; }
  std::atomic<uint32_t>& slot_of(uint64_t target) { return slots_[target % kSlots]; }
  const std::atomic<uint32_t>& slot_of(uint64_t target) const { return slots_[target % kSlots]; }

  std::array<std::atomic<uint32_t>, kSlots> slots_{};
};

}  // namespace awps
