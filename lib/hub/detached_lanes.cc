#include "hub/detached_lanes.h"

#include "hub/entry.h"

namespace awps {

void DetachedLanes::note(const LaneLink& link) {
  ++link.lane->detached_count;
  ++parts_[link.lane].detached[static_cast<size_t>(link.mode)];
}

void DetachedLanes::forget(const LaneLink& link) {
  const auto known = parts_.find(link.lane);
  if (--link.lane->detached_count == 0) {
    parts_.erase(known);
    return;
  }
  Part& part = known->second;
  --part.detached[static_cast<size_t>(link.mode)];
  const bool is_first = part.first == &link;
  const bool is_last = part.last == &link;
  if (is_first && is_last) {
    part.first = part.last = nullptr;
  } else if (is_first) {
    part.first = link.next;
  } else if (is_last) {
    part.last = link.previous;
  }
}

bool DetachedLanes::waits_for_some(const LaneLink& link) const {
  const Part& part = parts_.find(link.lane)->second;
  const bool has_company = commute(link.mode, link.mode);
  const uint32_t beside = has_company ? part.detached[static_cast<size_t>(link.mode)] : 0;
  return link.lane->detached_count > beside;
}

void DetachedLanes::collect_behind(const LaneLink& link, std::vector<Entry*>& behind) {
  // The walk that found the link went on to the end of the lane.
  if (link.in_detached_part || link.next == nullptr) return;
  Part& part = parts_.find(link.lane)->second;
  LaneLink* const last = link.lane->last;
  // Those between the link and the first that waits for it commute with it.
  LaneLink* first = nullptr;
  size_t found = behind.size();
  for (LaneLink* other = last; other != &link && !other->open; other = other->previous) {
    const bool commutes = commute(other->mode, link.mode);
    if (commutes && other->run == link.run) break;
    const bool is_known = other == part.last;
    if (is_known) {
      const bool waits = !commutes || part.first->run != part.last->run;
      other = part.first;
      if (!waits) continue;
    } else {
      behind.push_back(other->entry());
      if (commutes) continue;
    }
    first = other;
    found = behind.size();
  }
  behind.resize(found);
  if (first == nullptr) return;
  for (LaneLink* other = first; other != nullptr; other = other->next) {
    if (other == part.first) other = part.last;
    other->in_detached_part = true;
  }
  part.first = first;
  part.last = last;
}

}  // namespace awps
