#include "hub/overtakings.h"

namespace awps {

uint64_t Overtakings::watch(uint64_t lane) {
  if (lane == 0) return clock_;
  if (lanes_.size() >= kMost) {
    lanes_.clear();
    forgotten_until_ = ++clock_;
  }
  lanes_.emplace(lane, 0);
  return clock_;
}

void Overtakings::mark(const OrderPlan& plan) {
  ++clock_;
  for (size_t i = 0; i < plan.lane_count; ++i) {
    const auto found = lanes_.find(plan.lanes[i].lane);
    if (found != lanes_.end()) found->second = clock_;
  }
}

bool Overtakings::has_overtaken(const DeadLetter& letter) const {
  if (letter.overtaken || letter.lane == 0) return true;
  const auto found = lanes_.find(letter.lane);
  if (found != lanes_.end() && found->second > letter.watched_since) return true;
  return letter.watched_since < forgotten_until_;
}

}  // namespace awps
