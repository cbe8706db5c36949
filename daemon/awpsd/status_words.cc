#include "daemon/awpsd/status_words.h"

#include <algorithm>
#include <array>

namespace awps {

namespace {

static_assert(kHoldWords.size() + 1 == kHoldReasons, "each reason but kNone has its word");
static_assert(kRuleWords.size() == kCoalescingRules);

std::string hold_word(HoldReason reason) {
  if (reason == HoldReason::kNone) return "";
  return std::string(kHoldWords[static_cast<size_t>(reason) - 1]);
}

// What the service was seen not to take of coalesced requests: each value, why, and until when.
std::vector<std::string> learnt_words(const LearntBounds& bounds, Instant now) {
  std::vector<std::string> words;
  const auto add = [&](std::string_view name, const std::string& reason) {
    if (!reason.empty()) words.push_back(std::string(name) + ": " + reason);
  };
  add("names in a filter", bounds.filter_names.reason(now));
  add("bytes of a URL", bounds.url_bytes.reason(now));
  add("bytes of a merged message", bounds.body_bytes.reason(now));
  for (size_t i = 0; i < kCoalescingRules; ++i) {
    if (bounds.forbidden[i].load(std::memory_order_relaxed)) {
      add(kRuleWords[i],
          "off until a reload: the identity may not send this form of request (403)");
    } else {
      add(kRuleWords[i], bounds.pauses[i].reason(now));
    }
  }
  return words;
}

std::vector<std::string> rules_off(const LearntBounds& bounds, Instant now) {
  std::vector<std::string> rules;
  for (size_t i = 0; i < kCoalescingRules; ++i) {
    if (bounds.is_off(static_cast<CoalescingRule>(i), now)) rules.emplace_back(kRuleWords[i]);
  }
  return rules;
}

// Whether requests may go, and if not, why, until when, and what can be done.
void describe(const Trouble::Report& trouble, bool is_blocked, Instant now,
              EndpointStatus& status) {
  const bool is_held = trouble.reason != HoldReason::kNone;
  const bool is_paused = trouble.paused_until > now;
  status.hold = hold_word(trouble.reason);
  status.cause = trouble.words;
  if (is_held) {
    status.state = "held";
    status.reason = name_of(trouble.reason);
    status.remedy = remedy_of(trouble.reason);
  } else if (is_paused || is_blocked) {
    status.state = "paused";
    status.reason = "the service asked for it (Retry-After)";
  }
  // A failure of the way that nobody has succeeded since: another one will hold the endpoint.
  if (!is_held && !trouble.words.empty()) status.remedy = remedy_of(HoldReason::kUnreachable);
  if (is_paused) {
    status.seconds_left = to_seconds(trouble.paused_until - now);
  } else if (is_held && trouble.next_probe > now) {
    status.seconds_left = to_seconds(trouble.next_probe - now);
  }
}

// "1 hub", "2 hubs".
std::string count_text(uint64_t count, std::string_view noun) {
  return std::to_string(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

HubState state_of(const HubUnit& hub) {
  if (hub.ended) return HubState::kDrained;
  if (hub.paused) return HubState::kPaused;
  if (!hub.draining && !hub.queue->is_removed()) return HubState::kRunning;
  return hub.is_empty() ? HubState::kDrained : HubState::kDraining;
}

// Why the hub's log takes nothing; empty: it does, or there is none.
std::string storage_failure(const HubUnit& hub) {
  if (!hub.log_error.empty()) return hub.log_error;
  if (hub.committer == nullptr || hub.spool_counters.failed.value() == 0) return "";
  return hub.committer->failure();
}

// A disk that hangs has not failed, and nothing is refused for it; empty: it answers.
std::string silence_of_disk(const HubUnit& hub) {
  static constexpr Duration kLong = std::chrono::seconds(3);
  if (hub.committer == nullptr) return "";
  const Duration lasts = hub.committer->disk().lasts();
  if (lasts < kLong) return "";
  return "the disk of spool.path has not answered for " +
         std::to_string(static_cast<int64_t>(to_seconds(lasts))) +
         " s: what came since waits, and so does a stop";
}

std::optional<SpoolStatus> spool_of(const HubUnit& hub, WallTime now) {
  if (hub.committer == nullptr && hub.log_error.empty()) return std::nullopt;
  SpoolStatus status{.error = storage_failure(hub),
                     .values = values_of(hub.spool_counters),
                     .max_bytes = hub.plan.config.spool_max_bytes};
  if (!hub.log_error.empty()) status.values.failed = 1;
  if (status.error.empty()) status.error = silence_of_disk(hub);
  if (status.error.empty()) status.error = limit_of_disk(hub.queue->budget().closed());
  status.state = status.values.failed != 0         ? "failed"
                 : status.values.tail_records != 0 ? "tail"
                                                   : "direct";
  if (hub.committer != nullptr) {
    for (TailHolder& holder : hub.committer->holders()) {
      status.holders.push_back({holder.connection, std::move(holder.producer), holder.bytes});
    }
  }
  if (status.values.oldest_at != 0) {
    const Duration age = now - WallTime(Duration(static_cast<int64_t>(status.values.oldest_at)));
    status.oldest_seconds = std::max(0.0, to_seconds(age));
  }
  return status;
}

}  // namespace

EndpointStatus status_of(const EndpointState& endpoint, const HubPlan& plan, Instant now) {
  EndpointStatus status{.url = plan.endpoint_url,
                        .state = "open",
                        .configured_requests_per_second = endpoint.pace().configured(),
                        .pace_requests_per_second = endpoint.pace().present(),
                        .pace_is_learnt = endpoint.pace().is_learnt(),
                        .pace_reason = endpoint.pace_reason(now)};
  if (const auto shared = endpoint.shared_limit()) {
    status.shared_by = SharedLimitStatus{
        .stream = shared->stream, .owned = shared->owned, .all = shared->all, .part = shared->part};
  }
  const Trouble::Report trouble = endpoint.trouble().report();
  describe(trouble, endpoint.trouble().is_blocked(), now, status);
  status.silent_seconds = to_seconds(endpoint.silence().lasts(now));
  if (status.silent_seconds > 0 && status.remedy.empty()) status.remedy = kSilenceRemedy;
  status.suspects = trouble.suspects;
  for (const Suspects::Named& named : trouble.named) {
    status.named_suspects.push_back(
        {.target = named.name, .cause = named.words, .seconds = to_seconds(now - named.since)});
  }
  status.learnt = learnt_words(endpoint.bounds(), now);
  status.rules_off = rules_off(endpoint.bounds(), now);
  return status;
}

HubStatus status_of(const HubUnit& hub, WallTime now) {
  return {.name = hub.plan.hub,
          .endpoint = hub.plan.endpoint_url,
          .state = state_of(hub),
          .values = hub.values(),
          .max_queued_bytes = hub.max_held_bytes(),
          .max_in_flight = hub.max_in_flight,
          .requests_per_second = hub.requests_per_second,
          .spool = spool_of(hub, now)};
}

HubStatus status_of(const RestingHub& hub) {
  return {.name = hub.plan().hub,
          .endpoint = hub.plan().endpoint_url,
          .state = HubState::kRemoved,
          .values = hub.values()};
}

std::string not_ready_reason(const HubUnit& hub, const EndpointStatus& endpoint, AwakeInstant now) {
  if (!hub.is_alive(now)) {
    return "its delivery loop does not turn: restart the daemon";
  }
  // Without its disk, one that only overflows to it goes on in memory.
  const bool is_refusing =
      !hub.log_error.empty() || hub.plan.config.durability == HubConfig::Durability::kDurable;
  if (const std::string failure = storage_failure(hub); is_refusing && !failure.empty()) {
    return "new actions are refused (storage_failed): " + failure;
  }
  if (std::string silence = silence_of_disk(hub); !silence.empty()) return silence;
  if (hub.is_for_other_service) return hub.words_of_other_service();
  // One target that fails is no reason, however often: the others are delivered.
  if (!endpoint.hold.empty()) {
    std::string text = endpoint.url + " is held: " + endpoint.reason;
    if (!endpoint.cause.empty()) text += "; the answer was: " + endpoint.cause;
    return text + "; " + endpoint.remedy;
  }
  // Nothing has got through since; of a hub that has nothing to send it says nothing.
  if (!endpoint.cause.empty() && !hub.is_empty()) {
    return endpoint.url + " cannot be reached: " + endpoint.cause + "; " + endpoint.remedy;
  }
  if (endpoint.silent_seconds > 0 && !hub.is_empty()) {
    return endpoint.url + " has answered nothing for " +
           std::to_string(static_cast<int>(endpoint.silent_seconds)) +
           " s, although requests are under way; " + endpoint.remedy;
  }
  if (hub.draining) return "it accepts nothing: an operator drains it (awpsctl resume)";
  return "";
}

Result<void> alive(const HubTable& hubs, AwakeInstant now) {
  for (const auto& hub : hubs.hubs()) {
    if (hub->is_alive(now)) continue;
    const Duration since = now - hub->worker->last_turn();
    return Error{"hub " + hub->plan.hub + ": its delivery loop has not turned for " +
                 std::to_string(static_cast<int>(to_seconds(since))) + " s"};
  }
  return {};
}

std::string status_line(const HubTable& hubs) {
  uint64_t queued = 0;
  auto [delivered, dead, expired] = hubs.past();
  const HubTable::Hubs present = hubs.hubs();
  for (const auto& hub : present) {
    const HubValues values = hub->values();
    queued += values.queued + values.active + values.deferred;
    delivered += values.delivered;
    dead += values.dead_lettered;
    expired += values.expired;
  }
  return count_text(present.size(), "hub") + ", " + count_text(queued, "action") + " waiting, " +
         std::to_string(delivered) + " delivered, " + count_text(dead, "dead letter") + ", " +
         std::to_string(expired) + " expired";
}

}  // namespace awps
