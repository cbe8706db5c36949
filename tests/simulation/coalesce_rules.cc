#include "tests/simulation/coalesce_rules.h"

#include <algorithm>
#include <set>

namespace awps {

namespace {

using enum ActionKind;

bool same_exclusions(const Action& a, const Action& b) {
  const std::set<std::string_view> left(a.excluded().begin(), a.excluded().end());
  const std::set<std::string_view> right(b.excluded().begin(), b.excluded().end());
  return left == right;
}

bool same_receivers(const Action& a, const Action& b) {
  return a.kind == b.kind && a.member == b.member && a.group == b.group &&
         a.options->filter == b.options->filter && same_exclusions(a, b);
}

bool is_value(const Action& a) {
  return is_send(a.kind) && !a.options->conflation_key.empty();
}

bool is_user_change(ActionKind kind) {
  return kind == kAddUserToGroup || kind == kRemoveUserFromGroup;
}
bool is_connection_change(ActionKind kind) {
  return kind == kAddConnectionToGroup || kind == kRemoveConnectionFromGroup;
}
bool is_permission(ActionKind kind) {
  return kind == kGrantPermission || kind == kRevokePermission;
}

bool makes_void(const Action& later, const Action& earlier) {
  const bool same_pair = later.member == earlier.member && later.group == earlier.group;
  if (is_user_change(later.kind)) return is_user_change(earlier.kind) && same_pair;
  if (is_connection_change(later.kind)) return is_connection_change(earlier.kind) && same_pair;
  if (is_permission(later.kind)) {
    return is_permission(earlier.kind) && later.member == earlier.member &&
           later.permission == earlier.permission &&
           later.options->target_name == earlier.options->target_name;
  }
  if (later.kind == kRemoveUserFromAllGroups && later.member == earlier.member) {
    return earlier.kind == later.kind || is_user_change(earlier.kind);
  }
  if (later.kind == kRemoveConnectionFromAllGroups) {
    return earlier.kind == later.kind && later.member == earlier.member &&
           later.unordered == earlier.unordered;
  }
  const bool is_close = later.kind == kCloseAllConnections ||
                        later.kind == kCloseClientConnection ||
                        later.kind == kCloseGroupConnections || later.kind == kCloseUserConnections;
  return is_close && later.kind == earlier.kind && same_pair && same_exclusions(later, earlier) &&
         later.options->reason == earlier.options->reason;
}

}  // namespace

bool wait_only_as_values(const OrderedAction& later, const OrderedAction& earlier,
                         const PipelineOptions& options) {
  const Action& a = *later.action;
  const Action& b = *earlier.action;
  if (!options.coalesce.conflate || options.order.ordering != Ordering::kTarget) return false;
  if (!is_value(a) || !is_value(b) || !same_receivers(a, b)) return false;
  if (a.options->conflation_key == b.options->conflation_key) return false;
  return !asked_for_order(later, earlier);
}

bool asked_for_order(const OrderedAction& later, const OrderedAction& earlier) {
  const std::string_view key = later.action->options->ordering_key;
  if (!key.empty() && key == earlier.action->options->ordering_key) return true;
  return later.ordered_batch != 0 && later.producer == earlier.producer &&
         later.ordered_batch == earlier.ordered_batch;
}

bool may_supersede(const OrderedAction& later, const OrderedAction& earlier,
                   const CoalesceOptions& rules) {
  if (later.producer != earlier.producer) return false;
  const Action& a = *later.action;
  const Action& b = *earlier.action;
  if (!is_send(a.kind)) return rules.supersede && makes_void(a, b);
  return rules.conflate && is_value(a) && same_receivers(a, b) &&
         a.options->conflation_key == b.options->conflation_key;
}

}  // namespace awps
