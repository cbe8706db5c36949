#include "metrics/histogram.h"

#include <algorithm>
#include <numeric>

namespace awps {

namespace {

constexpr auto make_bounds() {
  constexpr std::array<int64_t, 6> kTenths = {10, 15, 20, 30, 50, 70};
  std::array<Duration, HistogramValues::kBounds> bounds{};
  int64_t decade = 10'000;  // a tenth of 100 µs, in nanoseconds
  for (size_t i = 0; i < bounds.size(); ++i) {
    bounds[i] = Duration{kTenths[i % kTenths.size()] * decade};
    if (i % kTenths.size() == kTenths.size() - 1) decade *= 10;
  }
  return bounds;
}

constexpr auto kAllBounds = make_bounds();
static_assert(kAllBounds.back() == std::chrono::seconds(100));

// One writing thread: no read-modify-write is needed.
template <typename T>
void add_to(std::atomic<T>& value, T more) {
  value.store(value.load(std::memory_order_relaxed) + more, std::memory_order_relaxed);
}

}  // namespace

uint64_t HistogramValues::total() const {
  return std::accumulate(counts.begin(), counts.end(), uint64_t{0});
}

const std::array<Duration, HistogramValues::kBounds>& Histogram::bounds() {
  return kAllBounds;
}

void Histogram::add(Duration value, uint64_t times) {
  const auto bucket = std::ranges::lower_bound(kAllBounds, value) - kAllBounds.begin();
  add_to(counts_[static_cast<size_t>(bucket)], times);
  add_to(sum_nanoseconds_, static_cast<int64_t>(value.count()) * static_cast<int64_t>(times));
}

HistogramValues Histogram::values() const {
  HistogramValues values;
  for (size_t i = 0; i < counts_.size(); ++i) {
    values.counts[i] = counts_[i].load(std::memory_order_relaxed);
  }
  values.sum_seconds = static_cast<double>(sum_nanoseconds_.load(std::memory_order_relaxed)) / 1e9;
  return values;
}

}  // namespace awps
