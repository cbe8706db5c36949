#pragma once

// Which operation of the REST data plane a method and a path name. Literals ignore case as
// ASP.NET's routes do; names do not, but a hub's, which is lower-cased at the door. Pure.

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace awps::emulator {

enum class Operation {
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
  kCloseAllConnections,
  kCloseConnection,
  kCloseGroupConnections,
  kCloseUserConnections,
  kGrantPermission,
  kRevokePermission,
  kCheckPermission,
  kAddConnectionsToGroups,
  kRemoveConnectionsFromGroups,
  kConnectionExists,
  kUserExists,
  kGroupExists,
  kGenerateClientToken,
  kListConnectionsInGroup,
  kHealth,
  kUnknown,  // no such route
};
inline constexpr size_t kOperationCount = static_cast<size_t>(Operation::kUnknown) + 1;

/// As the table of the service's operations calls it: "sendToAll".
std::string_view operation_name(Operation operation);

struct Route {
  Operation operation = Operation::kUnknown;
  std::string hub;  // lower-case
  std::string group;
  std::string user;
  std::string connection;
  std::string permission;

  /// The group, user or connection that the operation is about; empty for the hub as a whole.
  const std::string& target() const;
};

/// `segments` are decoded (url.h). A known path with another method is no route either: 404, as for
/// what the SDKs make of names like "..".
Route find_route(std::string_view method, const std::vector<std::string>& segments);

/// `` ^[A-Za-z][A-Za-z0-9_`,.[\]]{0,127}$ ``
bool is_hub_name(std::string_view name);

}  // namespace awps::emulator
