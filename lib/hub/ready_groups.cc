#include "hub/ready_groups.h"

namespace awps {

void ReadyGroups::add(Entry& entry, uint64_t key) {
  Group& group = groups_[key];
  entry.turn->group_key = key;
  entry.turn->next_alike = nullptr;
  entry.turn->previous_alike = group.last;
  (group.last == nullptr ? group.first : group.last->turn->next_alike) = &entry;
  group.last = &entry;
  ++group.count;
}

size_t ReadyGroups::count_of(uint64_t key) const {
  const auto slot = groups_.find(key);
  return slot == groups_.end() ? 0 : slot->second.count;
}

void ReadyGroups::remove(Entry& entry) {
  if (entry.turn == nullptr || entry.turn->group_key == 0) return;
  const auto slot = groups_.find(entry.turn->group_key);
  Group& group = slot->second;
  entry.turn->group_key = 0;
  (entry.turn->previous_alike == nullptr ? group.first
                                         : entry.turn->previous_alike->turn->next_alike) =
      entry.turn->next_alike;
  (entry.turn->next_alike == nullptr ? group.last : entry.turn->next_alike->turn->previous_alike) =
      entry.turn->previous_alike;
  if (--group.count == 0) groups_.erase(slot);
}

}  // namespace awps
