#include "daemon/awpsctl/wire/status_reading.h"

#include <algorithm>
#include <utility>

#include "base/terminal_text.h"
#include "daemon/awpsctl/wire/json_fields.h"

namespace awps {

namespace {

HistogramReading read_histogram(const Json& json) {
  HistogramReading histogram;
  for (const Json& bound : field(json, "boundsSeconds")) {
    histogram.bounds_seconds.push_back(bound.is_number() ? bound.get<double>() : 0);
  }
  for (const Json& count : field(json, "counts")) {
    histogram.counts.push_back(count.is_number_unsigned() ? count.get<uint64_t>() : 0);
  }
  // A form that we do not know says nothing.
  if (histogram.counts.size() != histogram.bounds_seconds.size() + 1) histogram = {};
  return histogram;
}

ActionReading read_actions(const Json& json) {
  return {.accepted = count_field(json, "accepted"),
          .queued = count_field(json, "queued"),
          .active = count_field(json, "active"),
          .deferred = count_field(json, "deferred"),
          .delivered = count_field(json, "delivered"),
          .superseded = count_field(json, "superseded"),
          .dead_lettered = count_field(json, "deadLettered"),
          .expired = count_field(json, "expired"),
          .abandoned = count_field(json, "abandoned"),
          .returned = count_field(json, "returned"),
          .target_gone = count_field(json, "targetGone")};
}

RequestReading read_requests(const Json& json) {
  return {.started = count_field(json, "started"),
          .in_flight = count_field(json, "inFlight"),
          .throttled = count_field(json, "answersThrottled"),
          .retries = count_field(json, "retries"),
          .splits = count_field(json, "splits"),
          .answers_4xx = count_field(json, "answers4xx"),
          .answers_5xx = count_field(json, "answers5xx"),
          .answers_other = count_field(json, "answersOther"),
          .transport_errors = count_field(json, "transportErrors"),
          .charged_answered = count_field(json, "chargedAnswered"),
          .charged_healthy = count_field(json, "chargedHealthy")};
}

std::string largest_holder(const Json& holders) {
  if (!holders.is_array() || holders.empty()) return "";
  const std::string name = text_field(holders[0], "producer");
  return name.empty() ? "connection " + std::to_string(count_field(holders[0], "connection"))
                      : "producer '" + name + "'";
}

LogReading read_log(const Json& json) {
  return {.state = text_field(json, "state"),
          .error = text_field(json, "error"),
          .bytes = number_field(json, "bytes"),
          .max_bytes = number_field(json, "maxBytes"),
          .records = count_field(json, "records"),
          .tail_records = count_field(json, "tailRecords"),
          .lost_records = count_field(json, "lostRecords"),
          .damaged_ranges = count_field(json, "damagedRanges"),
          .late_refused = count_field(json, "lateRefused"),
          .oldest_seconds = number_field(json, "oldestSeconds"),
          .largest_holder = largest_holder(field(json, "holders"))};
}

HubReading read_hub(const Json& json) {
  HubReading hub;
  hub.name = text_field(json, "name");
  hub.endpoint = text_field(json, "endpoint");
  hub.state = text_field(json, "state");
  hub.ready = flag_field(json, "ready");
  hub.not_ready = text_field(json, "notReady");
  hub.actions = read_actions(field(json, "actions"));
  hub.requests = read_requests(field(json, "requests"));
  const Json& limits = field(json, "limits");
  hub.concurrency = count_field(limits, "concurrency");
  hub.max_in_flight = count_field(limits, "maxInFlight");
  hub.requests_per_second = number_field(limits, "requestsPerSecond");
  hub.concurrency_reason = text_field(limits, "concurrencyReason");
  hub.kinds_held = texts_field(limits, "kindsHeld");
  const Json& queue = field(json, "queue");
  hub.held_bytes = number_field(queue, "heldBytes");
  hub.max_bytes = number_field(queue, "maxBytes");
  hub.lanes = count_field(queue, "lanes");
  hub.blocked_lanes = count_field(queue, "blockedLanes");
  for (const Json& lane : field(queue, "waitingLanes")) {
    hub.waiting_lanes.push_back({text_field(lane, "target"), count_field(lane, "waiting")});
  }
  const Json& latency = field(json, "latency");
  hub.delivery = read_histogram(field(latency, "delivery"));
  hub.request = read_histogram(field(latency, "request"));
  const Json& dead = field(json, "deadLetters");
  hub.worker_answered = dead.is_object();
  hub.dead_letters = count_field(dead, "count");
  hub.dead_letters_dropped = count_field(dead, "dropped");
  hub.dead_letters_unwritten = count_field(dead, "unwritten");
  hub.dead_letters_error = text_field(dead, "error");
  if (field(dead, "lastNumber").is_number()) {
    hub.last_dead_letter_number = count_field(dead, "lastNumber");
  }
  hub.last_dead_letter = text_field(dead, "last");
  hub.busy_seconds = number_field(json, "busySeconds");
  if (const Json& spool = field(json, "spool"); spool.is_object()) hub.log = read_log(spool);
  return hub;
}

EndpointReading read_endpoint(const Json& json) {
  const Json& pace = field(json, "pace");
  const Json& suspects = field(json, "suspects");
  EndpointReading endpoint{.url = text_field(json, "url"),
                           .state = text_field(json, "state"),
                           .hold = text_field(json, "hold"),
                           .reason = text_field(json, "reason"),
                           .cause = text_field(json, "cause"),
                           .remedy = text_field(json, "remedy"),
                           .pace_reason = text_field(pace, "reason"),
                           .hubs = texts_field(json, "hubs"),
                           .seconds_left = number_field(json, "secondsLeft"),
                           .silent_seconds = number_field(json, "silentSeconds"),
                           .pace = number_field(pace, "requestsPerSecond"),
                           .configured = number_field(pace, "configured"),
                           .learnt = flag_field(pace, "learnt"),
                           .suspects = count_field(suspects, "count"),
                           .learnt_bounds = texts_field(json, "learnt")};
  if (const Json& shared = field(json, "sharedBy"); shared.is_object()) {
    endpoint.shared_by = SharedByReading{.stream = text_field(shared, "stream"),
                                         .owned = count_field(shared, "owned"),
                                         .all = count_field(shared, "all"),
                                         .part = number_field(shared, "part")};
  }
  for (const Json& suspect : field(suspects, "named")) {
    endpoint.named_suspects.push_back({.target = text_field(suspect, "target"),
                                       .cause = text_field(suspect, "cause"),
                                       .seconds = number_field(suspect, "seconds")});
  }
  return endpoint;
}

GatewayReading read_gateway(const Json& json) {
  GatewayReading gateway{.listen = text_field(json, "listen"),
                         .certificate_error = text_field(json, "certificateError"),
                         .warning = text_field(json, "warning"),
                         .connections = count_field(json, "connections"),
                         .max_connections = count_field(json, "maxConnections"),
                         .known = json.is_object()};
  const Json& answers = field(json, "answers");
  for (auto answer = answers.begin(); answer != answers.end(); ++answer) {
    const uint64_t count = count_field(answers, answer.key());
    gateway.requests += count;
    if (answer.key().starts_with('5')) gateway.errors += count;
  }
  const Json& refused = field(json, "refused");
  for (auto reason = refused.begin(); reason != refused.end(); ++reason) {
    gateway.refused += count_field(refused, reason.key());
  }
  return gateway;
}

UndeliveredReading read_undelivered(const Json& json) {
  return {.files = count_field(json, "files"),
          .actions = count_field(json, "actions"),
          .bytes = number_field(json, "bytes"),
          .at_least = flag_field(json, "atLeast"),
          .oldest_at = text_field(json, "oldestAt"),
          .error = text_field(json, "error"),
          .known = json.is_object()};
}

SpoolReading read_spool(const Json& json) {
  return {.path = text_field(json, "path"),
          .bytes = number_field(json, "bytes"),
          .max_bytes = number_field(json, "maxBytes"),
          .free_bytes = number_field(json, "freeBytes"),
          .error = text_field(json, "error"),
          .undelivered = read_undelivered(field(json, "undelivered")),
          .known = json.is_object()};
}

}  // namespace

uint64_t ActionReading::settled() const {
  return delivered + superseded + dead_lettered + expired + abandoned + returned;
}

const HubReading* StatusReading::find_hub(std::string_view name) const {
  const auto found = std::ranges::find_if(hubs, [&](const auto& hub) { return hub.name == name; });
  return found == hubs.end() ? nullptr : &*found;
}

std::vector<std::string> StatusReading::hub_names() const {
  std::vector<std::string> names;
  for (const HubReading& hub : hubs) names.push_back(hub.name);
  return names;
}

Result<StatusReading, Failure> read_status(std::string_view body) {
  const Json json = parse_json(body);
  if (!json.is_object() || !field(json, "hubs").is_array()) {
    return Failure{ExitCode::kUnavailable, "not_awpsd",
                   "what answers GET /status is no awpsd: it says '" +
                       shortened(printable(body), 60) + "'; correct --admin or AWPSD_ADMIN"};
  }
  StatusReading status;
  status.protocol = count_field(json, "protocol");
  status.version = text_field(json, "version");
  status.pid = count_field(json, "pid");
  status.started_at = text_field(json, "startedAt");
  status.now = text_field(json, "now");
  status.uptime_seconds = number_field(json, "uptimeSeconds");
  status.state = text_field(json, "state");
  status.ready = flag_field(json, "ready");
  status.not_ready = texts_field(json, "notReady");
  status.log_level = text_field(json, "logLevel");
  status.log_lines_dropped = count_field(json, "logLinesDropped");
  status.socket = text_field(json, "socket");
  status.pending_restart = texts_field(json, "pendingRestart");
  const Json& intake = field(json, "intake");
  status.intake = {.producers = count_field(intake, "producers"),
                   .connections = count_field(intake, "connections"),
                   .actions = count_field(intake, "actions"),
                   .rejected = count_field(intake, "rejected"),
                   .paused_reads = count_field(intake, "pausedReads"),
                   .bytes = number_field(intake, "bytes")};
  status.gateway = read_gateway(field(json, "gateway"));
  status.spool = read_spool(field(json, "spool"));
  for (const Json& endpoint : field(json, "endpoints")) {
    status.endpoints.push_back(read_endpoint(endpoint));
  }
  for (const Json& hub : field(json, "hubs")) status.hubs.push_back(read_hub(hub));
  status.streams = read_streams(json, status.now);
  return status;
}

Result<StatusReading, Failure> only_hub(StatusReading status, const std::string& hub) {
  if (status.find_hub(hub) == nullptr) {
    return Failure{ExitCode::kUsage, "unknown_hub",
                   "there is no hub '" + printable(hub) + "', only " +
                       joined(status.hub_names(), ", ") +
                       "; name one of these, or configure it as [hubs." + printable(hub) + "]"};
  }
  std::erase_if(status.hubs, [&](const HubReading& other) { return other.name != hub; });
  status.streams.clear();
  std::erase_if(status.endpoints, [&](const EndpointReading& endpoint) {
    return endpoint.url != status.hubs.front().endpoint;
  });
  return status;
}

std::string only_hub_text(std::string_view body, const StatusReading& kept) {
  Json json = parse_json(body);
  const auto keep = [&json](const char* list, const auto& is_kept) {
    Json left = Json::array();
    for (const Json& element : field(json, list)) {
      if (is_kept(element)) left.push_back(element);
    }
    if (json.contains(list)) json[list] = std::move(left);
  };
  keep("hubs", [&](const Json& hub) { return kept.find_hub(text_field(hub, "name")) != nullptr; });
  keep("endpoints", [&](const Json& endpoint) {
    return std::ranges::any_of(kept.endpoints, [&](const EndpointReading& other) {
      return other.url == text_field(endpoint, "url");
    });
  });
  return json_text(json);
}

}  // namespace awps
