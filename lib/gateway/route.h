#pragma once

// route_request(): which operation of the service's REST data plane a request line names, and its
// names and parameters, decoded.
//
// 1. A path is split at '/' before anything is decoded, and each segment is decoded once. So "%2F"
//    in a name is a '/' of that name, and RequestBuilder sends it on as it came.
// 2. An empty segment, "." and ".." (also as "%2E"), and every unknown shape are 404. A path that
//    lost a name never becomes a broadcast.
// 3. Every decoded text is UTF-8. Names are not judged further here; see action_maker.h.
// 4. Literals and names of parameters ignore letter case, as ASP.NET does. The hub is canonical.
//
// Pure, any thread. Linear in the target.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace awps {

/// The operations of the OpenAPI file, those that become actions first.
enum class Route : uint8_t {
  kSendToAll,
  kSendToGroup,
  kSendToUser,
  kSendToConnection,
  kAddUserToGroup,
  kRemoveUserFromGroup,
  kRemoveUserFromAllGroups,
  kAddConnectionToGroup,
  kRemoveConnectionFromGroup,
  kRemoveConnectionFromAllGroups,
  kAddConnectionsToGroups,
  kRemoveConnectionsFromGroups,
  kCloseAllConnections,
  kCloseConnection,
  kCloseGroupConnections,
  kCloseUserConnections,
  kGrantPermission,
  kRevokePermission,
  kCheckPermission,
  kConnectionExists,
  kUserExists,
  kGroupExists,
  kListConnectionsInGroup,
  kGenerateClientToken,
  kGetServiceStatus,
  kUnknown,
};
inline constexpr size_t kRoutes = static_cast<size_t>(Route::kUnknown) + 1;

/// The operation's name in the OpenAPI file, in camelCase; "unknown". A metric's label.
std::string_view name_of(Route route);

constexpr bool is_write(Route route) {
  return route <= Route::kRevokePermission;
}
constexpr bool is_read(Route route) {
  return route > Route::kRevokePermission && route < Route::kUnknown;
}
constexpr bool is_send(Route route) {
  return route <= Route::kSendToConnection;
}
constexpr bool is_bulk(Route route) {
  return route == Route::kAddConnectionsToGroups || route == Route::kRemoveConnectionsFromGroups;
}
/// Its body means something; the body of any other operation is ignored, as at the service.
constexpr bool has_body(Route route) {
  return is_send(route) || is_bulk(route);
}
/// What an access key may not do at the service (`:generateToken` takes Entra's tokens alone), or
/// what names no hub.
constexpr bool names_hub(Route route) {
  return route < Route::kGetServiceStatus;
}

/// Why a request is not served. `message` is for people, `code` for the service's error body.
struct HttpRefusal {
  int status = 400;
  std::string code;
  std::string message;
  std::string allow;  // the verbs of a 405: "HEAD, POST"

  friend bool operator==(const HttpRefusal&, const HttpRefusal&) = default;
};

inline constexpr std::string_view kBadRequestCode = "Error.BadRequest";
/// A refusal with status 400, in the service's words for a bad request.
HttpRefusal bad_request(std::string message);

/// The parameters that the gateway reads. Those of reads go to the service as they came.
struct RequestQuery {
  std::string api_version;  // one of those known; missing: the latest
  std::vector<std::string> excluded;
  std::optional<std::string> filter;
  std::optional<std::string> reason;
  std::optional<std::string> target_name;
  std::optional<std::string> message_ttl_seconds;  // text, not judged yet

  friend bool operator==(const RequestQuery&, const RequestQuery&) = default;
};

struct RoutedRequest {
  Route route = Route::kUnknown;
  std::string hub;         // canonical; empty: getServiceStatus
  std::string user;        // whose the path is
  std::string connection;  // likewise
  std::string group;
  std::string permission;          // as it came
  RequestQuery query;              // of a read: the api-version alone
  bool had_encoded_slash = false;  // "%2F" stands in a name: the service reaches nobody by it

  /// The user or the connection of the path; empty: it has none.
  std::string_view member() const { return user.empty() ? connection : user; }
};

/// The api-versions that are taken, oldest first.
inline constexpr std::array<std::string_view, 5> kApiVersions = {
    "2021-10-01", "2022-11-01", "2023-07-01", "2024-01-01", "2024-12-01"};

/// `target` is the request line's, in origin form. Refused: 400, 404, 405, and 421 for
/// `/client/…`, where the SDK's reverse-proxy option is named.
Result<RoutedRequest, HttpRefusal> route_request(std::string_view method, std::string_view target);

/// The operation alone, for a metric's label; kUnknown where route_request() would refuse the
/// shape of the path or the verb.
Route route_of(std::string_view method, std::string_view target);

}  // namespace awps
