#pragma once

// Counters: plain numbers of one writing thread that any thread may read.
//
// The numbers of a hub that its worker publishes together are read together (values_of()), so that
// the law of the actions (hub/ledger.h) can be checked in any one reading. Those of the intake are
// not, nor are those of a log or a stream: of two numbers one may be newer.

#include <atomic>
#include <cstdint>
#include <string_view>

#include "base/mutex.h"
#include "metrics/histogram.h"
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

/// Marks what its one writer publishes together (a sequence lock: Boehm, "Can seqlocks get along
/// with programming language memory models?", 2012, figure 6).
class Publication {
 public:
  void begin() {
    number_.store(number_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    // Pairs with the acquire fence in read(): who saw a new value sees this odd number, too.
    std::atomic_thread_fence(std::memory_order_release);
  }
  void end() {
    // Release pairs with the first load in read(): an even number shows all values before it.
    number_.store(number_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
  }

  /// Calls `read` until it ran while nothing was published.
  template <typename Read>
  void read(const Read& read) const {
    for (;;) {
      // Acquire pairs with the release in end().
      const uint64_t before = number_.load(std::memory_order_acquire);
      read();
      // Pairs with the release fence in begin(): the load below is not older than what was read.
      std::atomic_thread_fence(std::memory_order_acquire);
      if (before % 2 == 0 && number_.load(std::memory_order_relaxed) == before) return;
    }
  }

 private:
  std::atomic<uint64_t> number_{0};  // odd: being published
};

#define AWPS_COUNTER_FIELD(field, ...) Counter field;

struct alignas(kCacheLine) HubCounters {
  AWPS_HUB_COUNTERS(AWPS_COUNTER_FIELD)
  AWPS_HUB_CHARGES(AWPS_COUNTER_FIELD)
  AWPS_HUB_GAUGES(AWPS_COUNTER_FIELD)
  Histogram delivery;  // from acceptance to the outcome of delivered actions
  Histogram request;   // from start to answer, whatever it was
  Publication publication;
};

/// Of a durable hub's log. Its committer writes them.
struct alignas(kCacheLine) SpoolCounters {
  AWPS_SPOOL_COUNTERS(AWPS_COUNTER_FIELD)
  AWPS_SPOOL_ERRORS(AWPS_COUNTER_FIELD)
  AWPS_SPOOL_GAUGES(AWPS_COUNTER_FIELD)
  Counter oldest_at;  // nanoseconds of a WallTime; 0: there is no record
  Histogram commit;

  /// The counter of this call of the system, see AWPS_SPOOL_ERRORS.
  Counter& errors_of(std::string_view call);
};

struct alignas(kCacheLine) IntakeCounters {
  AWPS_INTAKE_COUNTERS(AWPS_COUNTER_FIELD)
};

/// Of one stream. Its thread writes them.
struct alignas(kCacheLine) StreamCounters {
  AWPS_STREAM_COUNTERS(AWPS_COUNTER_FIELD)
  AWPS_STREAM_COMMITS(AWPS_COUNTER_FIELD)
  AWPS_STREAM_REBALANCES(AWPS_COUNTER_FIELD)
};

#undef AWPS_COUNTER_FIELD

#define AWPS_VALUE_FIELD(field, ...) uint64_t field = 0;

/// A reading of HubCounters.
struct HubValues {
  AWPS_HUB_COUNTERS(AWPS_VALUE_FIELD)
  AWPS_HUB_CHARGES(AWPS_VALUE_FIELD)
  AWPS_HUB_GAUGES(AWPS_VALUE_FIELD)
  HistogramValues delivery;
  HistogramValues request;
};

/// A reading of SpoolCounters.
struct SpoolValues {
  AWPS_SPOOL_COUNTERS(AWPS_VALUE_FIELD)
  AWPS_SPOOL_ERRORS(AWPS_VALUE_FIELD)
  AWPS_SPOOL_GAUGES(AWPS_VALUE_FIELD)
  uint64_t oldest_at = 0;
  HistogramValues commit;
};

/// A reading of IntakeCounters, or the sum of several.
struct IntakeValues {
  AWPS_INTAKE_COUNTERS(AWPS_VALUE_FIELD)
};

/// A reading of StreamCounters.
struct StreamValues {
  AWPS_STREAM_COUNTERS(AWPS_VALUE_FIELD)
  AWPS_STREAM_COMMITS(AWPS_VALUE_FIELD)
  AWPS_STREAM_REBALANCES(AWPS_VALUE_FIELD)
};

#undef AWPS_VALUE_FIELD

/// Any thread.
HubValues values_of(const HubCounters& counters);
SpoolValues values_of(const SpoolCounters& counters);
StreamValues values_of(const StreamCounters& counters);
void add_values_of(const IntakeCounters& counters, IntakeValues& to);

}  // namespace awps
