#pragma once

// Counters: plain numbers of one writing thread that any thread may read. A snapshot is not taken
// at one instant: of two numbers one may be newer.

#include <atomic>
#include <cstdint>

#include "base/mutex.h"
#include "metrics/metric_table.h"

namespace awps {

/// One writer, many readers; as cheap as a plain integer.
class Counter {
 public:
  void add(uint64_t n = 1) {
    value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
  void set(uint64_t value) { value_.store(value, std::memory_order_relaxed); }
  uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> value_{0};
};

#define AWPS_COUNTER_FIELD(field, name, help) Counter field;

struct alignas(kCacheLine) HubCounters {
  AWPS_HUB_COUNTERS(AWPS_COUNTER_FIELD)
  AWPS_HUB_GAUGES(AWPS_COUNTER_FIELD)
};

struct alignas(kCacheLine) IntakeCounters {
  AWPS_INTAKE_COUNTERS(AWPS_COUNTER_FIELD)
};

#undef AWPS_COUNTER_FIELD

}  // namespace awps
