#include "hub/lanes.h"

#include "base/check.h"
#include "base/release_memory.h"
#include "hub/entry.h"

namespace awps {

Lane& LaneTable::lane_of(uint64_t key) {
  Lane*& slot = lanes_[key];
  if (slot != nullptr) return *slot;
  if (free_.empty()) {
    slot = &pool_.emplace_back();
  } else {
    slot = free_.back();
    free_.pop_back();
  }
  *slot = Lane{.key = key};
  return *slot;
}

LaneLink* LaneTable::last(uint64_t key) const {
  const auto slot = lanes_.find(key);
  return slot == lanes_.end() ? nullptr : slot->second->last;
}

bool LaneTable::append(LaneLink& link, uint64_t key, uint64_t values) {
  Lane& lane = lane_of(key);
  const bool same_run =
      commute(lane.last_mode, link.mode) || (values != 0 && values == lane.last_values);
  if (!same_run) ++lane.last_run;
  lane.last_mode = link.mode;
  lane.last_values = values;
  link.run = lane.last_run;
  link.lane = &lane;
  link.previous = lane.last;
  link.next = nullptr;
  link.in_detached_part = false;
  link.open = lane.first == nullptr ||
              (lane.first_waiting == nullptr && commute(lane.last->mode, link.mode));
  (lane.last == nullptr ? lane.first : lane.last->next) = &link;
  lane.last = &link;
  ++lane.count;
  if (link.open) {
    ++lane.open_count;
  } else if (lane.first_waiting == nullptr) {
    lane.first_waiting = &link;
    ++contended_;
  }
  return link.open;
}

void LaneTable::open_front(Lane& lane, std::vector<Entry*>& opened) {
  if (lane.first_waiting == nullptr) return;
  while (lane.first_waiting != nullptr &&
         (lane.open_count == 0 || commute(lane.first->mode, lane.first_waiting->mode))) {
    LaneLink& link = *lane.first_waiting;
    link.open = true;
    ++lane.open_count;
    lane.first_waiting = link.next;
    opened.push_back(link.entry());
  }
  if (lane.first_waiting == nullptr) --contended_;
}

void LaneTable::remove(LaneLink& link, std::vector<Entry*>& opened) {
  AWPS_CHECK(link.lane != nullptr);
  Lane& lane = *link.lane;
  (link.previous == nullptr ? lane.first : link.previous->next) = link.next;
  (link.next == nullptr ? lane.last : link.next->previous) = link.previous;
  if (lane.first_waiting == &link) {
    lane.first_waiting = link.next;
    if (link.next == nullptr) --contended_;
  }
  if (link.open) --lane.open_count;
  --lane.count;
  link.lane = nullptr;
  if (lane.first == nullptr) {
    lanes_.erase(lane.key);
    free_.push_back(&lane);
    return;
  }
  open_front(lane, opened);
}

void LaneTable::release_memory() {
  AWPS_CHECK(lanes_.empty());
  release_memory_of(lanes_);
  release_memory_of(pool_);
  release_memory_of(free_);
}

}  // namespace awps
