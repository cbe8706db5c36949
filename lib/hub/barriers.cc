#include "hub/barriers.h"

namespace awps {

Barrier::Place Barrier::enter_behind(Entry& entry, LaneMode mode) {
  if (runs_.size() == front_ || !commute(runs_.back().mode, mode)) {
    runs_.push_back(Run{.mode = mode, .waiting = {}});
  }
  Run& run = runs_.back();
  ++run.count;
  const auto ahead = static_cast<uint32_t>(runs_.size() - 1 - front_);
  AWPS_CHECK(run.waiting.size() <= kLastIndex);
  Place place{.run = first_run_ + ahead};
  place.index = static_cast<uint32_t>(run.waiting.size()) & kLastIndex;
  place.mode = mode;
  place.open = ahead == 0;
  if (!place.open) {
    run.waiting.push_back(&entry);
    ++waiting_;
  }
  return place;
}

void Barrier::forget(const Place& place) {
  AWPS_CHECK(!place.open);
  run_at(place.run).waiting[place.index] = nullptr;
  --waiting_;
  ++forgotten_;
}

// ---- detached entries

bool Barrier::has_detached_against(LaneMode mode) const {
  for (size_t other = 0; other < kLaneModes; ++other) {
    if (detached_[other] > 0 && !commute(static_cast<LaneMode>(other), mode)) return true;
  }
  return false;
}

void Barrier::collect_behind(const Place& place, std::vector<Entry*>& behind) {
  const uint32_t last = last_run();
  // The call that found the entry itself went on to the last run.
  const bool was_found = !place.open && place.index < run_at(place.run).collected;
  if (was_found || place.run == last) return;
  const LaneMode mode = run_at(place.run).mode;
  // The next runs may commute with it, if one between them is gone: nobody there waits for it.
  uint32_t first = place.run + 1;
  const auto waits = [&](const Run& run) { return run.count > 0 && !commute(run.mode, mode); };
  while (first != last && !waits(run_at(first))) ++first;
  if (!waits(run_at(first))) return;
  for (uint32_t number = last;; --number) {
    const bool is_ahead = static_cast<int32_t>(first_collected_ - first) >= 0;
    const bool jumps = has_collected_ && number == last_collected_ && is_ahead;
    Run& run = run_at(number);
    for (; run.collected < run.waiting.size(); ++run.collected) {
      Entry* entry = run.waiting[run.collected];
      if (entry != nullptr) behind.push_back(entry);
    }
    if (jumps) number = first_collected_;
    if (number == first) break;
  }
  first_collected_ = first;
  last_collected_ = last;
  has_collected_ = true;
}

// ---- opening

void Barrier::open_next_runs(std::vector<Entry*>& opened) {
  // A run for which nobody counts any more when its turn comes is opened and passed over.
  while (front_ < runs_.size() && runs_[front_].count == 0) {
    ++front_;
    ++first_run_;
    if (front_ == runs_.size()) break;
    for (Entry* entry : runs_[front_].waiting) {
      if (entry == nullptr) {
        --forgotten_;
        continue;
      }
      --waiting_;
      opened.push_back(entry);
    }
    runs_[front_].waiting = {};
    runs_[front_].collected = 0;
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
