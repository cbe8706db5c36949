#include "gateway/route.h"

#include <algorithm>
#include <utility>

#include "action/refusal.h"
#include "base/ascii.h"
#include "base/hub_name.h"
#include "gateway/percent_decoding.h"
#include "gateway/request_query.h"

namespace awps {

namespace {

/// An operation of the service. A segment of the path in braces is a name.
struct RouteRow {
  Route route;
  std::string_view name;
  std::string_view method;
  std::string_view path;
};

using enum Route;

constexpr std::array<RouteRow, kRoutes - 1> kRouteRows = {{
    {kSendToAll, "sendToAll", "POST", "/api/hubs/{hub}/:send"},
    {kSendToGroup, "sendToGroup", "POST", "/api/hubs/{hub}/groups/{group}/:send"},
    {kSendToUser, "sendToUser", "POST", "/api/hubs/{hub}/users/{user}/:send"},
    {kSendToConnection, "sendToConnection", "POST",
     "/api/hubs/{hub}/connections/{connection}/:send"},
    {kAddUserToGroup, "addUserToGroup", "PUT", "/api/hubs/{hub}/users/{user}/groups/{group}"},
    {kRemoveUserFromGroup, "removeUserFromGroup", "DELETE",
     "/api/hubs/{hub}/users/{user}/groups/{group}"},
    {kRemoveUserFromAllGroups, "removeUserFromAllGroups", "DELETE",
     "/api/hubs/{hub}/users/{user}/groups"},
    {kAddConnectionToGroup, "addConnectionToGroup", "PUT",
     "/api/hubs/{hub}/groups/{group}/connections/{connection}"},
    {kRemoveConnectionFromGroup, "removeConnectionFromGroup", "DELETE",
     "/api/hubs/{hub}/groups/{group}/connections/{connection}"},
    {kRemoveConnectionFromAllGroups, "removeConnectionFromAllGroups", "DELETE",
     "/api/hubs/{hub}/connections/{connection}/groups"},
    {kAddConnectionsToGroups, "addConnectionsToGroups", "POST", "/api/hubs/{hub}/:addToGroups"},
    {kRemoveConnectionsFromGroups, "removeConnectionsFromGroups", "POST",
     "/api/hubs/{hub}/:removeFromGroups"},
    {kCloseAllConnections, "closeAllConnections", "POST", "/api/hubs/{hub}/:closeConnections"},
    {kCloseConnection, "closeConnection", "DELETE", "/api/hubs/{hub}/connections/{connection}"},
    {kCloseGroupConnections, "closeGroupConnections", "POST",
     "/api/hubs/{hub}/groups/{group}/:closeConnections"},
    {kCloseUserConnections, "closeUserConnections", "POST",
     "/api/hubs/{hub}/users/{user}/:closeConnections"},
    {kGrantPermission, "grantPermission", "PUT",
     "/api/hubs/{hub}/permissions/{permission}/connections/{connection}"},
    {kRevokePermission, "revokePermission", "DELETE",
     "/api/hubs/{hub}/permissions/{permission}/connections/{connection}"},
    {kCheckPermission, "checkPermission", "HEAD",
     "/api/hubs/{hub}/permissions/{permission}/connections/{connection}"},
    {kConnectionExists, "connectionExists", "HEAD", "/api/hubs/{hub}/connections/{connection}"},
    {kUserExists, "userExists", "HEAD", "/api/hubs/{hub}/users/{user}"},
    {kGroupExists, "groupExists", "HEAD", "/api/hubs/{hub}/groups/{group}"},
    {kListConnectionsInGroup, "listConnectionsInGroup", "GET",
     "/api/hubs/{hub}/groups/{group}/connections"},
    {kGenerateClientToken, "generateClientToken", "POST", "/api/hubs/{hub}/:generateToken"},
    {kGetServiceStatus, "getServiceStatus", "HEAD", "/api/health"},
}};

/// A path's segments, one after the other.
class Segments {
 public:
  explicit Segments(std::string_view path) : left_(path) {}
  /// What stands between the next '/' and the one after it; nullopt: nothing is left.
  std::optional<std::string_view> next() {
    if (left_.empty()) return std::nullopt;
    left_.remove_prefix(1);  // the '/'
    const std::string_view segment = left_.substr(0, left_.find('/'));
    left_.remove_prefix(segment.size());
    return segment;
  }

 private:
  std::string_view left_;
};

constexpr bool is_name(std::string_view pattern) {
  return pattern.starts_with('{');
}

bool has_shape(std::string_view path, std::string_view pattern) {
  Segments segments(path);
  Segments wanted(pattern);
  for (;;) {
    const auto segment = segments.next();
    const auto piece = wanted.next();
    if (!segment || !piece) return !segment && !piece;
    if (!is_name(*piece) && !equal_ignoring_case(*segment, *piece)) return false;
  }
}

std::string_view path_of(std::string_view target) {
  return target.substr(0, target.find('?'));
}

const RouteRow* find_row(std::string_view method, std::string_view path) {
  const auto* const found = std::ranges::find_if(kRouteRows, [&](const RouteRow& row) {
    return row.method == method && has_shape(path, row.path);
  });
  return found == kRouteRows.end() ? nullptr : found;
}

/// "HEAD, PUT": the verbs that the path has; empty: it is no path of the service.
std::string verbs_of(std::string_view path) {
  std::string verbs;
  for (const RouteRow& row : kRouteRows) {
    if (!has_shape(path, row.path)) continue;
    if (!verbs.empty()) verbs += ", ";
    verbs += row.method;
  }
  return verbs;
}

bool ends_in_literal(std::string_view path) {
  return path.substr(path.rfind('/') + 1).starts_with(':');
}

/// What an SDK makes of an empty name or "..": "/users/:send", where ":send" stands in the place of
/// a name. Its verb is not what is wrong.
bool has_lost_a_name(std::string_view path) {
  return ends_in_literal(path) && std::ranges::none_of(kRouteRows, [&](const RouteRow& row) {
           return ends_in_literal(row.path) && has_shape(path, row.path);
         });
}

HttpRefusal unknown_path() {
  return {.status = 404,
          .code = "Error.awpsd.UnknownPath",
          .message =
              "this is no path of the service's REST data plane: names must not be empty, "
              "'.' or '..'",
          .allow = {}};
}

HttpRefusal client_path() {
  return {.status = 421,
          .code = "Error.awpsd.NoClients",
          .message =
              "clients connect to the service itself, not to awpsd: make client URLs for the "
              "service's own endpoint, and point the SDK at awpsd by its reverse-proxy "
              "option (reverseProxyEndpoint) instead of its endpoint",
          .allow = {}};
}

// Why no operation was found.
HttpRefusal refuse_path(std::string_view method, std::string_view path) {
  Segments segments(path);
  if (equal_ignoring_case(segments.next().value_or(""), "client")) return client_path();
  std::string verbs = verbs_of(path);
  if (verbs.empty() || has_lost_a_name(path)) return unknown_path();
  return {.status = 405,
          .code = "Error.awpsd.WrongMethod",
          .message = concatenate({quoted(method), " is no method of this path: use ", verbs}),
          .allow = std::move(verbs)};
}

std::string* name_in(RoutedRequest& request, std::string_view piece) {
  if (piece == "{hub}") return &request.hub;
  if (piece == "{group}") return &request.group;
  if (piece == "{user}") return &request.user;
  return piece == "{connection}" ? &request.connection : &request.permission;
}

// The refusal of a name; nullopt: all are read.
std::optional<HttpRefusal> read_names(std::string_view path, const RouteRow& row,
                                      RoutedRequest& request) {
  Segments segments(path);
  Segments pattern(row.path);
  while (const auto piece = pattern.next()) {
    const std::string_view segment = segments.next().value_or("");
    if (!is_name(*piece)) continue;
    std::optional<std::string> name = decode_segment(segment);
    if (!name) {
      return bad_request(concatenate({"the path's ", quoted(segment),
                                      " cannot be decoded: percent-encode names as UTF-8, each "
                                      "'%' as %25"}));
    }
    if (name->empty() || *name == "." || *name == "..") return unknown_path();
    request.had_encoded_slash |= name->find('/') != std::string::npos;
    *name_in(request, *piece) = std::move(*name);
  }
  return std::nullopt;
}

}  // namespace

std::string_view name_of(Route route) {
  return route == kUnknown ? "unknown" : kRouteRows[static_cast<size_t>(route)].name;
}

HttpRefusal bad_request(std::string message) {
  return {.status = 400,
          .code = std::string(kBadRequestCode),
          .message = std::move(message),
          .allow = {}};
}

Route route_of(std::string_view method, std::string_view target) {
  const RouteRow* row = target.starts_with('/') ? find_row(method, path_of(target)) : nullptr;
  return row == nullptr ? kUnknown : row->route;
}

Result<RoutedRequest, HttpRefusal> route_request(std::string_view method, std::string_view target) {
  if (!target.starts_with('/') || target.find('#') != std::string_view::npos) {
    return bad_request("the request's target is no path: give one that begins with '/'");
  }
  const std::string_view path = path_of(target);
  const RouteRow* row = find_row(method, path);
  if (row == nullptr) return refuse_path(method, path);
  RoutedRequest request{.route = row->route};
  if (auto refusal = read_names(path, *row, request)) return std::move(*refusal);
  if (names_hub(row->route)) {
    Result<std::string> hub = canonical_hub_name(request.hub);
    if (!hub) {
      return bad_request(
          concatenate({quoted(std::string_view(request.hub)), " is no hub name: ", kHubNameRule}));
    }
    request.hub = std::move(*hub);
  }
  Result<RequestQuery, HttpRefusal> query =
      read_query(target.substr(std::min(path.size() + 1, target.size())));
  if (!query) return std::move(query).error();
  request.query = std::move(*query);
  return request;
}

}  // namespace awps
