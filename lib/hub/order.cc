#include "hub/order.h"

#include <algorithm>
#include <span>

#include "base/check.h"

namespace awps {

namespace {

constexpr auto kGroupActions = static_cast<size_t>(BarrierKind::kGroupActions);

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
  entry.producer = &producer_of(producer);
  ++entry.producer->unsettled;
  bool behind_detached = false;
  const std::span<LaneLink> links = entry.links();
  for (size_t i = 0; i < links.size(); ++i) {
    links[i].mode = plan.lanes[i].mode;
    const bool own = i == 0 && plan.has_target_lane;
    if (lanes_.append(links[i], entry, plan.lanes[i].lane, own ? values : 0)) continue;
    ++entry.blocked_by;
    // Those that it commutes with do not hold it up.
    const Lane& lane = *links[i].lane;
    const uint32_t beside = commute(links[i].mode, links[i].mode) ? lane.detached_in_last_run : 0;
    behind_detached |= lane.detached_count > beside;
  }
  enter_barriers(entry, plan);
  if (behind_detached) {
    opened_.clear();
    mark_detached(entry, opened_);  // a new entry is last everywhere: it opens nobody
  }
}

void Order::enter_barriers(Entry& entry, const OrderPlan& plan) {
  entry.barrier_modes = plan.barriers;
  for (size_t kind = 0; kind < kBarrierKinds; ++kind) {
    if (plan.barriers[kind] == LaneMode::kAbsent) continue;
    entry.places[kind] = entry.producer->barriers[kind].enter(entry, plan.barriers[kind]);
    if (!entry.places[kind].open) ++entry.blocked_by;
  }
}

void Order::unblock(Entry& entry, Startable& startable) {
  AWPS_CHECK(entry.blocked_by > 0);
  if (--entry.blocked_by == 0) startable.push_back(&entry);
}

void Order::leave(Entry& entry, Startable& startable) {
  for (LaneLink& link : entry.links()) {
    if (entry.detached) {
      --link.lane->detached_count;
      if (link.run == link.lane->last_run) --link.lane->detached_in_last_run;
    }
    opened_.clear();
    lanes_.remove(link, opened_);
    for (Entry* other : opened_) unblock(*other, startable);
  }
  leave_barriers(entry, startable);
  ProducerState& producer = *entry.producer;
  if (--producer.unsettled > 0) return;
  if (last_producer_ == &producer) last_producer_ = nullptr;
  const auto slot = producers_.find(producer.number);
  free_producers_.push_back(std::move(slot->second));
  producers_.erase(slot);
}

void Order::leave_barriers(Entry& entry, Startable& startable) {
  for (size_t kind = 0; kind < kBarrierKinds; ++kind) {
    if (entry.barrier_modes[kind] == LaneMode::kAbsent) continue;
    if (!entry.places[kind].open) entry.producer->barriers[kind].forget(entry.places[kind]);
    const bool counts =
        kind != kGroupActions || !entry.detached || entry.barrier_modes[kind] == LaneMode::kAlone;
    if (counts) leave_barrier(entry, kind, startable);
  }
}

void Order::leave_barrier(Entry& entry, size_t kind, Startable& startable) {
  opened_.clear();
  entry.producer->barriers[kind].leave(entry.places[kind], opened_);
  for (Entry* other : opened_) {
    other->places[kind].open = true;
    unblock(*other, startable);
  }
}

void Order::mark_detached(Entry& entry, Startable& startable) {
  if (entry.detached) return;
  entry.detached = true;
  for (LaneLink& link : entry.links()) {
    ++link.lane->detached_count;
    if (link.run == link.lane->last_run) ++link.lane->detached_in_last_run;
  }
  // A removeUserFromAllGroups goes on counting: what was accepted after it waits for it.
  if (entry.barrier_modes[kGroupActions] != LaneMode::kShared) return;
  std::vector<Entry*> opened;
  entry.producer->barriers[kGroupActions].leave(entry.places[kGroupActions], opened);
  for (Entry* other : opened) {
    other->places[kGroupActions].open = true;
    unblock(*other, startable);
  }
}

void Order::detach(Entry& first, Startable& startable) {
  if (first.detached) return;
  mark_detached(first, startable);
  detaching_.assign(1, &first);
  while (!detaching_.empty()) {
    Entry* entry = detaching_.back();
    detaching_.pop_back();
    for (LaneLink& link : entry->links()) {
      for (LaneLink* behind = link.next; behind != nullptr; behind = behind->next) {
        const bool beside = behind->run == link.run && commute(behind->mode, link.mode);
        if (behind->open || beside) continue;
        // Whoever waits behind a detached entry is detached, too: that part of the lane is done.
        if (behind->entry->detached) break;
        mark_detached(*behind->entry, startable);
        detaching_.push_back(behind->entry);
      }
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
    if (entry.barrier_modes[kind] == LaneMode::kAbsent) continue;
    if (entry.places[kind].run != entry.producer->barriers[kind].last_run()) return false;
  }
  return true;
}

bool Order::same_place(const Entry& entry, const OrderPlan& plan, bool as_value) const {
  const std::span<const LaneLink> links = entry.links();
  if (links.size() != plan.lane_count || entry.barrier_modes != plan.barriers) return false;
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
  return link == nullptr ? nullptr : link->entry;
}

}  // namespace awps
