#include "hub/schedule.h"

#include <algorithm>
#include <functional>

#include "base/release_memory.h"

namespace awps {

bool Schedule::Timer::is_stale() const {
  return operation != nullptr ? operation->generation != generation
                              : entry->generation != generation;
}

void Schedule::push_timer(const Timer& timer) {
  if (timers_.size() >= sweep_at_) {
    std::erase_if(timers_, [](const Timer& other) { return other.is_stale(); });
    std::ranges::make_heap(timers_, std::greater<>());
    sweep_at_ = std::max(kFirstSweep, 2 * timers_.size());
  }
  timers_.push_back(timer);
  std::ranges::push_heap(timers_, std::greater<>());
}

void Schedule::set_timer(Instant at, Operation& operation) {
  push_timer({.at = at, .operation = &operation, .generation = operation.generation});
}

void Schedule::set_timer(Instant at, Entry& entry) {
  entry.has_timer = true;
  push_timer({.at = at, .entry = &entry, .generation = entry.generation});
}

Schedule::Due Schedule::pop_timer(Instant now) {
  while (!timers_.empty() && timers_.front().at <= now) {
    std::ranges::pop_heap(timers_, std::greater<>());
    const Timer timer = timers_.back();
    timers_.pop_back();
    if (timer.is_stale()) continue;
    if (timer.entry != nullptr) timer.entry->has_timer = false;
    return {.operation = timer.operation, .entry = timer.entry};
  }
  return {};
}

void Schedule::release_memory() {
  release_memory_of(timers_);
  sweep_at_ = kFirstSweep;
}

}  // namespace awps
