#include "coalesce/supersede.h"

#include "base/hash.h"
#include "coalesce/target.h"

namespace awps {

namespace {

using enum ActionKind;

// Kinds that set the same state have one number.
enum class StateKind : uint64_t {
  kNone = 0,
  kUserInGroup = 0x5701,
  kConnectionInGroup,
  kPermission,
  kUserInNoGroup,
  kConnectionInNoGroup,
  kClosed,
};

StateKind state_of(ActionKind kind) {
  switch (kind) {
    case kAddUserToGroup:
    case kRemoveUserFromGroup:
      return StateKind::kUserInGroup;
    case kAddConnectionToGroup:
    case kRemoveConnectionFromGroup:
      return StateKind::kConnectionInGroup;
    case kGrantPermission:
    case kRevokePermission:
      return StateKind::kPermission;
    case kRemoveUserFromAllGroups:
      return StateKind::kUserInNoGroup;
    case kRemoveConnectionFromAllGroups:
      return StateKind::kConnectionInNoGroup;
    case kCloseAllConnections:
    case kCloseClientConnection:
    case kCloseGroupConnections:
    case kCloseUserConnections:
      return StateKind::kClosed;
    case kSendToAll:
    case kSendToGroup:
    case kSendToUser:
    case kSendToConnection:
    case kAddConnectionsToGroups:  // one that comes later may select others
    case kRemoveConnectionsFromGroups:
      break;
  }
  return StateKind::kNone;
}

}  // namespace

uint64_t supersede_key(const Action& action) {
  const StateKind state = state_of(action.kind);
  if (state == StateKind::kNone) return 0;
  uint64_t hash = hash_of(action.member, static_cast<uint64_t>(state));
  hash = hash_of(action.group, hash);
  if (state == StateKind::kPermission) {
    hash = hash_of(action.options->target_name.value_or(""), hash);
    hash += static_cast<uint64_t>(action.permission);
  }
  if (state == StateKind::kClosed) hash += static_cast<uint64_t>(action.kind);
  return hash == 0 ? 1 : hash;
}

bool supersedes(const Action& later, const Action& earlier) {
  const StateKind state = state_of(later.kind);
  if (state == StateKind::kNone || state != state_of(earlier.kind)) return false;
  if (later.member != earlier.member || later.group != earlier.group) return false;
  switch (state) {
    case StateKind::kPermission:
      return later.permission == earlier.permission &&
             later.options->target_name == earlier.options->target_name;
    case StateKind::kClosed:
      return later.kind == earlier.kind && later.options->reason == earlier.options->reason &&
             same_excluded(later, earlier);
    case StateKind::kUserInNoGroup:
    case StateKind::kConnectionInNoGroup:
      return later.unordered == earlier.unordered;
    case StateKind::kUserInGroup:
    case StateKind::kConnectionInGroup:
      return true;
    case StateKind::kNone:
      break;
  }
  return false;
}

bool sweeps(const Action& later, const Action& earlier) {
  // An unordered one is no barrier: what its producer accepts next would not wait for it, as it
  // would have waited for the change that left.
  return later.kind == kRemoveUserFromAllGroups && !later.unordered &&
         state_of(earlier.kind) == StateKind::kUserInGroup && later.member == earlier.member;
}

}  // namespace awps
