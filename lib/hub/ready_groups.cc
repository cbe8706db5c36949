#include "hub/ready_groups.h"

namespace awps {

void ReadyGroups::add(Entry& entry, uint64_t key) {
  Group& group = groups_[key];
  entry.group_key = key;
  entry.next_alike = nullptr;
  entry.previous_alike = group.last;
  (group.last == nullptr ? group.first : group.last->next_alike) = &entry;
  group.last = &entry;
  ++group.count;
}

size_t ReadyGroups::count_of(uint64_t key) const {
  const auto slot = groups_.find(key);
  return slot == groups_.end() ? 0 : slot->second.count;
}

void ReadyGroups::remove(Entry& entry) {
  if (entry.group_key == 0) return;
  const auto slot = groups_.find(entry.group_key);
  Group& group = slot->second;
  entry.group_key = 0;
  (entry.previous_alike == nullptr ? group.first : entry.previous_alike->next_alike) =
      entry.next_alike;
  (entry.next_alike == nullptr ? group.last : entry.next_alike->previous_alike) =
      entry.previous_alike;
  if (--group.count == 0) groups_.erase(slot);
}

}  // namespace awps
