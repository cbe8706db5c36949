#pragma once

// Action: one thing that a producer asks of the service, valid in every field. What the codec lets
// through is not checked again by anyone downstream.
//
// An Action borrows its texts and its options. It is a value for as long as what it borrows lives:
// the decoder's document until the next line, later the Arena of its batch (`copy_into`), in tests
// a literal. This is the one place where views are members: an action costs no allocation of its
// own.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/arena.h"
#include "base/clock.h"

namespace awps {

enum class ActionKind : uint8_t {
  kSendToAll,
  kSendToGroup,
  kSendToUser,
  kSendToConnection,
  kAddUserToGroup,
  kRemoveUserFromGroup,
  kRemoveUserFromAllGroups,
  kAddConnectionToGroup,
  kRemoveConnectionFromGroup,
  kCloseAllConnections,
  kCloseClientConnection,
  kCloseGroupConnections,
  kGrantPermission,
  kRevokePermission,
  // The Functions binding does not know these.
  kCloseUserConnections,
  kRemoveConnectionFromAllGroups,
  kAddConnectionsToGroups,
  kRemoveConnectionsFromGroups,
};
inline constexpr size_t kActionKinds = 18;

/// As PROTOCOL.md spells them.
inline constexpr std::array<std::string_view, kActionKinds> kActionNames = {
    "sendToAll",
    "sendToGroup",
    "sendToUser",
    "sendToConnection",
    "addUserToGroup",
    "removeUserFromGroup",
    "removeUserFromAllGroups",
    "addConnectionToGroup",
    "removeConnectionFromGroup",
    "closeAllConnections",
    "closeClientConnection",
    "closeGroupConnections",
    "grantPermission",
    "revokePermission",
    "closeUserConnections",
    "removeConnectionFromAllGroups",
    "addConnectionsToGroups",
    "removeConnectionsFromGroups",
};

enum class DataType : uint8_t { kBinary = 0, kJson = 1, kText = 2 };
enum class Permission : uint8_t { kSendToGroup = 1, kJoinLeaveGroup = 2 };

/// What few actions carry. Absent: empty, or as said.
struct ActionOptions {
  std::string_view hub;                         // as the producer wrote it; empty: not said
  std::string_view ordering_key;                // 1–256 bytes
  std::string_view conflation_key;              // 1–256 bytes, sends only
  std::optional<std::string_view> filter;       // sends to all, groups and users; bulk changes
  std::optional<std::string_view> reason;       // closes; an empty one is sent, too
  std::optional<std::string_view> target_name;  // permissions; an empty one is sent, too
  std::span<const std::string_view> excluded;   // connection ids
  std::span<const std::string_view> groups;     // 1–1000, each once; bulk changes
  std::optional<uint16_t> message_ttl_seconds;  // 0–300, sends only
};
inline constexpr ActionOptions kNoOptions{};

/// A time to live that was over before the action was accepted: it expires, whenever that is.
inline constexpr Duration kOverBefore{1};

struct Action {
  ActionKind kind = ActionKind::kSendToAll;
  DataType data_type = DataType::kText;
  Permission permission = Permission::kSendToGroup;
  bool unordered = false;
  std::string_view member;  // the userId or the connectionId, as the kind says
  std::string_view group;
  std::string_view data;                       // the message's bytes as they go to the service
  std::string_view id;                         // JSON text as it came ("a" with quotes, or 13)
  Duration time_to_live{0};                    // 0: none
  const ActionOptions* options = &kNoOptions;  // never null

  std::span<const std::string_view> excluded() const { return options->excluded; }
};

constexpr std::string_view name_of(ActionKind kind) {
  return kActionNames[static_cast<size_t>(kind)];
}
std::string_view name_of(DataType type);
std::string_view name_of(Permission permission);
/// The JSON key of `member`: "userId", "connectionId", or "" where the kind has none.
std::string_view member_key(ActionKind kind);

constexpr bool is_send(ActionKind kind) {
  return kind <= ActionKind::kSendToConnection;
}
constexpr bool has_group(ActionKind kind) {
  using enum ActionKind;
  return kind == kSendToGroup || kind == kAddUserToGroup || kind == kRemoveUserFromGroup ||
         kind == kAddConnectionToGroup || kind == kRemoveConnectionFromGroup ||
         kind == kCloseGroupConnections;
}
constexpr bool addresses_user(ActionKind kind) {
  using enum ActionKind;
  return kind == kSendToUser || kind == kAddUserToGroup || kind == kRemoveUserFromGroup ||
         kind == kRemoveUserFromAllGroups || kind == kCloseUserConnections;
}
constexpr bool addresses_connection(ActionKind kind) {
  using enum ActionKind;
  return kind == kSendToConnection || kind == kAddConnectionToGroup ||
         kind == kRemoveConnectionFromGroup || kind == kRemoveConnectionFromAllGroups ||
         kind == kCloseClientConnection || kind == kGrantPermission || kind == kRevokePermission;
}
constexpr bool addresses_member(ActionKind kind) {
  return addresses_user(kind) || addresses_connection(kind);
}
/// Ends connections.
constexpr bool is_close(ActionKind kind) {
  using enum ActionKind;
  return kind == kCloseAllConnections || kind == kCloseClientConnection ||
         kind == kCloseGroupConnections || kind == kCloseUserConnections;
}
/// Takes a user or a connection out of groups that it does not name.
constexpr bool leaves_all_groups(ActionKind kind) {
  using enum ActionKind;
  return kind == kRemoveUserFromAllGroups || kind == kRemoveConnectionFromAllGroups;
}
/// Changes the memberships of whom its filter selects, in all of its groups.
constexpr bool is_bulk_change(ActionKind kind) {
  using enum ActionKind;
  return kind == kAddConnectionsToGroups || kind == kRemoveConnectionsFromGroups;
}
constexpr bool may_be_unordered(ActionKind kind) {
  return is_send(kind) || leaves_all_groups(kind);
}
constexpr bool takes_excluded(ActionKind kind) {
  using enum ActionKind;
  return kind == kSendToAll || kind == kSendToGroup ||
         (is_close(kind) && kind != kCloseClientConnection);
}
constexpr bool takes_filter(ActionKind kind) {
  using enum ActionKind;
  return kind == kSendToAll || kind == kSendToGroup || kind == kSendToUser || is_bulk_change(kind);
}
/// Everything but a send may be carried out twice with the same effect as once.
constexpr bool is_idempotent(ActionKind kind) {
  return !is_send(kind);
}

/// Equal in everything that a producer can say (texts compared, not addresses).
bool same_action(const Action& a, const Action& b);

/// A copy whose texts and options live in `arena`.
Action copy_into(const Action& action, Arena& arena);
const ActionOptions* copy_into(const ActionOptions& options, Arena& arena);

/// Bytes that a budget charges for it: its texts plus a fixed part, which is about what a waiting
/// action takes besides (its place in a batch, its entry, its lanes): about 165 bytes resident
/// where many wait for one target, 300 where each has its own.
inline constexpr size_t kFixedCharge = 240;
inline constexpr size_t kLanesCharge = 160;  // of a change of membership, which has three lanes
/// The part of it that its options are.
size_t charge_of(const ActionOptions& options);
inline size_t charge_of(const Action& action) {
  const bool has_many_lanes = has_group(action.kind) && addresses_member(action.kind);
  return kFixedCharge + (has_many_lanes ? kLanesCharge : 0) + action.member.size() +
         action.group.size() + action.data.size() + action.id.size() +
         (action.options == &kNoOptions ? 0 : charge_of(*action.options));
}

}  // namespace awps
