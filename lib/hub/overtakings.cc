#include "hub/overtakings.h"

namespace awps {

namespace {

// Sent again, it changes or uses memberships of groups, as a bulk change does.
bool is_about_memberships(ActionKind kind) {
  return (has_group(kind) && !is_send(kind)) || leaves_all_groups(kind);
}

}  // namespace

void Overtakings::watch(DeadLetter& letter) {
  if (lanes_.size() >= kMost) {
    lanes_.clear();
    forgotten_until_ = ++clock_;
  }
  for (const DeadLetter::Lane& lane : letter.lanes) {
    if (lane.mode != LaneMode::kAbsent) lanes_.try_emplace(lane.key);
  }
  letter.watched_since = clock_;
}

void Overtakings::mark(const OrderPlan& plan) {
  ++clock_;
  for (size_t i = 0; i < plan.lane_count; ++i) {
    const auto found = lanes_.find(plan.lanes[i].lane);
    if (found == lanes_.end()) continue;
    found->second[static_cast<size_t>(plan.lanes[i].mode)] = clock_;
  }
}

void Overtakings::note_bulk_change(const Accepted& accepted, const Batch& batch) {
  bulk_change_ = {.accepted_at = batch.accepted_at(),
                  .producer = batch.account().producer,
                  .seq = accepted.seq};
}

// Not by the clock of those that are watched: it may have been accepted before the letter was given
// up, and it waits for nobody else's changes.
bool Overtakings::is_before_bulk_change(const DeadLetter& letter) const {
  if (letter.accepted_at != bulk_change_.accepted_at) {
    return letter.accepted_at < bulk_change_.accepted_at;
  }
  const bool is_of_another = letter.origin.producer != bulk_change_.producer;
  return is_of_another || letter.origin.seq < bulk_change_.seq;
}

bool Overtakings::has_overtaken(const DeadLetter& letter, ActionKind kind) const {
  if (is_about_memberships(kind) && is_before_bulk_change(letter)) return true;
  if (letter.overtaken || letter.lanes.front().mode == LaneMode::kAbsent) return true;
  if (letter.watched_since < forgotten_until_) return true;
  for (const DeadLetter::Lane& lane : letter.lanes) {
    const auto found = lanes_.find(lane.key);
    if (lane.mode == LaneMode::kAbsent || found == lanes_.end()) continue;
    for (size_t mode = 0; mode < kLaneModes; ++mode) {
      const bool is_later = found->second[mode] > letter.watched_since;
      if (is_later && !commute(lane.mode, static_cast<LaneMode>(mode))) return true;
    }
  }
  return false;
}

}  // namespace awps
