#include "hub/waiting_reason.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <tuple>

namespace awps {

namespace {

// "12 s", "0.4 s"
std::string seconds_text(Duration time) {
  static constexpr double kWhole = 10;
  const double seconds = std::max(0.0, to_seconds(time));
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), seconds < kWhole ? "%.1f s" : "%.0f s", seconds);
  return text.data();
}

std::string answer_text(int status) {
  return status == 0 ? "no answer" : "HTTP " + std::to_string(status);
}

// What keeps all of the hub, or all of one kind, from being sent; empty: nothing does.
std::string reason_of_all(const Pipeline& pipeline, ActionKind kind, Instant now) {
  if (pipeline.permits().is_paused()) return "the hub is paused: awpsctl resume lets it send";
  const Trouble::Report trouble = pipeline.endpoint().trouble().report();
  if (trouble.reason != HoldReason::kNone) {
    return "held: " + std::string(name_of(trouble.reason)) + " (since " +
           seconds_text(now - trouble.held_since) + ")" +
           (trouble.words.empty() ? "" : ": " + trouble.words);
  }
  if (trouble.paused_until > now) {
    return "the service asked for a pause (Retry-After) of " +
           seconds_text(trouble.paused_until - now) + " more";
  }
  if (!pipeline.kind_holds().holds(kind)) return "";
  return "held: the identity may not send " + std::string(name_of(kind)) + " (HTTP 403)";
}

std::string reason_of_retry(const Entry& entry, const Pipeline& pipeline, Instant now) {
  const Operation& operation = *entry.operation();
  const RetryState& retry = operation.retry;
  if (operation.waits_for_lane) return "waits for the first part of its message, which was split";
  if (retry.failures == 0) return "is sent again in parts, and waits for its turn";
  const auto member = std::ranges::find(operation.members, &entry, &Member::entry);
  const std::string tries =
      "retry " + std::to_string(retry.failures) + " after " + answer_text(operation.last.status);
  const std::string used = " (" + std::to_string(member->charged) + " of " +
                           std::to_string(pipeline.options().retry.max_attempts) +
                           " attempts are charged to it)";
  if (retry.due > now) return tries + " in " + seconds_text(retry.due - now) + used;
  if (retry.needs_budget) return tries + " waits for the retry budget" + used;
  return tries + " waits for its turn" + used;
}

std::string reason_of_permits(const Pipeline& pipeline, Instant now) {
  const Permits& permits = pipeline.permits();
  if (!permits.has_slot()) {
    return "waits for one of " + std::to_string(permits.in_flight()) + " requests under way to end";
  }
  return permits.earliest(now) > now ? "waits for the rate limit" : "waits for its turn";
}

std::string reason_of_queued(const Entry& entry, const Pipeline& pipeline, Instant now) {
  if (entry.blocked_by > 0) return "waits for an earlier action of the same target or key";
  if (entry.lingers) return "waits for more to join it (linger)";
  if (entry.list == WaitingList::kSuspects) {
    return "its target fails while others are answered, and gets few requests";
  }
  return reason_of_permits(pipeline, now);
}

// By producer and seq, with its place in the question.
using Asked = std::tuple<uint64_t, uint64_t, size_t>;

}  // namespace

std::string waiting_reason(const Entry& entry, const Pipeline& pipeline, Instant now) {
  if (entry.state == EntryState::kActive) {
    return "in flight (since " + seconds_text(now - entry.operation()->attempt.started) + ")";
  }
  const Account& account = entry.batch->account();
  if (account.lease != nullptr && !account.lease->covers(now)) {
    return "its stream does not know whether it still owns the partition";
  }
  if (std::string reason = reason_of_all(pipeline, entry.kind(), now); !reason.empty()) {
    return reason;
  }
  return entry.state == EntryState::kDeferred ? reason_of_retry(entry, pipeline, now)
                                              : reason_of_queued(entry, pipeline, now);
}

std::vector<std::string> waiting_reasons(Pipeline& pipeline,
                                         std::span<const HubForStreams::Waiting> actions,
                                         Instant now) {
  std::vector<std::string> reasons(actions.size(), "is on its way to the hub, or has ended");
  std::vector<Asked> asked;
  for (size_t i = 0; i < actions.size(); ++i) {
    asked.emplace_back(actions[i].producer, actions[i].seq, i);
  }
  std::ranges::sort(asked);
  pipeline.visit([&](const Entry& entry) {
    const Account& account = entry.batch->account();
    if (!account.of_stream) return;
    const Asked first(account.producer, entry.accepted->seq, 0);
    const auto found = std::ranges::lower_bound(asked, first);
    if (found == asked.end() || std::get<0>(*found) != account.producer ||
        std::get<1>(*found) != entry.accepted->seq) {
      return;
    }
    reasons[std::get<2>(*found)] = waiting_reason(entry, pipeline, now);
  });
  return reasons;
}

}  // namespace awps
