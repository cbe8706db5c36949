#include "daemon/awpsctl/commands/latency_recorder.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace awps {

namespace {

constexpr unsigned kBits = 6;  // of a value that a bucket tells apart
constexpr uint64_t kEach = uint64_t{1} << kBits;
constexpr unsigned kMostBits = 40;  // 2^40 ns are 18 minutes
constexpr uint64_t kMost = (uint64_t{1} << kMostBits) - 1;

size_t index_of(uint64_t value) {
  if (value < kEach) return value;
  const unsigned shift = static_cast<unsigned>(std::bit_width(value)) - kBits - 1;
  return (shift + 1) * kEach + ((value >> shift) - kEach);
}

// The largest value of the bucket.
uint64_t top_of(size_t index) {
  if (index < kEach) return index;
  const auto shift = static_cast<unsigned>(index / kEach - 1);
  return ((index % kEach + kEach + 1) << shift) - 1;
}

}  // namespace

LatencyRecorder::LatencyRecorder() : buckets_(index_of(kMost) + 1) {}

void LatencyRecorder::add(Duration value) {
  value = std::max(value, Duration::zero());
  const auto nanoseconds = static_cast<uint64_t>(value.count());
  ++buckets_[index_of(std::min(nanoseconds, kMost))];
  ++count_;
  sum_seconds_ += to_seconds(value);
  most_ = std::max(most_, value);
}

void LatencyRecorder::reset() {
  std::ranges::fill(buckets_, 0);
  count_ = 0;
  sum_seconds_ = 0;
  most_ = {};
}

double LatencyRecorder::mean_seconds() const {
  return count_ == 0 ? 0 : sum_seconds_ / static_cast<double>(count_);
}

Duration LatencyRecorder::percentile(double share) const {
  const auto wanted =
      static_cast<uint64_t>(std::ceil(std::clamp(share, 0.0, 1.0) * static_cast<double>(count_)));
  uint64_t passed = 0;
  for (size_t i = 0; i < buckets_.size(); ++i) {
    passed += buckets_[i];
    if (passed >= std::max<uint64_t>(wanted, 1)) {
      return std::min(Duration(static_cast<int64_t>(top_of(i))), most_);
    }
  }
  return most_;
}

}  // namespace awps
