#include "hub/order.h"

#include <algorithm>
#include <span>

#include "base/check.h"
#include "base/release_memory.h"

namespace awps {

namespace {

constexpr auto kGroupActions = static_cast<size_t>(BarrierKind::kGroupActions);
// Whoever waits in it for a detached entry is detached, too. Among the group actions only who is
// alone there (a logout) is waited for, and goes on being waited for; whoever is behind a
// closeAllConnections is dammed by that.
constexpr auto kMemberships = static_cast<size_t>(BarrierKind::kMemberships);

}  // namespace

ProducerState& Order::producer_of(uint64_t number) {
  if (last_producer_ != nullptr && last_producer_->number == number) return *last_producer_;
  std::unique_ptr<ProducerState>& slot = producers_[number];
  if (slot == nullptr) {
    if (free_producers_.empty()) {
      slot = std::make_unique<ProducerState>();
    } else {
      slot = std::move(free_producers_.back());
      free_producers_.pop_back();
    }
    slot->number = number;
  }
  last_producer_ = slot.get();
  return *slot;
}

void Order::enter(Entry& entry, const OrderPlan& plan, uint64_t producer, uint64_t values) {
  ProducerState& state = producer_of(producer);
  entry.batch->producer_state = &state;
  ++state.unsettled;
  bool behind_detached = false;
  const std::span<LaneLink> links = entry.links();
  for (size_t i = 0; i < links.size(); ++i) {
    links[i].mode = plan.lanes[i].mode;
    const bool own = i == 0 && plan.has_target_lane;
    if (lanes_.append(links[i], plan.lanes[i].lane, own ? values : 0)) continue;
    ++entry.blocked_by;
    behind_detached |= detached_.is_behind(links[i]);
  }
  behind_detached |= enter_barriers(entry, plan);
  if (behind_detached) {
    Startable nobody;
    mark_detached(entry, nobody);
    AWPS_CHECK(nobody.empty());  // a new entry is last everywhere
  }
}

// Whether one of those for whom it waits is detached.
bool Order::enter_barriers(Entry& entry, const OrderPlan& plan) {
  for (size_t kind = 0; kind < kBarrierKinds; ++kind) {
    if (plan.barriers[kind] == LaneMode::kAbsent) continue;
    Barrier::Place& place = entry.place(kind);
    place = entry.producer().barriers[kind].enter(entry, plan.barriers[kind]);
    if (!place.open) ++entry.blocked_by;
  }
  return entry.blocked_by > 0 && entry.is_in(kMemberships) && !entry.place(kMemberships).open &&
         entry.producer().barriers[kMemberships].has_detached_against(plan.barriers[kMemberships]);
}

void Order::unblock(Entry& entry, Startable& startable) {
  AWPS_CHECK(entry.blocked_by > 0);
  if (--entry.blocked_by == 0) startable.push_back(&entry);
}

void Order::leave(Entry& entry, Startable& startable) {
  leave_lanes(entry, startable);
  leave_barriers(entry, startable);
  ProducerState& producer = entry.producer();
  if (--producer.unsettled > 0) return;
  if (last_producer_ == &producer) last_producer_ = nullptr;
  const auto slot = producers_.find(producer.number);
  free_producers_.push_back(std::move(slot->second));
  producers_.erase(slot);
}

void Order::leave_lanes(Entry& entry, Startable& startable) {
  for (LaneLink& link : entry.links()) {
    if (entry.detached) detached_.forget(link);
    opened_.clear();
    lanes_.remove(link, opened_);
    for (Entry* other : opened_) unblock(*other, startable);
  }
}

void Order::leave_barriers(Entry& entry, Startable& startable) {
  if (entry.detached && entry.is_in(kMemberships)) {
    entry.producer().barriers[kMemberships].note_detached_left(entry.barrier_mode(kMemberships));
  }
  for (size_t kind = 0; kind < kBarrierKinds; ++kind) {
    if (!entry.is_in(kind)) continue;
    Barrier& barrier = entry.producer().barriers[kind];
    const Barrier::Place& place = entry.place(kind);
    const bool waited = !place.open;
    if (waited) barrier.forget(place);
    const bool counts = kind != kGroupActions || !entry.detached || place.mode == LaneMode::kAlone;
    if (counts) leave_barrier(entry, kind, startable);
    if (waited) {
      barrier.tidy([kind](Entry& other) -> Barrier::Place& { return other.place(kind); });
    }
  }
}

void Order::leave_barrier(Entry& entry, size_t kind, Startable& startable) {
  opened_.clear();
  entry.producer().barriers[kind].leave(entry.place(kind), opened_);
  for (Entry* other : opened_) {
    other->place(kind).open = true;
    unblock(*other, startable);
  }
}

// ---- detaching

void Order::mark_detached(Entry& entry, Startable& startable) {
  entry.detached = true;
  for (const LaneLink& link : entry.links()) detached_.note(link);
  if (entry.is_in(kMemberships)) {
    entry.producer().barriers[kMemberships].note_detached(entry.barrier_mode(kMemberships));
  }
  // Who is alone there goes on counting: what was accepted after it waits for it.
  if (entry.barrier_mode(kGroupActions) == LaneMode::kShared) {
    leave_barrier(entry, kGroupActions, startable);
  }
}

void Order::detach(Entry& first, Startable& startable) {
  if (first.detached) return;
  mark_detached(first, startable);
  detaching_.assign(1, &first);
  while (!detaching_.empty()) {
    Entry& entry = *detaching_.back();
    detaching_.pop_back();
    behind_.clear();
    for (const LaneLink& link : entry.links()) detached_.collect_behind(link, behind_);
    if (entry.is_in(kMemberships)) {
      entry.producer().barriers[kMemberships].collect_behind(entry.place(kMemberships), behind_);
    }
    for (Entry* other : behind_) {
      if (other->detached) continue;
      mark_detached(*other, startable);
      detaching_.push_back(other);
    }
  }
}

// ---- places

// Alone, the entry must be the last; in a run of those that commute, one of the last run.
bool Order::is_last(const LaneLink& link, bool as_value) {
  if (link.run != link.lane->last_run) return false;
  return link.mode != LaneMode::kAlone || as_value || link.lane->last == &link;
}

bool Order::in_last_runs(const Entry& entry) {
  for (size_t kind = 0; kind < kBarrierKinds; ++kind) {
    if (!entry.is_in(kind)) continue;
    if (entry.place(kind).run != entry.producer().barriers[kind].last_run()) return false;
  }
  return true;
}

bool Order::same_place(const Entry& entry, const OrderPlan& plan, bool as_value) const {
  const std::span<const LaneLink> links = entry.links();
  if (links.size() != plan.lane_count) return false;
  for (size_t kind = 0; kind < kBarrierKinds; ++kind) {
    if (entry.barrier_mode(kind) != plan.barriers[kind]) return false;
  }
  for (size_t i = 0; i < links.size(); ++i) {
    if (links[i].lane->key != plan.lanes[i].lane || links[i].mode != plan.lanes[i].mode) {
      return false;
    }
    const bool own = i == 0 && plan.has_target_lane;
    if (!is_last(links[i], as_value && own)) return false;
  }
  return in_last_runs(entry);
}

bool Order::nothing_since(const Entry& entry, const OrderPlan& plan) const {
  static constexpr size_t kPairLane = 0;
  static constexpr size_t kGroupLane = 2;
  const std::span<const LaneLink> links = entry.links();
  for (size_t i = 0; i < links.size(); ++i) {
    if (!is_last(links[i], /*as_value=*/false)) return false;
    if (links.size() > kGroupLane && (i == kPairLane || i == kGroupLane)) continue;
    const bool shared =
        std::ranges::any_of(std::span(plan.lanes).first(plan.lane_count),
                            [&](const LaneUse& use) { return use.lane == links[i].lane->key; });
    if (!shared) return false;
  }
  return in_last_runs(entry);
}

Entry* Order::last_in(uint64_t lane) const {
  const LaneLink* link = lanes_.last(lane);
  return link == nullptr ? nullptr : link->entry();
}

void Order::release_memory() {
  AWPS_CHECK(producers_.empty());
  lanes_.release_memory();
  release_memory_of(producers_);
  release_memory_of(free_producers_);
  detached_.release_memory();
  for (Startable* scratch : {&opened_, &detaching_, &behind_}) release_memory_of(*scratch);
}

}  // namespace awps
