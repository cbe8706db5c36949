#include "daemon/status_words.h"

#include <algorithm>
#include <cmath>

namespace awps {

namespace {

std::string whole(double number) {
  return std::to_string(static_cast<int64_t>(std::llround(number)));
}

std::string pace_reason(const EndpointState& endpoint, Instant now) {
  const Pace& pace = endpoint.pace();
  if (pace.is_learnt()) {
    return "learnt from 429: " + whole(pace.success_rate(now)) +
           " a second are taken now; it climbs back while they are";
  }
  return pace.configured() > 0 ? "as configured (requests_per_second)"
                               : "none is configured, and no 429 has taught one";
}

HubState state_of(const HubUnit& hub) {
  if (hub.ended) return HubState::kDrained;
  if (hub.paused) return HubState::kPaused;
  if (!hub.draining && !hub.queue->is_removed()) return HubState::kRunning;
  return hub.is_empty() ? HubState::kDrained : HubState::kDraining;
}

}  // namespace

EndpointStatus status_of(const EndpointState& endpoint, const HubPlan& plan, Instant now) {
  EndpointStatus status{.url = plan.endpoint_url,
                        .state = "open",
                        .configured_requests_per_second = endpoint.pace().configured(),
                        .pace_requests_per_second = endpoint.pace().present(),
                        .pace_is_learnt = endpoint.pace().is_learnt(),
                        .pace_reason = pace_reason(endpoint, now)};
  const HoldReason hold = endpoint.hold_reason();
  const bool is_blocked = endpoint.blocked_until() > now;
  if (hold != HoldReason::kNone) {
    status.state = "held";
    status.reason = name_of(hold);
  } else if (is_blocked || endpoint.probe_at() != kNever) {
    status.state = "paused";
    status.reason = "the service asked for it (Retry-After)";
  }
  if (is_blocked) status.seconds_left = to_seconds(endpoint.blocked_until() - now);
  return status;
}

HubStatus status_of(const HubUnit& hub) {
  return {.name = hub.plan.hub,
          .endpoint = hub.plan.endpoint_url,
          .state = state_of(hub),
          .values = values_of(hub.counters),
          .max_queued_bytes = hub.queue->budget().max_bytes(),
          .max_in_flight = hub.max_in_flight,
          .requests_per_second = hub.requests_per_second};
}

std::string not_ready_reason(const HubUnit& hub, const EndpointStatus& endpoint, Instant now) {
  if (!hub.is_alive(now)) {
    return "its delivery loop does not turn: restart the daemon";
  }
  if (endpoint.state == "held") {
    std::string text = endpoint.url + " is held: " + endpoint.reason;
    if (!endpoint.cause.empty()) text += "; the answer was: " + endpoint.cause;
    return text + "; " + std::string(remedy_of(hub.endpoint->hold_reason()));
  }
  if (hub.draining) return "it accepts nothing: an operator drains it (awpsctl resume)";
  return "";
}

}  // namespace awps
