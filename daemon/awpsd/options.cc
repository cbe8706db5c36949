#include "daemon/awpsd/options.h"

#include <algorithm>

#include "service_api/request_builder.h"

namespace awps {

namespace {

// A log has several segments, or it could never let go of the oldest one.
constexpr uint64_t kSegmentsOfLog = 8;

uint64_t most_of_log(const HubPlan& plan, const SpoolConfig& spool) {
  const uint64_t own = plan.config.spool_max_bytes;
  return own > 0 ? std::min(own, spool.max_bytes) : spool.max_bytes;
}

Ordering ordering_of(HubConfig::Ordering ordering) {
  switch (ordering) {
    case HubConfig::Ordering::kTarget:
      return Ordering::kTarget;
    case HubConfig::Ordering::kStrict:
      return Ordering::kStrict;
    case HubConfig::Ordering::kNone:
      return Ordering::kNone;
  }
  return Ordering::kTarget;
}

CoalesceOptions::FanOut fan_out_of(CoalesceConfig::FanOut fan_out) {
  switch (fan_out) {
    case CoalesceConfig::FanOut::kOff:
      return CoalesceOptions::FanOut::kOff;
    case CoalesceConfig::FanOut::kUsers:
      return CoalesceOptions::FanOut::kUsers;
    case CoalesceConfig::FanOut::kUsersAndConnections:
      return CoalesceOptions::FanOut::kUsersAndConnections;
  }
  return CoalesceOptions::FanOut::kOff;
}

CoalesceOptions coalesce_options(const HubConfig& hub) {
  const CoalesceConfig& config = hub.coalesce;
  CoalesceOptions options{
      .enabled = config.enabled,
      .supersede = config.supersede,
      .conflate = config.conflate,
      .linger = config.linger,
      .fan_out = fan_out_of(config.fan_out),
      .fan_out_min = static_cast<uint32_t>(std::min<uint64_t>(config.fan_out_min, UINT32_MAX)),
      .fan_out_per_second = config.fan_out_per_second,
      .bulk_membership = config.bulk_membership,
      .max_members = static_cast<uint32_t>(std::min<uint64_t>(config.max_members, UINT32_MAX)),
      .max_url_bytes = config.max_url_bytes};
  for (const MergeRule& rule : hub.merge) {
    options.merge.push_back({.groups = rule.groups,
                             .format = rule.format == MergeRule::Format::kLines
                                           ? MergeFormat::kLines
                                           : MergeFormat::kJsonArray,
                             .max_bytes = rule.max_bytes});
  }
  return options;
}

// Of a durable hub's memory, if a stream may address it. Beside that the window has the rest.
uint64_t records_bytes(const HubPlan& plan) {
  return plan.takes_records ? plan.config.max_queued_bytes / 4 : 0;
}

CommitterOptions::Writes writes_of(HubConfig::Durability durability) {
  switch (durability) {
    case HubConfig::Durability::kMemory:
      return CommitterOptions::Writes::kNothing;
    case HubConfig::Durability::kOverflow:
      return CommitterOptions::Writes::kOverflow;
    case HubConfig::Durability::kDurable:
      return CommitterOptions::Writes::kAll;
  }
  return CommitterOptions::Writes::kNothing;
}

}  // namespace

PipelineOptions pipeline_options(const HubPlan& plan) {
  const HubConfig& hub = plan.config;
  PipelineOptions options{
      .hub = plan.hub,
      .order = {.ordering = ordering_of(hub.ordering)},
      .coalesce = coalesce_options(hub),
      .url_prefix_bytes = RequestBuilder(plan.endpoint_url, plan.hub, plan.service.api_version)
                              .broadcast_url_bytes(),
      .give_up_ambiguous = hub.ambiguous == HubConfig::Ambiguous::kGiveUp,
      .requests_per_second = hub.requests_per_second,
      .bytes_per_second = static_cast<double>(hub.bytes_per_second),
      .burst = hub.burst,
      .max_in_flight = static_cast<uint32_t>(
          std::min<uint64_t>({hub.max_in_flight, plan.service.max_connections, UINT32_MAX})),
      .retry = {.max_attempts =
                    static_cast<uint32_t>(std::min<uint64_t>(hub.retry.max_attempts, UINT32_MAX)),
                .max_age = hub.retry.max_age,
                .base = hub.retry.base,
                .max = hub.retry.max,
                .budget = hub.retry.budget},
      .dead_letters = {.max_count = hub.dead_letters.max_count,
                       .max_bytes = hub.dead_letters.max_bytes,
                       .max_age = hub.dead_letters.max_age}};
  for (const OrderRule& rule : hub.order) {
    options.order.rules.push_back({.groups = rule.groups,
                                   .ordering = rule.ordering == OrderRule::Ordering::kNone
                                                   ? Ordering::kNone
                                                   : Ordering::kTarget});
  }
  return options;
}

Sender::Options sender_options(const HubPlan& plan) {
  return {.endpoint_url = plan.endpoint_url,
          .hub = plan.hub,
          .api_version = plan.service.api_version,
          .timeout = plan.service.timeout};
}

HubQueue::Options queue_options(const HubPlan& plan, int intake_threads) {
  return {.hub = plan.hub,
          .intake_threads = intake_threads,
          .block_when_full = plan.config.when_full == HubConfig::WhenFull::kBlock,
          .budget = {.max_bytes = plan.config.max_queued_bytes,
                     .max_producer_share = plan.config.max_producer_share}};
}

HubQueue::Options arrivals_options(const HubPlan& plan, const SpoolConfig& spool,
                                   int intake_threads) {
  HubQueue::Options options = queue_options(plan, intake_threads + 1);  // and the worker
  options.budget.max_bytes =
      Committer::arrivals_bytes(plan.config.max_queued_bytes, spool.commit_bytes);
  return options;
}

HubQueue::Options window_options(const HubPlan& plan) {
  HubQueue::Options options = queue_options(plan, /*intake_threads=*/1);
  options.budget.max_bytes -= records_bytes(plan);
  options.budget.charges = &Account::window_bytes;
  return options;
}

HubQueue::Options records_options(const HubPlan& plan, int intake_threads) {
  HubQueue::Options options = queue_options(plan, intake_threads);
  options.budget.max_bytes = records_bytes(plan);
  options.budget.charges = &Account::window_bytes;
  return options;
}

uint64_t producer_spool_bytes(const HubPlan& plan, const SpoolConfig& spool) {
  const uint64_t most =
      plan.config.spool_max_bytes > 0 ? plan.config.spool_max_bytes : spool.max_bytes;
  return static_cast<uint64_t>(plan.config.max_producer_share * static_cast<double>(most));
}

KnownIds::Options known_ids_options(const HubPlan& plan) {
  const HubConfig& hub = plan.config;
  return {.window = hub.dedupe_window,
          .most = hub.dedupe_window > Duration::zero() ? hub.dedupe_max_ids : 0};
}

Committer::Options committer_options(const HubPlan& plan, const SpoolConfig& spool,
                                     int intake_threads) {
  return {.commit_interval = spool.commit_interval,
          // Less than the log may have, or there would never be room for a commit.
          .commit_bytes = std::min(spool.commit_bytes, most_of_log(plan, spool) / kSegmentsOfLog),
          .release_interval = spool.release_interval,
          .producer_spool_bytes = producer_spool_bytes(plan, spool),
          .worker_place = intake_threads,
          .ids = known_ids_options(plan),
          .writes = writes_of(plan.config.durability)};
}

LogOptions log_options(const HubPlan& plan, const SpoolConfig& spool) {
  const uint64_t most = most_of_log(plan, spool) / kSegmentsOfLog;
  LogOptions options;
  options.segment_bytes = std::max(kMebibyte, std::min(spool.segment_bytes, most));
  options.first_segment_bytes = std::min(options.first_segment_bytes, options.segment_bytes);
  options.max_bytes = plan.config.spool_max_bytes;
  options.max_ids = known_ids_options(plan).most;
  options.id_window = known_ids_options(plan).window;
  return options;
}

LogOptions letters_log_options(const HubPlan& plan) {
  // Enough to let go of the oldest one now and then, and no file for a few letters each.
  static constexpr uint64_t kSegments = 16;
  static constexpr uint64_t kLeast = 256 * kKibibyte;
  LogOptions options;
  options.segment_bytes = std::max(kLeast, plan.config.dead_letters.max_bytes / kSegments);
  options.first_segment_bytes = options.segment_bytes;
  options.kind = SegmentHeader::kLetters;
  options.keeps_last = plan.config.dead_letters.store == DeadLettersConfig::Store::kDisk;
  return options;
}

SpoolSpace::Options space_options(const SpoolConfig& spool) {
  return {.path = spool.path, .max_bytes = spool.max_bytes, .min_free_bytes = spool.min_free_bytes};
}

CurlOptions transport_options(const HubPlan& plan) {
  CurlOptions options;
  options.max_connections = plan.service.max_connections;
  options.proxy = plan.service.proxy;
  options.proxy_credentials = plan.proxy_credentials;
  options.ca_file = plan.service.ca_file;
  return options;
}

// A managed identity's address is the machine's own: no proxy has it.
CurlOptions token_transport_options(const HubPlan& plan) {
  constexpr size_t kMaxAnswerBytes = 64UL * 1024;  // a token names the groups of its identity
  CurlOptions options;
  options.max_connections = 1;
  options.ca_file = plan.service.ca_file;
  if (plan.identity && !is_managed(*plan.identity)) {
    options.proxy = plan.service.proxy;
    options.proxy_credentials = plan.proxy_credentials;
  }
  options.max_body_bytes = kMaxAnswerBytes;
  options.max_drained_bytes = kMaxAnswerBytes;
  return options;
}

EndpointState::Options endpoint_options(const ServiceConfig& service) {
  return {.requests_per_second = service.requests_per_second,
          .bytes_per_second = static_cast<double>(service.bytes_per_second),
          .burst = service.burst,
          .retry_after_max = service.retry_after_max,
          .shared_by = service.shared_by};
}

AdminServer::Options admin_options(const AdminConfig& admin) {
  return {.listen = admin.listen, .token_file = admin.token_file, .group = admin.group};
}

http_server::Limits gateway_limits(const GatewayConfig& gateway, uint64_t connections) {
  http_server::Limits limits;
  limits.max_connections = std::min(gateway.max_connections, connections);
  limits.max_strangers = limits.max_connections;
  // Every head has the same time: a new connection's client has had no chance to show its token.
  limits.stranger_time = limits.request_time;
  limits.waits_for_room = true;
  limits.max_pipelined = 32;
  limits.max_body_bytes = kMebibyte;  // the service takes no more
  limits.body_time = std::chrono::seconds(30);
  limits.max_partial_bytes = gateway.max_partial_bytes;
  return limits;
}

Door::Limits door_limits(const GatewayConfig& gateway, int slot) {
  return {.slot = slot,
          .max_reads = gateway.max_reads,
          .held = {.max_bytes = gateway.max_partial_bytes / 4,
                   .max_writes = std::max<uint64_t>(gateway.max_connections / 4, 1)}};
}

Result<SocketServer::Options> socket_options(const Config& config) {
  const SocketConfig& socket = config.socket;
  Result<AccessList> access = resolve_access_list(socket.allow_users, socket.allow_groups);
  if (!access) return Error{"socket.allow_users, socket.allow_groups: " + access.error().message};
  SocketServer::Options options;
  options.socket.path = socket.path;
  options.socket.mode = socket.mode;
  options.socket.group = socket.group;
  options.access = *access;
  options.max_connections = static_cast<int>(std::min<uint64_t>(socket.max_connections, INT32_MAX));
  options.max_partial_bytes = socket.max_partial_bytes;
  options.thread.session.max_unread_reply_bytes = socket.max_unread_reply_bytes;
  options.thread.session.lines.max_line_bytes = socket.max_line_bytes;
  return options;
}

StreamOptions stream_thread_options(const StreamPlan& plan) {
  StreamOptions options{.name = plan.name,
                        .topic = plan.config.topic,
                        .group = plan.config.group,
                        .hub = plan.config.hub,
                        .hubs = plan.config.hubs,
                        .max_ahead = plan.config.max_ahead,
                        .service_timeout = plan.service_timeout,
                        .session_timeout = plan.config.session_timeout};
  return options;
}

Result<std::vector<IntakeHub>> intake_hubs(const std::vector<HubPlan>& plans) {
  std::vector<IntakeHub> hubs;
  for (const HubPlan& planned : plans) {
    const HubConfig& access = planned.config;
    Result<AccessList> list = resolve_access_list(access.allow_users, access.allow_groups);
    if (!list) {
      return Error{"hubs." + planned.hub + ".allow_users, allow_groups: " + list.error().message};
    }
    hubs.push_back(
        {.name = planned.hub, .access = *list, .dedupe_window = planned.config.dedupe_window});
  }
  return hubs;
}

}  // namespace awps
