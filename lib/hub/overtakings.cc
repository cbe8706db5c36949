#include "hub/overtakings.h"

namespace awps {

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

bool Overtakings::has_overtaken(const DeadLetter& letter) const {
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
