#include "admin/status_json.h"

#include <map>

#include "admin/json_writer.h"
#include "admin/stream_json.h"
#include "base/check.h"

namespace awps::admin {

namespace {

void write_intake(JsonWriter& json, const ServiceStatus& status) {
  const IntakeValues& intake = status.intake;
  json.key("intake").begin_object();
  json.field("producers", status.producers);
  json.field("connections", intake.connections);
  json.field("connectionsRefused", intake.connections_refused);
  json.field("bytes", intake.bytes);
  json.field("lines", intake.lines);
  json.field("actions", intake.actions);
  json.field("rejected", intake.rejected);
  json.field("warnings", intake.warnings);
  json.field("repliesDropped", intake.replies_dropped);
  json.field("pausedReads", intake.paused_reads);
  json.end_object();
}

// By a label of the metrics: {"202": 12}.
template <typename Counts>
void write_counts(JsonWriter& json, std::string_view name, const Counts& counts) {
  json.key(name).begin_object();
  for (const auto& [label, count] : counts) json.field(label, count);
  json.end_object();
}

void write_gateway(JsonWriter& json, const GatewayStatus& gateway) {
  std::map<std::string, uint64_t> answers;
  std::map<std::string, uint64_t> reads;
  for (const auto& [label, count] : gateway.values.requests) {
    answers[std::to_string(label.second)] += count;
  }
  for (const auto& [status, count] : gateway.values.reads) reads[std::to_string(status)] = count;
  json.key("gateway").begin_object();
  json.field("listen", gateway.listen);
  json.field("connections", gateway.connections);
  json.field("maxConnections", gateway.max_connections);
  if (gateway.certificate_end) json.field("certificateEndsAt", *gateway.certificate_end);
  json.field("certificateError", gateway.certificate_error);
  json.field("warning", gateway.warning);
  write_counts(json, "answers", answers);
  json.field("joined", gateway.values.joined);
  write_counts(json, "reads", reads);
  write_counts(json, "refused", gateway.values.refused);
  json.end_object();
}

void write_undelivered(JsonWriter& json, const UndeliveredStatus& undelivered) {
  json.key("undelivered").begin_object();
  json.field("files", undelivered.files);
  json.field("actions", undelivered.actions);
  json.field("bytes", undelivered.bytes);
  json.field("atLeast", undelivered.is_at_least);
  if (undelivered.oldest) json.field("oldestAt", *undelivered.oldest);
  json.field("error", undelivered.error);
  json.end_object();
}

void write_suspects(JsonWriter& json, const EndpointStatus& endpoint) {
  json.key("suspects").begin_object();
  json.field("count", endpoint.suspects);
  json.key("named").begin_array();
  for (const SuspectTarget& suspect : endpoint.named_suspects) {
    json.begin_object();
    json.field("target", suspect.target);
    json.field("cause", suspect.cause);
    json.field("seconds", suspect.seconds);
    json.end_object();
  }
  json.end_array();
  json.end_object();
}

void write_endpoint(JsonWriter& json, const EndpointStatus& endpoint) {
  json.begin_object();
  json.field("url", endpoint.url);
  json.texts("hubs", endpoint.hubs);
  json.field("state", endpoint.state);
  json.field("hold", endpoint.hold);
  json.field("reason", endpoint.reason);
  json.field("cause", endpoint.cause);
  json.field("remedy", endpoint.remedy);
  json.field("secondsLeft", endpoint.seconds_left);
  json.field("silentSeconds", endpoint.silent_seconds);
  json.key("pace").begin_object();
  json.field("requestsPerSecond", endpoint.pace_requests_per_second);
  json.field("configured", endpoint.configured_requests_per_second);
  json.field("learnt", endpoint.pace_is_learnt);
  json.field("reason", endpoint.pace_reason);
  json.end_object();
  if (const auto& shared = endpoint.shared_by) {
    json.key("sharedBy").begin_object();
    json.field("stream", shared->stream);
    json.field("owned", shared->owned);
    json.field("all", shared->all);
    json.field("part", shared->part);
    json.end_object();
  }
  write_suspects(json, endpoint);
  json.texts("learnt", endpoint.learnt);
  json.texts("rulesOff", endpoint.rules_off);
  json.end_object();
}

void write_actions(JsonWriter& json, const HubValues& values) {
  json.key("actions").begin_object();
  json.field("accepted", values.accepted);
  json.field("queued", values.queued);
  json.field("active", values.active);
  json.field("deferred", values.deferred);
  json.field("delivered", values.delivered);
  json.field("superseded", values.superseded);
  json.field("deadLettered", values.dead_lettered);
  json.field("expired", values.expired);
  json.field("abandoned", values.abandoned);
  json.field("returned", values.returned);
  json.field("targetGone", values.target_gone);
  json.field("conflated", values.conflated);
  json.field("fannedOut", values.fanned_out);
  json.field("bulkChanged", values.bulk_changed);
  json.field("merged", values.merged);
  json.field("redriven", values.redriven);
  json.field("fromStreams", values.from_streams);
  json.field("duplicates", values.duplicates);
  json.end_object();
}

void write_requests(JsonWriter& json, const HubValues& values) {
  json.key("requests").begin_object();
  json.field("started", values.requests);
  json.field("inFlight", values.in_flight);
  json.field("answers2xx", values.answers_2xx);
  json.field("answersThrottled", values.answers_429);
  json.field("answers4xx", values.answers_4xx);
  json.field("answers5xx", values.answers_5xx);
  json.field("answersOther", values.answers_other);
  json.field("transportErrors", values.transport_errors);
  json.field("fanOuts", values.fan_outs);
  json.field("bulkChanges", values.bulk_changes);
  json.field("merges", values.merges);
  json.field("splits", values.splits);
  json.field("retries", values.retries);
  json.field("ambiguousRetries", values.ambiguous_retries);
  json.field("chargedAnswered", values.charged_answered);
  json.field("chargedHealthy", values.charged_healthy);
  json.field("healthProbes", values.health_probes);
  json.end_object();
}

void write_limits(JsonWriter& json, const HubStatus& hub) {
  json.key("limits").begin_object();
  json.field("concurrency", hub.values.concurrency);
  json.field("maxInFlight", hub.max_in_flight);
  json.field("requestsPerSecond", hub.requests_per_second);
  if (hub.report) {
    json.field("concurrencyReason", hub.report->concurrency_reason);
    json.texts("kindsHeld", hub.report->kinds_held);
  }
  json.end_object();
}

void write_queue(JsonWriter& json, const HubStatus& hub) {
  json.key("queue").begin_object();
  json.field("heldBytes", hub.values.held_bytes);
  json.field("maxBytes", hub.max_queued_bytes);
  json.field("lanes", hub.values.lanes);
  json.field("blockedLanes", hub.values.blocked_lanes);
  if (hub.report) {
    json.key("waitingLanes").begin_array();
    for (const WaitingLane& lane : hub.report->waiting_lanes) {
      json.begin_object();
      json.field("target", lane.target);
      json.field("waiting", lane.waiting);
      json.end_object();
    }
    json.end_array();
  }
  json.end_object();
}

void write_histogram(JsonWriter& json, std::string_view name, const HistogramValues& histogram) {
  json.key(name).begin_object();
  json.key("boundsSeconds").begin_array();
  for (const Duration bound : Histogram::bounds()) json.value(to_seconds(bound));
  json.end_array();
  json.texts("counts", histogram.counts);
  json.field("sumSeconds", histogram.sum_seconds);
  json.end_object();
}

void write_dead_letters(JsonWriter& json, const HubReport& report) {
  json.key("deadLetters").begin_object();
  json.field("count", report.dead_letters);
  json.field("bytes", report.dead_letter_bytes);
  json.field("dropped", report.dead_letters_dropped);
  json.field("lastNumber", report.last_dead_letter_number);
  json.field("last", report.last_dead_letter);
  json.field("store", report.dead_letters_on_disk ? "disk" : "memory");
  json.field("unwritten", report.dead_letters_unwritten);
  json.field("error", report.dead_letters_error);
  json.end_object();
}

void write_holders(JsonWriter& json, const std::vector<SpoolHolder>& holders) {
  json.key("holders").begin_array();
  for (const SpoolHolder& holder : holders) {
    json.begin_object();
    json.field("connection", holder.connection);
    json.field("producer", holder.producer);
    json.field("bytes", holder.bytes);
    json.end_object();
  }
  json.end_array();
}

void write_spool(JsonWriter& json, const SpoolStatus& spool) {
  const SpoolValues& values = spool.values;
  json.key("spool").begin_object();
  json.field("state", spool.state);
  json.field("error", spool.error);
  json.field("bytes", values.bytes);
  json.field("maxBytes", spool.max_bytes);
  json.field("segments", values.segments);
  json.field("records", values.records);
  json.field("tailRecords", values.tail_records);
  json.field("oldestSeconds", spool.oldest_seconds);
  write_holders(json, spool.holders);
  json.field("recovered", values.recovered);
  json.field("lateRefused", values.late_refused);
  json.field("commits", values.commits);
  json.field("commitActions", values.commit_actions);
  json.field("writtenBytes", values.written_bytes);
  json.field("released", values.released);
  json.field("movedBytes", values.moved_bytes);
  json.field("lostRecords", values.lost_records);
  json.field("damagedRanges", values.damaged_ranges);
  json.key("errors").begin_object();
#define AWPS_ERROR_FIELD(counter, call) json.field(call, values.counter);
  AWPS_SPOOL_ERRORS(AWPS_ERROR_FIELD)
#undef AWPS_ERROR_FIELD
  json.end_object();
  json.field("recoverySeconds", static_cast<double>(values.recovery_nanoseconds) / 1e9);
  write_histogram(json, "commit", values.commit);
  json.end_object();
}

void write_hub(JsonWriter& json, const HubStatus& hub) {
  json.begin_object();
  json.field("name", hub.name);
  json.field("endpoint", hub.endpoint);
  json.field("state", to_text(hub.state));
  json.field("ready", hub.not_ready.empty());
  json.field("notReady", hub.not_ready);
  write_actions(json, hub.values);
  write_requests(json, hub.values);
  write_limits(json, hub);
  write_queue(json, hub);
  json.key("latency").begin_object();
  write_histogram(json, "delivery", hub.values.delivery);
  write_histogram(json, "request", hub.values.request);
  json.end_object();
  if (hub.report) write_dead_letters(json, *hub.report);
  if (hub.spool) write_spool(json, *hub.spool);
  json.field("busySeconds", static_cast<double>(hub.values.busy_nanoseconds) / 1e9);
  json.end_object();
}

}  // namespace

std::string to_text(HubState state) {
  switch (state) {
    case HubState::kRunning:
      return "running";
    case HubState::kPaused:
      return "paused";
    case HubState::kDraining:
      return "draining";
    case HubState::kDrained:
      return "drained";
    case HubState::kRemoved:
      return "removed";
  }
  AWPS_CHECK(false);
  return {};
}

std::string status_json(const ServiceStatus& status) {
  JsonWriter json;
  json.begin_object();
  json.field("protocol", kProtocolVersion);
  json.field("version", status.version);
  json.field("pid", status.pid);
  json.field("startedAt", status.started_at);
  json.field("now", status.now);
  json.field("uptimeSeconds", to_seconds(status.uptime));
  json.field("state", status.stopping ? "stopping" : "running");
  json.field("ready", status.not_ready.empty());
  json.texts("notReady", status.not_ready);
  json.field("logLevel", status.log_level);
  json.field("logLinesDropped", status.log_lines_dropped);
  json.field("socket", status.socket_path);
  json.texts("pendingRestart", status.pending_restart);
  json.key("spool").begin_object();
  json.field("path", status.spool_path);
  json.field("bytes", status.spool_bytes);
  json.field("maxBytes", status.spool_max_bytes);
  json.field("freeBytes", status.spool_free_bytes);
  json.field("minFreeBytes", status.spool_min_free_bytes);
  json.field("error", status.spool_error);
  write_undelivered(json, status.undelivered);
  json.end_object();
  write_intake(json, status);
  if (status.gateway) write_gateway(json, *status.gateway);
  write_streams(json, status.streams);
  json.key("endpoints").begin_array();
  for (const EndpointStatus& endpoint : status.endpoints) write_endpoint(json, endpoint);
  json.end_array();
  json.key("hubs").begin_array();
  for (const HubStatus& hub : status.hubs) write_hub(json, hub);
  json.end_array();
  json.end_object();
  return json.take();
}

}  // namespace awps::admin
