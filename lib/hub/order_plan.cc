#include "hub/order_plan.h"

#include <algorithm>

#include "base/ascii.h"
#include "base/hash.h"

namespace awps {

namespace {

// What a lane is of. The value is part of the hash.
enum class LaneKind : uint64_t {
  kHub = 1,
  kGroup,
  kUserMessages,
  kUserMemberships,
  kConnectionMessages,
  kConnection,
  kUserPair,
  kConnectionPair,
  kGrant,
  kOrderingKey,
  kOrderedBatch,
  kStrict,
  kConnectionMemberships,
};

uint64_t hash(LaneKind kind, std::string_view a, std::string_view b = {}) {
  const uint64_t first = hash_of(a, static_cast<uint64_t>(kind));
  return b.data() == nullptr ? first : hash_of(b, first);
}

void touch(OrderPlan& plan, uint64_t lane, LaneMode mode) {
  // Twice the same lane (a collision of hashes) would be an action that waits for itself.
  for (size_t i = 0; i < plan.lane_count; ++i) {
    if (plan.lanes[i].lane != lane) continue;
    if (plan.lanes[i].mode != mode) plan.lanes[i].mode = LaneMode::kAlone;
    return;
  }
  plan.lanes[plan.lane_count++] = {lane, mode};
}

void set_barrier(OrderPlan& plan, BarrierKind kind, LaneMode mode) {
  plan.barriers[static_cast<size_t>(kind)] = mode;
}

std::string_view permission_lane_text(const Action& action, std::string& text) {
  text = name_of(action.permission);
  text += '\0';
  text += action.options->target_name.value_or("");
  return text;
}

void plan_lanes(OrderPlan& plan, const Action& action) {
  using enum ActionKind;
  const std::string_view member = action.member;
  switch (action.kind) {
    case kSendToAll:
      touch(plan, hash(LaneKind::kHub, {}), LaneMode::kAlone);
      return;
    case kSendToGroup:
    case kCloseGroupConnections:
      touch(plan, hash(LaneKind::kGroup, action.group), LaneMode::kAlone);
      return;
    case kSendToUser:
      touch(plan, hash(LaneKind::kUserMessages, member), LaneMode::kAlone);
      return;
    case kSendToConnection:
      touch(plan, hash(LaneKind::kConnectionMessages, member), LaneMode::kAlone);
      touch(plan, hash(LaneKind::kConnection, member), LaneMode::kShared);
      return;
    case kAddUserToGroup:
    case kRemoveUserFromGroup:
      touch(plan, hash(LaneKind::kUserPair, member, action.group), LaneMode::kAlone);
      touch(plan, hash(LaneKind::kUserMemberships, member), LaneMode::kShared);
      touch(plan, hash(LaneKind::kGroup, action.group), LaneMode::kUserChanges);
      return;
    case kRemoveUserFromAllGroups:
      touch(plan, hash(LaneKind::kUserMemberships, member), LaneMode::kEnds);
      return;
    case kCloseUserConnections:
      touch(plan, hash(LaneKind::kUserMessages, member), LaneMode::kAlone);
      touch(plan, hash(LaneKind::kUserMemberships, member), LaneMode::kEnds);
      return;
    case kAddConnectionToGroup:
    case kRemoveConnectionFromGroup:
      touch(plan, hash(LaneKind::kConnectionPair, member, action.group), LaneMode::kAlone);
      touch(plan, hash(LaneKind::kConnectionMemberships, member), LaneMode::kShared);
      touch(plan, hash(LaneKind::kGroup, action.group), LaneMode::kConnectionChanges);
      return;
    case kGrantPermission:
    case kRevokePermission: {
      std::string text;
      touch(plan, hash(LaneKind::kGrant, member, permission_lane_text(action, text)),
            LaneMode::kAlone);
      touch(plan, hash(LaneKind::kConnection, member), LaneMode::kShared);
      return;
    }
    case kRemoveConnectionFromAllGroups:
      touch(plan, hash(LaneKind::kConnectionMemberships, member), LaneMode::kEnds);
      return;
    case kCloseClientConnection:
      touch(plan, hash(LaneKind::kConnection, member), LaneMode::kAlone);
      touch(plan, hash(LaneKind::kConnectionMemberships, member), LaneMode::kEnds);
      return;
    case kCloseAllConnections:
    case kAddConnectionsToGroups:
    case kRemoveConnectionsFromGroups:
      return;  // a barrier only
  }
}

// Memberships of groups that it names.
bool changes_named_groups(ActionKind kind) {
  using enum ActionKind;
  return kind == kAddUserToGroup || kind == kRemoveUserFromGroup || kind == kAddConnectionToGroup ||
         kind == kRemoveConnectionFromGroup || kind == kCloseGroupConnections;
}

// Memberships that no lane of a group knows: in all groups, or of whom a filter selects.
bool is_alone_among_group_actions(ActionKind kind) {
  return leaves_all_groups(kind) || is_bulk_change(kind);
}

void plan_barriers(OrderPlan& plan, const Action& action) {
  using enum BarrierKind;
  const ActionKind kind = action.kind;
  const bool is_barrier = kind == ActionKind::kCloseAllConnections;
  set_barrier(plan, kEverything, is_barrier ? LaneMode::kAlone : LaneMode::kShared);
  // `unordered` leaves a send no order at all, a removal from all groups only its member's lane.
  if (action.unordered) return;
  const bool reads_groups =
      is_send(kind) && action.options->filter && mentions_groups(*action.options->filter);
  if (is_alone_among_group_actions(kind)) {
    set_barrier(plan, kGroupActions, LaneMode::kAlone);
  } else if (kind == ActionKind::kSendToGroup || reads_groups || changes_named_groups(kind)) {
    set_barrier(plan, kGroupActions, LaneMode::kShared);
  }
  // Who is alone among the group actions needs no second barrier: filters are some of them.
  if (reads_groups) {
    set_barrier(plan, kMemberships, LaneMode::kFilters);
  } else if (changes_named_groups(kind) || kind == ActionKind::kCloseUserConnections) {
    set_barrier(plan, kMemberships, LaneMode::kShared);
  }
}

PatternIndex index_of(const std::vector<OrderOptions::Rule>& rules) {
  std::vector<std::string_view> patterns;
  for (const OrderOptions::Rule& rule : rules) patterns.push_back(rule.groups);
  return PatternIndex(patterns);
}

}  // namespace

OrderPlanner::OrderPlanner(const OrderOptions& options)
    : options_(options), rules_(index_of(options.rules)) {}

void OrderPlanner::options_changed() {
  rules_ = index_of(options_.rules);
}

// A hub's ordering, but for sends to groups that have a rule of their own.
Ordering OrderPlanner::ordering_of(const Action& action) const {
  if (action.kind != ActionKind::kSendToGroup || rules_.empty()) return options_.ordering;
  const size_t rule = rules_.first_match(action.group);
  return rule == PatternIndex::kNone ? options_.ordering : options_.rules[rule].ordering;
}

OrderPlan OrderPlanner::plan(const Action& action, const OrderOrigin& origin) const {
  OrderPlan plan;
  if (options_.ordering == Ordering::kStrict) {
    touch(plan, hash(LaneKind::kStrict, {}), LaneMode::kAlone);
    return plan;
  }
  const bool unordered = is_send(action.kind) && action.unordered;
  if (!unordered && ordering_of(action) == Ordering::kTarget) {
    plan_lanes(plan, action);
    plan.has_target_lane = is_send(action.kind);
  }
  if (options_.ordering == Ordering::kTarget) plan_barriers(plan, action);
  // What a producer asks for by name holds under every ordering.
  if (!action.options->ordering_key.empty()) {
    touch(plan, hash(LaneKind::kOrderingKey, action.options->ordering_key), LaneMode::kAlone);
  }
  if (origin.ordered_batch != 0) {
    const std::array<uint64_t, 2> name = {origin.producer, origin.ordered_batch};
    touch(plan,
          hash(LaneKind::kOrderedBatch, {reinterpret_cast<const char*>(name.data()), sizeof name}),
          LaneMode::kAlone);
  }
  return plan;
}

OrderPlan plan_order(const Action& action, const OrderOrigin& origin, const OrderOptions& options) {
  return OrderPlanner(options).plan(action, origin);
}

size_t own_lanes(ActionKind kind) {
  using enum ActionKind;
  switch (kind) {
    case kCloseAllConnections:
    case kAddConnectionsToGroups:
    case kRemoveConnectionsFromGroups:
      return 0;
    case kSendToAll:
    case kSendToGroup:
    case kSendToUser:
    case kRemoveUserFromAllGroups:
    case kCloseGroupConnections:
    case kRemoveConnectionFromAllGroups:
      return 1;
    case kCloseUserConnections:
    case kCloseClientConnection:
    case kSendToConnection:
    case kAddUserToGroup:
    case kRemoveUserFromGroup:
    case kAddConnectionToGroup:
    case kRemoveConnectionFromGroup:
    case kGrantPermission:
    case kRevokePermission:
      return 2;
  }
  return 0;
}

bool mentions_groups(std::string_view filter) {
  return contains_ignoring_case(filter, "groups");
}

}  // namespace awps
