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
// Changes memberships in groups that it does not name one by one.
bool is_group_barrier(const Action& a) {
  if (a.kind == kRemoveUserFromAllGroups || a.kind == kRemoveConnectionFromAllGroups) {
    return !a.unordered;
  }
  return a.kind == kAddConnectionsToGroups || a.kind == kRemoveConnectionsFromGroups;
}
bool is_membership_change(const Action& a) {
  return is_user_change(a) || is_connection_change(a) || a.kind == kCloseGroupConnections;
}
bool is_group_action(const Action& a) {
  if (a.kind == kSendToGroup) return !a.unordered;
  return is_membership_change(a) || is_group_barrier(a) || reads_groups(a);
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

// Of one connection. Either order of its close and its removal from all groups leaves it in none.
bool excludes_of_connection(const Action& a, const Action& b) {
  const auto is_removal = [](const Action& x) { return x.kind == kRemoveConnectionFromAllGroups; };
  if (is_removal(a)) return is_connection_change(b);
  if (is_removal(b)) return is_connection_change(a);
  return a.kind == kCloseClientConnection || b.kind == kCloseClientConnection;
}

bool same_target_excludes(const Action& a, const Action& b) {
  if (is_send(a.kind) && a.unordered) return false;
  if (is_send(b.kind) && b.unordered) return false;
  if (a.kind == kSendToAll && b.kind == kSendToAll) return true;
  if (has_group(a.kind) && has_group(b.kind) && same_group_excludes(a, b)) return true;
  if (a.member.empty() || a.member != b.member) return false;
  if (a.kind == kSendToUser && b.kind == kSendToUser) return true;
  if (a.kind == kSendToConnection && b.kind == kSendToConnection) return true;
  const bool of_connection = addresses_connection(a.kind) && addresses_connection(b.kind);
  if (of_connection && excludes_of_connection(a, b)) return true;
  const auto all_memberships = [](const Action& x) {
    return x.kind == kRemoveUserFromAllGroups || x.kind == kCloseUserConnections;
  };
  if (all_memberships(a) && is_user_change(b)) return true;
  if (all_memberships(b) && is_user_change(a)) return true;
  if (a.kind == kCloseUserConnections && b.kind == kCloseUserConnections) return true;
  if (a.kind == kCloseUserConnections && b.kind == kSendToUser) return true;
  if (b.kind == kCloseUserConnections && a.kind == kSendToUser) return true;
  return is_permission(a) && is_permission(b) && a.permission == b.permission &&
         a.options->target_name.value_or("") == b.options->target_name.value_or("");
}

bool asked_for(const OrderedAction& a, const OrderedAction& b) {
  const std::string_view key = a.action->options->ordering_key;
  if (!key.empty() && key == b.action->options->ordering_key) return true;
  return a.ordered_batch != 0 && a.producer == b.producer && a.ordered_batch == b.ordered_batch;
}

bool logout_barrier(const Action& a, const Action& b) {
  return (is_group_barrier(a) && is_group_action(b)) || (is_group_barrier(b) && is_group_action(a));
}

bool other_barrier(const Action& a, const Action& b) {
  if (a.kind == kCloseAllConnections || b.kind == kCloseAllConnections) return true;
  const auto changes_what_filters_read = [](const Action& x) {
    return is_membership_change(x) || x.kind == kCloseUserConnections;
  };
  return (reads_groups(a) && changes_what_filters_read(b)) ||
         (reads_groups(b) && changes_what_filters_read(a));
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
  return is_group_barrier(*later.action) && !asked_for(later, earlier) &&
         !same_target_excludes(*later.action, *earlier.action) &&
         !other_barrier(*later.action, *earlier.action);
}

}  // namespace awps
