#pragma once

// Entry: an accepted action in its hub, from accept to its Outcome. Entries live in an EntryPool,
// whose memory is reused, and given back only once nobody has a pointer into it. So a stale pointer
// can be recognised by its generation.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/clock.h"
#include "coalesce/coalesce_options.h"
#include "hub/barriers.h"
#include "hub/lanes.h"
#include "hub/order_plan.h"
#include "queue/batch.h"

namespace awps {

struct Operation;
struct ProducerState;

/// Where an action is, as the law counts it.
enum class EntryState : uint8_t {
  kQueued,    // waits for its lanes, barriers or a permit
  kActive,    // in a request that is under way
  kDeferred,  // in an operation that waits for its next attempt
};

/// In which list of its hub an entry waits for its turn (turns.h).
enum class WaitingList : uint8_t { kNone, kOrdinary, kNewcomers, kSuspects, kHeldKind };

/// kNever: it has no time to live.
inline Instant expiry_of(const Action& action, const Batch& batch) {
  const Duration time_to_live = action.time_to_live;
  if (time_to_live == Duration::zero()) return kNever;
  // The worker's clock may have been read before that of its door.
  return time_to_live == kOverBefore ? Instant::min() : batch.accepted_at() + time_to_live;
}

struct Entry {
  Accepted* accepted = nullptr;
  Batch* batch = nullptr;
  ProducerState* producer = nullptr;
  Operation* operation = nullptr;  // while active or deferred
  Entry* next_ready = nullptr;     // in its waiting list
  Entry* previous_ready = nullptr;
  Entry* next_alike = nullptr;  // in its ready group
  Entry* previous_alike = nullptr;
  uint64_t group_key = 0;    // of its ready group; 0: in none
  uint64_t replace_key = 0;  // under which a later action looks for it; 0: none takes its place
  const CoalesceOptions::Merge* merge_rule = nullptr;
  uint32_t generation = 0;
  uint16_t blocked_by = 0;  // lanes and barriers that are not open to it
  EntryState state = EntryState::kQueued;
  WaitingList list = WaitingList::kNone;
  bool has_timer = false;
  bool lingers = false;   // waits on purpose, until `waits`
  bool detached = false;  // no barrier of group actions waits for it any longer, see Order
  uint32_t slot = 0;      // among its operation's members
  // While it lingers: until when (of the place: who takes it lingers no longer). While its kind is
  // held: since when.
  Instant waits{};
  uint8_t link_count = 0;
  std::array<LaneMode, kBarrierKinds> barrier_modes{};
  std::array<Barrier::Place, kBarrierKinds> places{};

  const Action& action() const { return accepted->action; }
  /// The links stand right behind the entry, see EntryPool.
  std::span<LaneLink> links() { return {reinterpret_cast<LaneLink*>(this + 1), link_count}; }
  std::span<const LaneLink> links() const {
    return {reinterpret_cast<const LaneLink*>(this + 1), link_count};
  }

  /// kNever: it has no time to live.
  Instant expiry() const { return expiry_of(action(), *batch); }
};

/// Entries with room for their links behind them, one free list for each number of links.
class EntryPool {
 public:
  EntryPool() = default;
  EntryPool(const EntryPool&) = delete;
  EntryPool& operator=(const EntryPool&) = delete;

  Entry* make(uint8_t links);
  void free(Entry* entry);
  /// All are free, and nobody remembers one: their memory goes back.
  void release_memory();

 private:
  static constexpr size_t kEntriesAChunk = 256;

  std::array<std::vector<Entry*>, OrderPlan::kMostLanes + 1> free_;
  std::vector<std::unique_ptr<std::byte[]>> chunks_;
};

}  // namespace awps
