#include "tests/simulation/oracle.h"

#include <algorithm>

namespace awps {

namespace {

using enum ActionKind;

bool is_user_change(const Action& a) {
  return a.kind == kAddUserToGroup || a.kind == kRemoveUserFromGroup;
}
bool is_connection_change(const Action& a) {
  return a.kind == kAddConnectionToGroup || a.kind == kRemoveConnectionFromGroup;
}
bool is_group_message_or_close(const Action& a) {
  return a.kind == kSendToGroup || a.kind == kCloseGroupConnections;
}
bool is_permission(const Action& a) {
  return a.kind == kGrantPermission || a.kind == kRevokePermission;
}
bool reads_groups(const Action& a) {
  if (!is_send(a.kind) || a.unordered || !a.options->filter) return false;
  std::string filter(*a.options->filter);
  std::transform(filter.begin(), filter.end(), filter.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return filter.find("groups") != std::string::npos;
}
bool is_ordered_logout(const Action& a) {
  return a.kind == kRemoveUserFromAllGroups && !a.unordered;
}
bool is_membership_change(const Action& a) {
  return is_user_change(a) || is_connection_change(a) || a.kind == kCloseGroupConnections;
}
bool is_group_action(const Action& a) {
  if (a.kind == kSendToGroup) return !a.unordered;
  return is_membership_change(a) || is_ordered_logout(a) || reads_groups(a);
}

bool same_group_excludes(const Action& a, const Action& b) {
  if (a.group != b.group) return false;
  const bool a_whole = is_group_message_or_close(a);
  const bool b_whole = is_group_message_or_close(b);
  const bool a_change = is_user_change(a) || is_connection_change(a);
  const bool b_change = is_user_change(b) || is_connection_change(b);
  if (a_whole && b_whole) return true;
  if ((a_whole && b_change) || (a_change && b_whole)) return true;
  if (!a_change || !b_change) return false;
  if (is_user_change(a) != is_user_change(b)) return true;
  return a.member == b.member;
}

bool same_target_excludes(const Action& a, const Action& b) {
  if (is_send(a.kind) && a.unordered) return false;
  if (is_send(b.kind) && b.unordered) return false;
  if (a.kind == kSendToAll && b.kind == kSendToAll) return true;
  if (has_group(a.kind) && has_group(b.kind) && same_group_excludes(a, b)) return true;
  if (a.member.empty() || a.member != b.member) return false;
  if (a.kind == kSendToUser && b.kind == kSendToUser) return true;
  if (a.kind == kSendToConnection && b.kind == kSendToConnection) return true;
  const auto in_connection = [](const Action& x) { return addresses_connection(x.kind); };
  if (a.kind == kCloseClientConnection && in_connection(b)) return true;
  if (b.kind == kCloseClientConnection && in_connection(a)) return true;
  const auto in_memberships = [](const Action& x) {
    return is_user_change(x) || x.kind == kRemoveUserFromAllGroups;
  };
  if (a.kind == kRemoveUserFromAllGroups && in_memberships(b)) return true;
  if (b.kind == kRemoveUserFromAllGroups && in_memberships(a)) return true;
  return is_permission(a) && is_permission(b) && a.permission == b.permission &&
         a.options->target_name.value_or("") == b.options->target_name.value_or("");
}

bool asked_for(const OrderedAction& a, const OrderedAction& b) {
  const std::string_view key = a.action->options->ordering_key;
  if (!key.empty() && key == b.action->options->ordering_key) return true;
  return a.ordered_batch != 0 && a.producer == b.producer && a.ordered_batch == b.ordered_batch;
}

bool logout_barrier(const Action& a, const Action& b) {
  return (is_ordered_logout(a) && is_group_action(b)) ||
         (is_ordered_logout(b) && is_group_action(a));
}

bool other_barrier(const Action& a, const Action& b) {
  if (a.kind == kCloseAllConnections || b.kind == kCloseAllConnections) return true;
  return (reads_groups(a) && is_membership_change(b)) ||
         (reads_groups(b) && is_membership_change(a));
}

}  // namespace

bool must_wait(const OrderedAction& later, const OrderedAction& earlier, Ordering ordering) {
  if (ordering == Ordering::kStrict) return true;
  if (asked_for(later, earlier)) return true;
  if (ordering == Ordering::kNone) return false;
  if (same_target_excludes(*later.action, *earlier.action)) return true;
  return later.producer == earlier.producer && (logout_barrier(*later.action, *earlier.action) ||
                                                other_barrier(*later.action, *earlier.action));
}

bool waits_only_as_logout_barrier(const OrderedAction& later, const OrderedAction& earlier) {
  return is_ordered_logout(*later.action) && !asked_for(later, earlier) &&
         !same_target_excludes(*later.action, *earlier.action) &&
         !other_barrier(*later.action, *earlier.action);
}

}  // namespace awps
