#include "daemon/status_words.h"

#include <algorithm>
#include <array>

namespace awps {

namespace {

// What the service was seen not to take of coalesced requests: each value, why, and until when.
std::vector<std::string> learnt_words(const LearntBounds& bounds, Instant now) {
  std::vector<std::string> words;
  const auto add = [&](std::string_view name, const std::string& reason) {
    if (!reason.empty()) words.push_back(std::string(name) + ": " + reason);
  };
  add("names in a filter", bounds.filter_names.reason(now));
  add("bytes of a URL", bounds.url_bytes.reason(now));
  add("bytes of a merged message", bounds.body_bytes.reason(now));
  static constexpr std::array<std::string_view, kCoalescingRules> kRules = {
      "fan_out", "bulk_membership", "merge"};
  for (size_t i = 0; i < kCoalescingRules; ++i) {
    if (bounds.forbidden[i].load(std::memory_order_relaxed)) {
      add(kRules[i], "off until a reload: the identity may not send this form of request (403)");
    } else {
      add(kRules[i], bounds.pauses[i].reason(now));
    }
  }
  return words;
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
                        .pace_reason = endpoint.pace().reason(now)};
  const Trouble::Report trouble = endpoint.trouble().report();
  const bool is_paused = trouble.paused_until > now;
  if (trouble.reason != HoldReason::kNone) {
    status.state = "held";
    status.reason = name_of(trouble.reason);
    status.cause = trouble.words;
  } else if (is_paused || endpoint.trouble().is_blocked()) {
    status.state = "paused";
    status.reason = "the service asked for it (Retry-After)";
  }
  if (is_paused) {
    status.seconds_left = to_seconds(trouble.paused_until - now);
  } else if (trouble.reason != HoldReason::kNone && trouble.next_probe > now) {
    status.seconds_left = to_seconds(trouble.next_probe - now);
  }
  status.suspects = trouble.suspects;
  for (const Suspects::Named& named : trouble.named) {
    status.named_suspects.push_back({.target = named.name,
                                     .cause = named.words,
                                     .seconds = to_seconds(now - named.since)});
  }
  status.learnt = learnt_words(endpoint.bounds(), now);
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
    return text + "; " + std::string(remedy_of(hub.endpoint->trouble().hold_reason()));
  }
  if (hub.draining) return "it accepts nothing: an operator drains it (awpsctl resume)";
  return "";
}

}  // namespace awps
