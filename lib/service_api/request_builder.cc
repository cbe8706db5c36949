#include "service_api/request_builder.h"

#include "action/bulk_body.h"
#include "base/check.h"
#include "base/json_text.h"
#include "service_api/percent_encoding.h"

namespace awps {

namespace {

HttpMethod method_of(ActionKind kind) {
  switch (kind) {
    case ActionKind::kSendToAll:
    case ActionKind::kSendToGroup:
    case ActionKind::kSendToUser:
    case ActionKind::kSendToConnection:
    case ActionKind::kCloseAllConnections:
    case ActionKind::kCloseGroupConnections:
    case ActionKind::kCloseUserConnections:
    case ActionKind::kAddConnectionsToGroups:
    case ActionKind::kRemoveConnectionsFromGroups:
      return HttpMethod::kPost;
    case ActionKind::kAddUserToGroup:
    case ActionKind::kAddConnectionToGroup:
    case ActionKind::kGrantPermission:
      return HttpMethod::kPut;
    case ActionKind::kRemoveUserFromGroup:
    case ActionKind::kRemoveUserFromAllGroups:
    case ActionKind::kRemoveConnectionFromGroup:
    case ActionKind::kRemoveConnectionFromAllGroups:
    case ActionKind::kCloseClientConnection:
    case ActionKind::kRevokePermission:
      return HttpMethod::kDelete;
  }
  AWPS_CHECK(false);
  return HttpMethod::kPost;
}

void append_name(std::string& url, std::string_view collection, std::string_view name) {
  AWPS_CHECK(!name.empty() && name != "." && name != "..");
  url += collection;
  append_percent_encoded(url, name);
}

void append_parameter(std::string& url, std::string_view key,
                      std::optional<std::string_view> value) {
  if (!value) return;
  url += key;
  append_percent_encoded(url, *value);
}

void append_options(std::string& url, const ActionOptions& options) {
  for (const std::string_view connection : options.excluded) {
    append_parameter(url, "&excluded=", connection);
  }
  append_parameter(url, "&filter=", options.filter);
  if (options.message_ttl_seconds) {
    url += "&messageTtlSeconds=";
    append_number(url, *options.message_ttl_seconds);
  }
  append_parameter(url, "&reason=", options.reason);
  append_parameter(url, "&targetName=", options.target_name);
}

int hex_value(char digit) {
  return digit <= '9' ? digit - '0' : digit - 'A' + 10;
}

// What the service makes of an encoded path before it compares it with the audience.
void append_decoded_but_slashes(std::string& out, std::string_view encoded) {
  for (size_t i = 0; i < encoded.size(); ++i) {
    if (encoded[i] != '%' || encoded.substr(i, 3) == "%2F") {
      out += encoded[i];
      continue;
    }
    out += static_cast<char>(hex_value(encoded[i + 1]) * 16 + hex_value(encoded[i + 2]));
    i += 2;
  }
}

}  // namespace

std::string_view content_type_of(DataType type) {
  switch (type) {
    case DataType::kBinary:
      return "application/octet-stream";
    case DataType::kJson:
      return "application/json";
    case DataType::kText:
      return "text/plain";
  }
  AWPS_CHECK(false);
  return "";
}

RequestBuilder::RequestBuilder(std::string_view endpoint_url, std::string_view hub,
                               std::string_view api_version) {
  AWPS_CHECK(!endpoint_url.empty() && !endpoint_url.ends_with('/'));
  query_ = "?api-version=";
  append_percent_encoded(query_, api_version);
  health_url_ = endpoint_url;
  health_url_ += "/api/health";
  prefix_ = endpoint_url;
  append_name(prefix_, "/api/hubs/", hub);
}

void RequestBuilder::build(const Action& action, ServiceRequest& request) const {
  if (is_bulk_change(action.kind)) {
    const bool adds = action.kind == ActionKind::kAddConnectionsToGroups;
    build_bulk_membership(adds ? MembershipChange::kAdd : MembershipChange::kRemove,
                          action.options->groups, action.options->filter.value_or(""), request);
    return;
  }
  request.method = method_of(action.kind);
  std::string& url = request.url;
  url = prefix_;
  append_path(action, url);
  request.audience_size = url.size();
  request.audience_text.clear();
  if (url.find("%2F", prefix_.size()) != std::string::npos) {
    append_decoded_but_slashes(request.audience_text, url);
  }
  url += query_;
  if (action.options != &kNoOptions) append_options(url, *action.options);
  const bool has_body = is_send(action.kind);
  request.content_type = has_body ? content_type_of(action.data_type) : std::string_view();
  request.body = has_body ? action.data : std::string_view();
}

void RequestBuilder::append_path(const Action& action, std::string& url) const {
  using enum ActionKind;
  const std::string_view verb = is_send(action.kind) ? "/:send" : "/:closeConnections";
  switch (action.kind) {
    case kSendToAll:
    case kCloseAllConnections:
      url += verb;
      return;
    case kSendToGroup:
    case kCloseGroupConnections:
      append_name(url, "/groups/", action.group);
      url += verb;
      return;
    case kSendToUser:
    case kCloseUserConnections:
      append_name(url, "/users/", action.member);
      url += verb;
      return;
    case kSendToConnection:
      append_name(url, "/connections/", action.member);
      url += verb;
      return;
    case kAddUserToGroup:
    case kRemoveUserFromGroup:
      append_name(url, "/users/", action.member);
      append_name(url, "/groups/", action.group);
      return;
    case kRemoveUserFromAllGroups:
      append_name(url, "/users/", action.member);
      url += "/groups";
      return;
    case kAddConnectionToGroup:
    case kRemoveConnectionFromGroup:
      append_name(url, "/groups/", action.group);
      append_name(url, "/connections/", action.member);
      return;
    case kRemoveConnectionFromAllGroups:
      append_name(url, "/connections/", action.member);
      url += "/groups";
      return;
    case kCloseClientConnection:
      append_name(url, "/connections/", action.member);
      return;
    case kGrantPermission:
    case kRevokePermission:
      url += "/permissions/";
      url += name_of(action.permission);
      append_name(url, "/connections/", action.member);
      return;
    case kAddConnectionsToGroups:
    case kRemoveConnectionsFromGroups:
      break;
  }
  AWPS_CHECK(false);
}

void RequestBuilder::build_bulk_membership(MembershipChange change,
                                           std::span<const std::string_view> groups,
                                           std::string_view filter, ServiceRequest& request) const {
  AWPS_CHECK(!groups.empty() && !filter.empty());
  request.method = HttpMethod::kPost;
  request.url = prefix_;
  request.url += change == MembershipChange::kAdd ? "/:addToGroups" : "/:removeFromGroups";
  request.audience_size = request.url.size();
  request.audience_text.clear();
  request.url += query_;
  request.body_text.clear();
  append_bulk_body(request.body_text, groups, filter);
  request.body = request.body_text;
  request.content_type = "application/json";
}

size_t RequestBuilder::broadcast_url_bytes() const {
  ActionOptions options{.filter = "", .message_ttl_seconds = 300};
  ServiceRequest request;
  build({.kind = ActionKind::kSendToAll, .options = &options}, request);
  return request.url.size();
}

void RequestBuilder::build_health(ServiceRequest& request) const {
  request.method = HttpMethod::kHead;
  request.url = health_url_;
  request.audience_size = request.url.size();
  request.audience_text.clear();
  request.url += query_;
  request.content_type = {};
  request.body = {};
}

HttpRequest health_request(const ServiceRequest& request) {
  static constexpr Duration kTimeout = std::chrono::seconds(3);
  return {
      .method = request.method, .url = request.url, .timeout = kTimeout, .fresh_connection = true};
}

}  // namespace awps
