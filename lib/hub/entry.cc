#include "hub/entry.h"

#include <memory>
#include <new>

#include "base/release_memory.h"

namespace awps {

static_assert(sizeof(Entry) == 32 && sizeof(LaneLink) == 32 && sizeof(Barrier::Place) == 8,
              "millions may wait");
static_assert(alignof(LaneLink) <= alignof(Entry) && alignof(Barrier::Place) <= alignof(LaneLink),
              "links and places stand right behind their entry");

void EntryPool::add_entries(const Size& size) {
  const size_t bytes = size.bytes();
  chunks_.emplace_back(new std::byte[bytes * kInAChunk]);
  std::byte* place = chunks_.back().get() + bytes * kInAChunk;
  Entry*& free = free_of(size);
  for (size_t i = 0; i < kInAChunk; ++i) {
    place -= bytes;
    auto* entry = new (place) Entry;
    auto* link = reinterpret_cast<LaneLink*>(entry + 1);
    for (uint8_t k = 0; k < size.links; ++k) new (link++) LaneLink{.number = k};
    auto* barrier = reinterpret_cast<Barrier::Place*>(link);
    for (uint8_t k = 0; k < size.places; ++k) new (barrier++) Barrier::Place;
    entry->next_free = free;
    free = entry;
  }
}

Entry* EntryPool::make(const OrderPlan& plan) {
  uint8_t barriers = 0;
  for (size_t kind = 0; kind < kBarrierKinds; ++kind) {
    if (plan.barriers[kind] != LaneMode::kAbsent) barriers |= static_cast<uint8_t>(1U << kind);
  }
  const Size size = size_of(plan.lane_count, barriers);
  Entry*& free = free_of(size);
  if (free == nullptr) add_entries(size);
  Entry* entry = free;
  free = entry->next_free;
  const uint32_t generation = entry->generation;
  *entry = Entry{};
  entry->generation = generation;
  entry->link_count = plan.lane_count & 7U;
  entry->barriers = barriers & 7U;
  return entry;
}

void EntryPool::free(Entry* entry) {
  take_turn(*entry);
  ++entry->generation;
  Entry*& free = free_of(size_of(entry->link_count, entry->barriers));
  entry->next_free = free;
  free = entry;
}

void EntryPool::add_turns() {
  auto* turns = new std::byte[sizeof(EntryTurn) * kInAChunk];
  chunks_.emplace_back(turns);
  for (size_t i = kInAChunk; i-- > 0;) {
    auto* turn = new (turns + i * sizeof(EntryTurn)) EntryTurn;
    turn->next_free = free_turns_;
    free_turns_ = turn;
  }
}

void EntryPool::give_turn(Entry& entry) {
  if (entry.turn != nullptr) return;
  if (free_turns_ == nullptr) add_turns();
  entry.turn = free_turns_;
  free_turns_ = free_turns_->next_free;
  *entry.turn = EntryTurn{};
}

void EntryPool::take_turn(Entry& entry) {
  if (entry.turn == nullptr) return;
  entry.turn->next_free = free_turns_;
  free_turns_ = entry.turn;
  entry.turn = nullptr;
}

void EntryPool::release_memory() {
  free_.fill(nullptr);
  free_turns_ = nullptr;
  release_memory_of(chunks_);
}

}  // namespace awps
