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
inline Instant expiry_of(const Accepted& accepted, const Batch& batch) {
  const Duration time_to_live = accepted.time_to_live();
  if (time_to_live == Duration::zero()) return kNever;
  // The worker's clock may have been read before that of its door.
  return time_to_live == kOverBefore ? Instant::min() : batch.accepted_at() + time_to_live;
}

/// What an entry has from when nothing but its turn is missing until its Outcome, while it lingers,
/// and under a merge rule. Most of what waits stands behind others and has none.
struct EntryTurn {
  Operation* operation = nullptr;  // while active or deferred
  union {
    Entry* next_ready = nullptr;  // in its waiting list
    EntryTurn* next_free;         // in the pool
  };
  Entry* previous_ready = nullptr;
  Entry* next_alike = nullptr;  // in its ready group
  Entry* previous_alike = nullptr;
  uint64_t group_key = 0;  // of its ready group; 0: in none
  // While it lingers: until when (of the place: who takes it lingers no longer). While its kind is
  // held: since when.
  Instant waits{};
  const CoalesceOptions::Merge* merge_rule = nullptr;
  uint32_t slot = 0;  // among its operation's members
};

/// Millions may wait: each byte counts. Its links and places stand right behind it, see EntryPool.
struct Entry {
  Accepted* accepted = nullptr;
  union {
    Batch* batch = nullptr;
    Entry* next_free;  // in the pool
  };
  EntryTurn* turn = nullptr;
  uint32_t generation = 0;
  uint8_t blocked_by = 0;  // lanes and barriers that are not open to it
  EntryState state : 2 = EntryState::kQueued;
  WaitingList list : 3 = WaitingList::kNone;
  bool is_remembered : 1 = false;  // a later action may look for it, see Replacer
  bool has_timer : 1 = false;
  bool lingers : 1 = false;    // waits on purpose, until turn->waits
  bool detached : 1 = false;   // no barrier of group actions waits for it any longer, see Order
  uint8_t link_count : 3 = 0;  // one for each lane that it touches
  uint8_t barriers : 3 = 0;    // that it takes part in: a bit for each kind

  Action action() const { return accepted->action(); }
  ActionKind kind() const { return accepted->kind(); }
  /// Once it was entered in an Order.
  ProducerState& producer() const { return *static_cast<ProducerState*>(batch->producer_state); }
  /// nullptr: it goes as it is.
  const CoalesceOptions::Merge* merge_rule() const {
    return turn == nullptr ? nullptr : turn->merge_rule;
  }
  /// nullptr: it is neither active nor deferred.
  Operation* operation() const { return turn == nullptr ? nullptr : turn->operation; }

  std::span<LaneLink> links() { return {reinterpret_cast<LaneLink*>(this + 1), link_count}; }
  std::span<const LaneLink> links() const {
    return {reinterpret_cast<const LaneLink*>(this + 1), link_count};
  }

  bool is_in(size_t barrier) const { return (barriers >> barrier & 1U) != 0; }
  /// In a barrier that it takes part in.
  Barrier::Place& place(size_t barrier) {
    const size_t before = count_of(barriers & ((1U << barrier) - 1));
    return reinterpret_cast<Barrier::Place*>(links().data() + link_count)[before];
  }
  const Barrier::Place& place(size_t barrier) const {
    return const_cast<Entry*>(this)->place(barrier);
  }
  LaneMode barrier_mode(size_t barrier) const {
    return is_in(barrier) ? place(barrier).mode : LaneMode::kAbsent;
  }

  /// How many barriers these bits are. std::popcount() is a call on the plainest x86-64.
  static constexpr uint8_t count_of(uint32_t barriers) {
    static_assert(kBarrierKinds == 3);
    return static_cast<uint8_t>((barriers & 1U) + (barriers >> 1U & 1U) + (barriers >> 2U & 1U));
  }

  /// kNever: it has no time to live.
  Instant expiry() const { return expiry_of(*accepted, *batch); }
};

inline Entry* LaneLink::entry() const {
  return reinterpret_cast<Entry*>(const_cast<LaneLink*>(this - number)) - 1;
}

/// Entries with room for their links and places behind them, and their turns. What is free is
/// linked through itself, the entries in a list for each size.
class EntryPool {
 public:
  EntryPool() = default;
  EntryPool(const EntryPool&) = delete;
  EntryPool& operator=(const EntryPool&) = delete;

  /// With room for what it has of this plan.
  Entry* make(const OrderPlan& plan);
  /// With its turn.
  void free(Entry* entry);
  /// Unless it has one.
  void give_turn(Entry& entry);
  /// It waits behind others again.
  void take_turn(Entry& entry);
  /// All are free, and nobody remembers one: their memory goes back.
  void release_memory();

 private:
  static constexpr size_t kInAChunk = 256;

  struct Size {
    uint8_t links = 0;
    uint8_t places = 0;
    size_t bytes() const {
      return sizeof(Entry) + links * sizeof(LaneLink) + places * sizeof(Barrier::Place);
    }
  };
  static Size size_of(uint8_t links, uint8_t barriers) {
    return {.links = links, .places = Entry::count_of(barriers)};
  }
  Entry*& free_of(const Size& size) {
    return free_[size.links * (kBarrierKinds + 1) + size.places];
  }
  void add_entries(const Size& size);
  void add_turns();

  std::array<Entry*, (OrderPlan::kMostLanes + 1) * (kBarrierKinds + 1)> free_{};
  EntryTurn* free_turns_ = nullptr;
  std::vector<std::unique_ptr<std::byte[]>> chunks_;
};

}  // namespace awps
