#pragma once

// Histogram: durations counted in fixed buckets by one writing thread; any thread may read. Bounds
// are 1, 1.5, 2, 3, 5 and 7 times powers of ten from 100 µs to 100 s, so that a percentile that is
// interpolated in a bucket is off by a quarter at most.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/clock.h"

namespace awps {

/// What was counted when it was read.
struct HistogramValues {
  static constexpr size_t kBounds = 37;

  std::array<uint64_t, kBounds + 1> counts{};  // of one bucket each; the last: above every bound
  double sum_seconds = 0;

  uint64_t total() const;
};

class Histogram {
 public:
  /// Upper bounds of the buckets, inclusive, ascending.
  static const std::array<Duration, HistogramValues::kBounds>& bounds();

  void add(Duration value, uint64_t times = 1);
  HistogramValues values() const;

 private:
  std::array<std::atomic<uint64_t>, HistogramValues::kBounds + 1> counts_{};
  std::atomic<int64_t> sum_nanoseconds_{0};
};

}  // namespace awps
