#include "emulator/rest_operations.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "emulator/group_list.h"
#include "emulator/group_name.h"
#include "emulator/message_body.h"
#include "emulator/rest_error.h"
#include "emulator/text.h"

namespace awps::emulator {

namespace {

constexpr std::array<std::string_view, 5> kVersions = {"2021-10-01", "2022-11-01", "2023-07-01",
                                                       "2024-01-01", "2024-12-01"};
constexpr long long kLongestTtlSeconds = 300;
constexpr std::string_view kGroupRule =
    "Invalid group name. Valid group name should be in between 1 and 1024 characters long.";

std::optional<Permission> permission_of(std::string_view name) {
  if (name == "1" || equal_ignoring_case(name, "sendToGroup")) return Permission::kSendToGroup;
  if (name == "2" || equal_ignoring_case(name, "joinLeaveGroup"))
    return Permission::kJoinLeaveGroup;
  return std::nullopt;
}

/// The filter of a request; no filter at all if it is absent or empty: that is everybody.
Result<std::optional<Filter>, HttpResponse> filter_of(const std::string* text,
                                                      std::string_view target) {
  if (text == nullptr || text->empty()) return std::optional<Filter>();
  auto filter = Filter::compile(*text);
  if (!filter.ok()) return bad_filter(filter.error().message, target);
  return std::optional<Filter>(std::move(filter.value()));
}

std::optional<HttpResponse> refuse_length(const RequestHead& head) {
  if (!head.content_length) {
    return bad_request("The Content-Length header is required.", "Content-Length");
  }
  if (*head.content_length <= kMaxBodyBytes) return std::nullopt;
  return bad_request("The request body is larger than 1048576 bytes.", "Content-Length");
}

/// One request in progress. Each method is an operation, or a check that several share.
class RestCall {
 public:
  RestCall(Hub& hub, const RestRequest& request, RestEffect& effect)
      : hub_(hub), request_(request), route_(request.route), effect_(effect) {}

  HttpResponse run() {
    if (!route_.group.empty() && !is_group_name(route_.group)) {
      return bad_request(kGroupRule, "group");
    }
    switch (route_.operation) {
      case Operation::kSendToAll:
      case Operation::kSendToGroup:
      case Operation::kSendToUser:
      case Operation::kSendToConnection:
        return send();
      case Operation::kCloseAllConnections:
      case Operation::kCloseGroupConnections:
      case Operation::kCloseUserConnections:
        return close_many();
      case Operation::kCloseConnection:
        return close_one();
      case Operation::kGrantPermission:
      case Operation::kRevokePermission:
      case Operation::kCheckPermission:
        return permission();
      case Operation::kAddConnectionsToGroups:
      case Operation::kRemoveConnectionsFromGroups:
        return change_groups();
      case Operation::kConnectionExists:
      case Operation::kUserExists:
      case Operation::kGroupExists:
        return existence();
      case Operation::kListConnectionsInGroup:
        return list_connections(hub_.group(route_.group), request_);
      default:
        return membership();
    }
  }

 private:
  Audience audience() const {
    return {.group = route_.group.empty() ? nullptr : &route_.group,
            .user = route_.user.empty() ? nullptr : &route_.user,
            .connection = route_.connection.empty() ? nullptr : &route_.connection};
  }

  std::optional<HttpResponse> refuse_ttl() const {
    const std::string* ttl = request_.query.find("messagettlseconds");
    if (ttl == nullptr ||
        parse_decimal(*ttl).value_or(kLongestTtlSeconds + 1) <= kLongestTtlSeconds) {
      return std::nullopt;
    }
    return bad_request("The messageTtlSeconds must be in between 0 and 300.", "messageTtlSeconds");
  }

  HttpResponse send() {
    if (auto refusal = refuse_length(request_.head)) return *refusal;
    if (auto refusal = refuse_ttl()) return *refusal;
    auto message = message_of_body(request_.head, request_.body);
    if (!message.ok()) return message.error();
    Audience whom = audience();
    const bool takes_filter = route_.operation != Operation::kSendToConnection;
    auto filter = filter_of(takes_filter ? request_.query.find("filter") : nullptr, "filter");
    if (!filter.ok()) return filter.error();
    if (*filter) whom.filter = &**filter;
    const bool takes_excluded = takes_filter && route_.operation != Operation::kSendToUser;
    if (takes_excluded) whom.excluded = request_.query.all("excluded");
    Origin origin;
    if (route_.operation == Operation::kSendToGroup) origin.group = route_.group;
    Envelope envelope(std::move(message.value()), std::move(origin));
    effect_.receivers = publish(hub_, whom, envelope);
    return service_status(202);
  }

  HttpResponse close_many() {
    Audience whom = audience();
    whom.excluded = request_.query.all("excluded");
    for (Connection* connection : hub_.select(whom)) {
      close_connection(hub_, *connection, request_.query.find("reason"));
    }
    return service_status(204);
  }

  HttpResponse close_one() {
    if (Connection* connection = hub_.find(route_.connection)) {
      close_connection(hub_, *connection, request_.query.find("reason"));
    }
    return service_status(204);
  }

  HttpResponse permission() {
    const auto kind = permission_of(route_.permission);
    if (!kind) return bad_request("Invalid permission '" + route_.permission + "'.", "permission");
    const std::string* group = request_.query.find("targetname");
    if (group == nullptr || group->empty()) {
      return bad_request("The targetName is required.", "targetName");
    }
    if (!is_group_name(*group)) return bad_request(kGroupRule, "targetName");
    Connection* connection = hub_.find(route_.connection);
    if (route_.operation == Operation::kRevokePermission) {
      if (connection != nullptr && !connection->permissions.revoke(*kind, *group)) {
        return permission_conflict(route_.connection);
      }
      return service_status(204);
    }
    const bool checks = route_.operation == Operation::kCheckPermission;
    if (connection == nullptr || (checks && !connection->permissions.allows(*kind, *group))) {
      return not_existed(Severity::kInfo, Missing::kConnection, route_.connection);
    }
    if (!checks && !connection->permissions.grant(*kind, *group)) {
      return permission_conflict(route_.connection);
    }
    return service_status(200);
  }

  HttpResponse change_groups() {
    if (auto refusal = refuse_length(request_.head)) return *refusal;
    const auto type = trimmed(split(request_.head.content_type, ';').front());
    if (!equal_ignoring_case(type, "application/json")) return status_only(415);
    const auto body = nlohmann::json::parse(request_.body, nullptr, false);
    if (!body.is_object()) return bad_request("The request body is not a valid JSON.", "body");
    const auto groups = body.find("groups");
    const auto is_name = [](const nlohmann::json& item) {
      return item.is_string() && is_group_name(item.get_ref<const std::string&>());
    };
    if (groups == body.end() || !groups->is_array()) {
      return bad_request("The groups are required.", "groups");
    }
    if (!std::ranges::all_of(*groups, is_name)) return bad_request(kGroupRule, "groups");
    const auto text = body.find("filter");
    const bool has_filter = text != body.end() && !text->is_null();
    if (has_filter && !text->is_string())
      return bad_request("The filter must be a string.", "Filter");
    auto filter = filter_of(has_filter ? &text->get_ref<const std::string&>() : nullptr, "Filter");
    if (!filter.ok()) return filter.error();
    const Audience whom{.filter = *filter ? &**filter : nullptr};
    // Selected before any change: the filter sees the old groups.
    for (Connection* connection : hub_.select(whom)) {
      for (const auto& group : *groups) change_membership(*connection, group.get<std::string>());
    }
    return service_status(200);
  }

  void change_membership(Connection& connection, const std::string& group) {
    if (route_.operation == Operation::kAddConnectionsToGroups) {
      hub_.join(connection, group);
    } else {
      hub_.leave(connection, group);
    }
  }

  HttpResponse existence() const {
    if (route_.operation == Operation::kConnectionExists) {
      if (hub_.find(route_.connection) != nullptr) return service_status(200);
      return not_existed(Severity::kWarning, Missing::kConnection, route_.connection);
    }
    if (route_.operation == Operation::kUserExists) {
      if (hub_.user(route_.user) != nullptr) return service_status(200);
      return not_existed(Severity::kWarning, Missing::kUser, route_.user);
    }
    if (hub_.group(route_.group) != nullptr) return service_status(200);
    return not_existed(Severity::kWarning, Missing::kGroup, route_.group);
  }

  HttpResponse membership() {
    Audience whom = audience();
    whom.group = nullptr;  // the group is what changes, not who is concerned
    const auto members = hub_.select(whom);
    const bool adds = route_.operation == Operation::kAddUserToGroup ||
                      route_.operation == Operation::kAddConnectionToGroup;
    if (adds && members.empty()) {
      return route_.user.empty()
                 ? not_existed(Severity::kError, Missing::kConnection, route_.connection)
                 : not_existed(Severity::kWarning, Missing::kUser, route_.user);
    }
    for (Connection* connection : members) {
      if (adds) {
        hub_.join(*connection, route_.group);
      } else if (route_.group.empty()) {
        hub_.leave_all(*connection);
      } else {
        hub_.leave(*connection, route_.group);
      }
    }
    return service_status(adds ? 200 : 204);
  }

  Hub& hub_;
  const RestRequest& request_;
  const Route& route_;
  RestEffect& effect_;
};

}  // namespace

std::optional<HttpResponse> refuse_version_or_hub(const RestRequest& request) {
  const std::string* version = request.query.find("api-version");
  const bool is_known =
      version == nullptr || std::ranges::find(kVersions, *version) != kVersions.end();
  if (!is_known || request.query.count("api-version") > 1) {
    return bad_request("The HTTP resource does not support the API version.", "api-version");
  }
  if (request.route.operation == Operation::kHealth || is_hub_name(request.route.hub)) {
    return std::nullopt;
  }
  return bad_request(
      "Invalid hub name. It must begin with a letter, and have at most 128 letters, "
      "digits, or _ ` , . [ ].",
      "hub");
}

HttpResponse run_operation(Hub& hub, const RestRequest& request, RestEffect& effect) {
  return RestCall(hub, request, effect).run();
}

}  // namespace awps::emulator
