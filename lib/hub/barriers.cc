#include "hub/barriers.h"

#include "base/check.h"

namespace awps {

Barrier::Run& Barrier::run_at(uint32_t number) {
  const size_t position = front_ + (number - first_run_);
  AWPS_CHECK(position < runs_.size());
  return runs_[position];
}

Barrier::Place Barrier::enter(Entry& entry, LaneMode mode) {
  if (runs_.size() == front_ || !commute(runs_.back().mode, mode)) {
    runs_.push_back(Run{.mode = mode, .count = 0, .waiting = {}});
  }
  Run& run = runs_.back();
  ++run.count;
  const auto ahead = static_cast<uint32_t>(runs_.size() - 1 - front_);
  const Place place{.run = first_run_ + ahead,
                    .index = static_cast<uint32_t>(run.waiting.size()),
                    .open = ahead == 0};
  if (!place.open) run.waiting.push_back(&entry);
  return place;
}

void Barrier::leave(const Place& place, std::vector<Entry*>& opened) {
  Run& run = run_at(place.run);
  AWPS_CHECK(run.count > 0);
  --run.count;
  if (place.run == first_run_ && run.count == 0) open_next_runs(opened);
}

void Barrier::forget(const Place& place) {
  AWPS_CHECK(!place.open);
  run_at(place.run).waiting[place.index] = nullptr;
}

void Barrier::open_next_runs(std::vector<Entry*>& opened) {
  // A run for which nobody counts any more when its turn comes is opened and passed over.
  while (front_ < runs_.size() && runs_[front_].count == 0) {
    ++front_;
    ++first_run_;
    if (front_ == runs_.size()) break;
    for (Entry* entry : runs_[front_].waiting) {
      if (entry != nullptr) opened.push_back(entry);
    }
    runs_[front_].waiting = {};
  }
  const bool mostly_gone = front_ > 16 && front_ * 2 > runs_.size();
  if (front_ == runs_.size()) {
    runs_.clear();
    front_ = 0;
  } else if (mostly_gone) {
    runs_.erase(runs_.begin(), runs_.begin() + static_cast<ptrdiff_t>(front_));
    front_ = 0;
  }
}

}  // namespace awps
