#include "daemon/awpsd/options.h"

#include <algorithm>

#include "service_api/request_builder.h"

namespace awps {

namespace {

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
          .retry_after_max = service.retry_after_max};
}

AdminServer::Options admin_options(const AdminConfig& admin) {
  return {.listen = admin.listen, .token_file = admin.token_file, .group = admin.group};
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

Result<std::vector<IntakeHub>> intake_hubs(const std::vector<HubPlan>& plans) {
  std::vector<IntakeHub> hubs;
  for (const HubPlan& planned : plans) {
    const HubConfig& access = planned.config;
    Result<AccessList> list = resolve_access_list(access.allow_users, access.allow_groups);
    if (!list) {
      return Error{"hubs." + planned.hub + ".allow_users, allow_groups: " + list.error().message};
    }
    hubs.push_back({.name = planned.hub, .access = *list});
  }
  return hubs;
}

}  // namespace awps
