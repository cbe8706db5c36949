#pragma once

// LatencyRecorder: many durations, and their percentiles, within 1.6 %. Log-linear buckets as in
// HdrHistogram (Tene): 64 to each doubling, from a nanosecond to 18 minutes; what is longer counts
// as that, but the maximum is exact.
//
// One thread. An add() is a few instructions; 20 KiB of memory.

#include <cstdint>
#include <vector>

#include "base/clock.h"

namespace awps {

class LatencyRecorder {
 public:
  LatencyRecorder();

  /// Negative ones count as zero.
  void add(Duration value);
  void reset();

  uint64_t count() const { return count_; }
  Duration most() const { return most_; }
  double mean_seconds() const;
  /// The least value that `share` of all (0–1) do not exceed; zero if there are none.
  Duration percentile(double share) const;

 private:
  std::vector<uint64_t> buckets_;
  uint64_t count_ = 0;
  double sum_seconds_ = 0;
  Duration most_{};
};

}  // namespace awps
