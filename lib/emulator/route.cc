#include "emulator/route.h"

#include <algorithm>

#include "emulator/text.h"

namespace awps::emulator {

namespace {

/// One piece of a pattern: a literal, or a capture into that member.
struct Piece {
  std::string_view literal;
  std::string Route::*capture = nullptr;
};

constexpr Piece kGroup{"", &Route::group};
constexpr Piece kUser{"", &Route::user};
constexpr Piece kConnection{"", &Route::connection};
constexpr Piece kPermission{"", &Route::permission};
constexpr Piece lit(std::string_view text) {
  return {text, nullptr};
}

struct Pattern {
  Operation operation;
  std::string_view name;
  std::string_view method;
  size_t size;                  // pieces in use
  std::array<Piece, 4> pieces;  // what follows /api/hubs/{hub}
};

using enum Operation;

constexpr std::array kPatterns = {
    Pattern{kSendToAll, "sendToAll", "POST", 1, {lit(":send")}},
    Pattern{kSendToGroup, "sendToGroup", "POST", 3, {lit("groups"), kGroup, lit(":send")}},
    Pattern{kSendToUser, "sendToUser", "POST", 3, {lit("users"), kUser, lit(":send")}},
    Pattern{kSendToConnection,
            "sendToConnection",
            "POST",
            3,
            {lit("connections"), kConnection, lit(":send")}},
    Pattern{
        kAddUserToGroup, "addUserToGroup", "PUT", 4, {lit("users"), kUser, lit("groups"), kGroup}},
    Pattern{kRemoveUserFromGroup,
            "removeUserFromGroup",
            "DELETE",
            4,
            {lit("users"), kUser, lit("groups"), kGroup}},
    Pattern{kRemoveUserFromAllGroups,
            "removeUserFromAllGroups",
            "DELETE",
            3,
            {lit("users"), kUser, lit("groups")}},
    Pattern{kAddConnectionToGroup,
            "addConnectionToGroup",
            "PUT",
            4,
            {lit("groups"), kGroup, lit("connections"), kConnection}},
    Pattern{kRemoveConnectionFromGroup,
            "removeConnectionFromGroup",
            "DELETE",
            4,
            {lit("groups"), kGroup, lit("connections"), kConnection}},
    Pattern{kRemoveConnectionFromAllGroups,
            "removeConnectionFromAllGroups",
            "DELETE",
            3,
            {lit("connections"), kConnection, lit("groups")}},
    Pattern{kCloseAllConnections, "closeAllConnections", "POST", 1, {lit(":closeConnections")}},
    Pattern{kCloseConnection, "closeConnection", "DELETE", 2, {lit("connections"), kConnection}},
    Pattern{kCloseGroupConnections,
            "closeGroupConnections",
            "POST",
            3,
            {lit("groups"), kGroup, lit(":closeConnections")}},
    Pattern{kCloseUserConnections,
            "closeUserConnections",
            "POST",
            3,
            {lit("users"), kUser, lit(":closeConnections")}},
    Pattern{kGrantPermission,
            "grantPermission",
            "PUT",
            4,
            {lit("permissions"), kPermission, lit("connections"), kConnection}},
    Pattern{kRevokePermission,
            "revokePermission",
            "DELETE",
            4,
            {lit("permissions"), kPermission, lit("connections"), kConnection}},
    Pattern{kCheckPermission,
            "checkPermission",
            "HEAD",
            4,
            {lit("permissions"), kPermission, lit("connections"), kConnection}},
    Pattern{kAddConnectionsToGroups, "addConnectionsToGroups", "POST", 1, {lit(":addToGroups")}},
    Pattern{kRemoveConnectionsFromGroups,
            "removeConnectionsFromGroups",
            "POST",
            1,
            {lit(":removeFromGroups")}},
    Pattern{kConnectionExists, "connectionExists", "HEAD", 2, {lit("connections"), kConnection}},
    Pattern{kUserExists, "userExists", "HEAD", 2, {lit("users"), kUser}},
    Pattern{kGroupExists, "groupExists", "HEAD", 2, {lit("groups"), kGroup}},
    Pattern{kGenerateClientToken, "generateClientToken", "POST", 1, {lit(":generateToken")}},
    Pattern{kListConnectionsInGroup,
            "listConnectionsInGroup",
            "GET",
            3,
            {lit("groups"), kGroup, lit("connections")}},
};

constexpr size_t kPrefix = 3;  // api, hubs, {hub}
constexpr size_t kMaxHubBytes = 128;

bool pieces_match(const Pattern& pattern, const std::vector<std::string>& segments) {
  if (segments.size() != kPrefix + pattern.size) return false;
  for (size_t i = 0; i < pattern.size; ++i) {
    const Piece& piece = pattern.pieces[i];
    if (piece.capture == nullptr && !equal_ignoring_case(piece.literal, segments[kPrefix + i])) {
      return false;
    }
  }
  return true;
}

Route health_route(std::string_view method) {
  Route route;
  if (method == "HEAD") route.operation = Operation::kHealth;
  return route;
}

bool is_hub_char(char c) {
  return is_letter(c) || is_digit(c) ||
         std::string_view("_`,.[]").find(c) != std::string_view::npos;
}

}  // namespace

std::string_view operation_name(Operation operation) {
  if (operation == Operation::kHealth) return "health";
  const auto* found = std::ranges::find(kPatterns, operation, &Pattern::operation);
  return found == kPatterns.end() ? std::string_view("unknown") : found->name;
}

const std::string& Route::target() const {
  if (!connection.empty()) return connection;
  return user.empty() ? group : user;
}

Route find_route(std::string_view method, const std::vector<std::string>& segments) {
  Route route;
  if (segments.size() < 2 || !equal_ignoring_case(segments[0], "api")) return route;
  if (segments.size() == 2 && equal_ignoring_case(segments[1], "health"))
    return health_route(method);
  if (!equal_ignoring_case(segments[1], "hubs")) return route;
  for (const Pattern& pattern : kPatterns) {
    if (pattern.method != method || !pieces_match(pattern, segments)) continue;
    route.operation = pattern.operation;
    route.hub = to_lower(segments[2]);
    for (size_t i = 0; i < pattern.size; ++i) {
      const auto capture = pattern.pieces[i].capture;
      if (capture != nullptr) route.*capture = segments[kPrefix + i];
    }
    return route;
  }
  return route;
}

bool is_hub_name(std::string_view name) {
  return !name.empty() && name.size() <= kMaxHubBytes && is_letter(name.front()) &&
         std::ranges::all_of(name, is_hub_char);
}

}  // namespace awps::emulator
