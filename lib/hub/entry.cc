#include "hub/entry.h"

#include <memory>
#include <new>

#include "base/release_memory.h"

namespace awps {

static_assert(alignof(LaneLink) <= alignof(Entry) && sizeof(Entry) % alignof(LaneLink) == 0,
              "links stand right behind their entry");

Entry* EntryPool::make(uint8_t links) {
  std::vector<Entry*>& list = free_[links];
  if (list.empty()) {
    const size_t stride = sizeof(Entry) + links * sizeof(LaneLink);
    chunks_.emplace_back(new std::byte[stride * kEntriesAChunk]);
    std::byte* place = chunks_.back().get() + stride * kEntriesAChunk;
    for (size_t i = 0; i < kEntriesAChunk; ++i) {
      place -= stride;
      auto* entry = new (place) Entry;
      entry->link_count = links;
      for (size_t k = 0; k < links; ++k) {
        new (place + sizeof(Entry) + k * sizeof(LaneLink)) LaneLink;
      }
      list.push_back(entry);
    }
  }
  Entry* entry = list.back();
  list.pop_back();
  const uint32_t generation = entry->generation;
  *entry = Entry{};
  entry->generation = generation;
  entry->link_count = links;
  return entry;
}

void EntryPool::free(Entry* entry) {
  ++entry->generation;
  free_[entry->link_count].push_back(entry);
}

void EntryPool::release_memory() {
  for (std::vector<Entry*>& list : free_) release_memory_of(list);
  release_memory_of(chunks_);
}

}  // namespace awps
