#pragma once

// Narrowing: keys that would narrow an action's receivers if the action had them, such as `userId`
// beside sendToAll. Ignored like other unknown keys, they would let the action reach more clients
// than were meant. So they are refused, unless they are `null`.
//
// Which they are: lib/PROTOCOL.md §3. Pure; any thread. The question costs two comparisons of bits.

#include <array>
#include <cstdint>
#include <string>

#include "action/action.h"
#include "action/members.h"

namespace awps {

/// Bits of the keys that are refused of one action.
struct RefusedKeys {
  uint32_t known = 0;      // of Key: other actions have them
  uint32_t narrowing = 0;  // of NarrowingKey
};

constexpr RefusedKeys refused_keys(ActionKind kind) {
  using enum ActionKind;
  constexpr auto any_of = [](auto... keys) { return (Members::bit(keys) | ...); };
  constexpr uint32_t connections = any_of(NarrowingKey::kConnectionIds);
  constexpr uint32_t users = any_of(NarrowingKey::kUserIds);
  // What every action refuses that reaches more than one connection.
  constexpr uint32_t others = any_of(
      NarrowingKey::kExcludedConnections, NarrowingKey::kExcludedUsers, NarrowingKey::kExclude,
      NarrowingKey::kExcludes, NarrowingKey::kFilters, NarrowingKey::kOdataFilter);
  constexpr uint32_t all = connections | users | others;
  switch (kind) {
    case kSendToAll:
    case kCloseAllConnections:
      return {any_of(Key::kGroup, Key::kGroups, Key::kUserId, Key::kConnectionId), all};
    case kSendToGroup:
    case kCloseGroupConnections:
      return {any_of(Key::kGroups, Key::kUserId, Key::kConnectionId), all};
    case kSendToUser:
    case kRemoveUserFromAllGroups:
      return {any_of(Key::kGroup, Key::kGroups, Key::kConnectionId, Key::kExcluded), all};
    case kAddUserToGroup:
    case kRemoveUserFromGroup:
      return {any_of(Key::kGroups, Key::kConnectionId, Key::kExcluded), all};
    case kCloseUserConnections:
      return {any_of(Key::kGroup, Key::kGroups, Key::kConnectionId), all};
    case kAddConnectionsToGroups:
    case kRemoveConnectionsFromGroups:
      return {any_of(Key::kUserId, Key::kConnectionId, Key::kExcluded), all};
    case kRemoveConnectionFromAllGroups:  // fewer groups were meant
      return {any_of(Key::kGroup, Key::kGroups), 0};
    default:  // one connection
      return {};
  }
}

inline constexpr auto kRefusedKeys = [] {
  std::array<RefusedKeys, kActionKinds> all{};
  for (size_t i = 0; i < kActionKinds; ++i) all[i] = refused_keys(static_cast<ActionKind>(i));
  return all;
}();

/// A key of a closer look stands in the action that refuses it. It may still be `null`.
inline bool may_narrow_in_vain(ActionKind kind, const Members& members) {
  const RefusedKeys& refused = kRefusedKeys[static_cast<size_t>(kind)];
  return members.has_any(refused.known) || (members.narrowing() & refused.narrowing) != 0;
}

/// What is wrong, what would have happened, and the remedy; empty: nothing is refused.
std::string problem_of_narrowing(ActionKind kind, const Members& members);

}  // namespace awps
