#include "limit/rate_meter.h"

#include <algorithm>

namespace awps {

void RateMeter::add(Instant now) {
  const auto number = static_cast<uint64_t>(now.time_since_epoch().count() / kSlotNanoseconds);
  std::atomic<uint64_t>& slot = slots_[number % kSlots];
  uint64_t seen = slot.load(std::memory_order_relaxed);
  for (;;) {
    const bool is_old = seen >> kCountBits != (number & (UINT64_MAX >> kCountBits));
    const uint64_t next = is_old ? (number << kCountBits) + 1 : seen + 1;
    // Relaxed: a count guards no other data.
    if (slot.compare_exchange_weak(seen, next, std::memory_order_relaxed)) return;
  }
}

RateMeter::Measured RateMeter::since(Instant since, Instant now) const {
  static constexpr int64_t kSecond = 1'000'000'000;
  const int64_t to = now.time_since_epoch().count();
  int64_t from = std::max(since.time_since_epoch().count(), to - kSecond);
  if (from >= to) return {};
  const int64_t first = from / kSlotNanoseconds;
  double events = 0;
  for (int64_t number = first; number <= to / kSlotNanoseconds; ++number) {
    const uint64_t slot =
        slots_[static_cast<size_t>(number) % kSlots].load(std::memory_order_relaxed);
    const bool is_this =
        slot >> kCountBits == (static_cast<uint64_t>(number) & (UINT64_MAX >> kCountBits));
    if (!is_this) continue;
    const auto count = static_cast<double>(slot & ((uint64_t{1} << kCountBits) - 1));
    if (events == 0) from = std::max(from, number * kSlotNanoseconds);
    // Of the first slot only a part lies within.
    const auto within = number == first
                            ? static_cast<double>((first + 1) * kSlotNanoseconds - from) /
                                  static_cast<double>(kSlotNanoseconds)
                            : 1.0;
    events += count * within;
  }
  if (events == 0) return {};
  // The last slot is counted up to now, the first may have begun late: one more makes no rate of a
  // single burst, and errs downwards.
  const Duration over(to - from + kSlotNanoseconds);
  return {.per_second = events / to_seconds(over), .events = events, .over = over};
}

}  // namespace awps
