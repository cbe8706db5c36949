#include "tests/simulation/limit_service.h"

#include <algorithm>

namespace awps {

bool LimitService::admit(Instant now) {
  if (!plan_.permitted) return true;
  const double rate = plan_.permitted(now - start_);
  const double most = std::max(1.0, rate * plan_.burst_seconds);
  tokens_ = tokens_ < 0 ? most : std::min(most, tokens_ + to_seconds(now - last_) * rate);
  last_ = now;
  if (tokens_ < 1) return false;
  tokens_ -= 1;
  return true;
}

Duration LimitService::way() {
  if (plan_.spread == Duration::zero()) return plan_.spread;
  return from_seconds(to_seconds(plan_.spread) * random_.unit());
}

LimitService::Answer LimitService::answer(size_t hub, bool is_send, Instant now) {
  const Duration usual =
      is_send ? plan_.round_trip : plan_.round_trip_of_others.value_or(plan_.round_trip);
  const Duration round_trip = from_seconds(to_seconds(usual) * (0.9 + random_.unit() / 5));
  switch (mood(hub, now)) {
    case Mood::kRefusesConnections:
      return {.response = {.error = TransportError::kConnect}, .after = round_trip / 2};
    case Mood::kBlackHole:
      return {.response = {.error = TransportError::kTimeout}, .after = plan_.timeout};
    case Mood::kFails:
      return {.response = {.status = 500}, .after = round_trip};
    case Mood::kWell:
      break;
  }
  const bool is_refused = plan_.refused_by_chance > 0 && random_.unit() < plan_.refused_by_chance;
  if (is_refused || !admit(now)) {
    return {.response = {.status = 429, .retry_after = plan_.retry_after}, .after = round_trip};
  }
  if (!plan_.capacity) return {.response = {.status = 202}, .after = round_trip};
  busy_until_ = std::max(busy_until_, now) + from_seconds(1 / plan_.capacity(now - start_));
  const Duration after = busy_until_ - now + round_trip;
  if (after > plan_.timeout) {
    return {.response = {.error = TransportError::kTimeout}, .after = plan_.timeout};
  }
  return {.response = {.status = 202}, .after = after};
}

}  // namespace awps
