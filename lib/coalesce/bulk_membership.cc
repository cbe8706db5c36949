#include "coalesce/bulk_membership.h"

#include "base/hash.h"

namespace awps {

bool may_be_bulk(const Action& action, const CoalesceOptions& options) {
  using enum ActionKind;
  if (!options.bulk_membership) return false;
  const bool is_change = action.kind == kAddUserToGroup || action.kind == kRemoveUserFromGroup ||
                         action.kind == kAddConnectionToGroup ||
                         action.kind == kRemoveConnectionFromGroup;
  return is_change && may_be_named(action.member) && may_be_named(action.group);
}

uint64_t change_hash(const Action& action) {
  const uint64_t hash = hash_of(action.group, 0xb0 + static_cast<uint64_t>(action.kind));
  return hash == 0 ? 1 : hash;
}

bool same_change(const Action& a, const Action& b) {
  return a.kind == b.kind && a.group == b.group;
}

}  // namespace awps
