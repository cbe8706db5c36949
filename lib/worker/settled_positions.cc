#include "worker/settled_positions.h"

#include <algorithm>

namespace awps {

bool SettledPositions::add(std::vector<uint64_t>& positions) {
  if (positions.empty()) return false;
  const MutexLock lock(mutex_);
  positions_.insert(positions_.end(), positions.begin(), positions.end());
  positions.clear();
  generation_.fetch_add(1, std::memory_order_relaxed);
  return !any_.exchange(true, std::memory_order_relaxed);
}

SettledPositions::Taken SettledPositions::take() {
  std::vector<uint64_t> positions;
  uint64_t generation = 0;
  {
    const MutexLock lock(mutex_);
    positions.swap(positions_);
    generation = generation_.load(std::memory_order_relaxed);
    any_.store(false, std::memory_order_relaxed);
  }
  return {ranges_of(std::move(positions)), generation};
}

std::vector<PositionRange> ranges_of(std::vector<uint64_t> positions) {
  std::ranges::sort(positions);
  std::vector<PositionRange> ranges;
  for (const uint64_t position : positions) {
    if (!ranges.empty() && ranges.back().end() == position) {
      ++ranges.back().count;
    } else {
      ranges.push_back({.first = position, .count = 1});
    }
  }
  return ranges;
}

}  // namespace awps
