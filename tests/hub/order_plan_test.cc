#include "hub/order_plan.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace awps {
namespace {

using enum ActionKind;

/// Do two plans exclude each other in a lane that both touch?
bool conflict(const OrderPlan& a, const OrderPlan& b) {
  for (size_t i = 0; i < a.lane_count; ++i) {
    for (size_t k = 0; k < b.lane_count; ++k) {
      if (a.lanes[i].lane == b.lanes[k].lane && !commute(a.lanes[i].mode, b.lanes[k].mode)) {
        return true;
      }
    }
  }
  return false;
}

struct Pair {
  std::string name;
  Action a;
  Action b;
  bool conflicts;
};

const ActionOptions kKeyK{.ordering_key = "k"};
const ActionOptions kKeyL{.ordering_key = "l"};
const ActionOptions kTargetT{.target_name = "t"};
const ActionOptions kTargetU{.target_name = "u"};

constexpr std::string_view kGroupG = "g";
const ActionOptions kBulk{.filter = "'g' in groups", .groups = {&kGroupG, 1}};

class OrderPlanLanes : public testing::TestWithParam<Pair> {};

TEST_P(OrderPlanLanes, ConflictAsTheTableSays) {
  const Pair& pair = GetParam();
  const OrderPlan a = plan_order(pair.a, {.producer = 1}, {});
  const OrderPlan b = plan_order(pair.b, {.producer = 1}, {});
  EXPECT_EQ(conflict(a, b), pair.conflicts);
  EXPECT_EQ(conflict(b, a), pair.conflicts);
}

INSTANTIATE_TEST_SUITE_P(
    Target, OrderPlanLanes,
    testing::ValuesIn(std::vector<Pair>{
        {"BroadcastsAmongThemselves", {.kind = kSendToAll}, {.kind = kSendToAll}, true},
        {"BroadcastAndGroup", {.kind = kSendToAll}, {.kind = kSendToGroup, .group = "g"}, false},
        {"SameGroup",
         {.kind = kSendToGroup, .group = "g"},
         {.kind = kSendToGroup, .group = "g"},
         true},
        {"OtherGroup",
         {.kind = kSendToGroup, .group = "g"},
         {.kind = kSendToGroup, .group = "h"},
         false},
        {"GroupSendAndClose",
         {.kind = kSendToGroup, .group = "g"},
         {.kind = kCloseGroupConnections, .group = "g"},
         true},
        {"UserOfTheGroupsName",
         {.kind = kSendToUser, .member = "g"},
         {.kind = kSendToGroup, .group = "g"},
         false},
        {"SameUser",
         {.kind = kSendToUser, .member = "u"},
         {.kind = kSendToUser, .member = "u"},
         true},
        {"UserAndConnectionOfOneName",
         {.kind = kSendToUser, .member = "u"},
         {.kind = kSendToConnection, .member = "u"},
         false},
        {"MembershipAndMessageOfTheUser",
         {.kind = kAddUserToGroup, .member = "u", .group = "g"},
         {.kind = kSendToUser, .member = "u"},
         false},
        {"MembershipAndGroupMessage",
         {.kind = kAddUserToGroup, .member = "u", .group = "g"},
         {.kind = kSendToGroup, .group = "g"},
         true},
        {"TwoUsersIntoOneGroup",
         {.kind = kAddUserToGroup, .member = "u", .group = "g"},
         {.kind = kRemoveUserFromGroup, .member = "v", .group = "g"},
         false},
        {"SamePair",
         {.kind = kAddUserToGroup, .member = "u", .group = "g"},
         {.kind = kRemoveUserFromGroup, .member = "u", .group = "g"},
         true},
        {"OneUserIntoTwoGroups",
         {.kind = kAddUserToGroup, .member = "u", .group = "g"},
         {.kind = kAddUserToGroup, .member = "u", .group = "h"},
         false},
        {"UserAndConnectionIntoOneGroup",
         {.kind = kAddUserToGroup, .member = "u", .group = "g"},
         {.kind = kAddConnectionToGroup, .member = "c", .group = "g"},
         true},
        {"TwoConnectionsIntoOneGroup",
         {.kind = kAddConnectionToGroup, .member = "c", .group = "g"},
         {.kind = kRemoveConnectionFromGroup, .member = "d", .group = "g"},
         false},
        {"AllMembershipsOfTheUser",
         {.kind = kRemoveUserFromAllGroups, .member = "u"},
         {.kind = kAddUserToGroup, .member = "u", .group = "g"},
         true},
        {"AllMembershipsOfAnotherUser",
         {.kind = kRemoveUserFromAllGroups, .member = "u"},
         {.kind = kAddUserToGroup, .member = "v", .group = "g"},
         false},
        {"SameGrant",
         {.kind = kGrantPermission, .member = "c", .options = &kTargetT},
         {.kind = kRevokePermission, .member = "c", .options = &kTargetT},
         true},
        {"OtherPermission",
         {.kind = kGrantPermission, .member = "c", .options = &kTargetT},
         {.kind = kGrantPermission,
          .permission = Permission::kJoinLeaveGroup,
          .member = "c",
          .options = &kTargetT},
         false},
        {"OtherTarget",
         {.kind = kGrantPermission, .member = "c", .options = &kTargetT},
         {.kind = kGrantPermission, .member = "c", .options = &kTargetU},
         false},
        {"CloseAfterMessage",
         {.kind = kSendToConnection, .member = "c"},
         {.kind = kCloseClientConnection, .member = "c"},
         true},
        {"CloseAfterMembership",
         {.kind = kAddConnectionToGroup, .member = "c", .group = "g"},
         {.kind = kCloseClientConnection, .member = "c"},
         true},
        {"MessageAndGrantOfOneConnection",
         {.kind = kSendToConnection, .member = "c"},
         {.kind = kGrantPermission, .member = "c", .options = &kTargetT},
         false},
        {"SameOrderingKey",
         {.kind = kSendToUser, .member = "u", .options = &kKeyK},
         {.kind = kSendToGroup, .group = "g", .options = &kKeyK},
         true},
        {"OtherOrderingKey",
         {.kind = kSendToUser, .member = "u", .options = &kKeyK},
         {.kind = kSendToGroup, .group = "g", .options = &kKeyL},
         false},
        {"CloseOfAUserAfterItsMessage",
         {.kind = kSendToUser, .member = "u"},
         {.kind = kCloseUserConnections, .member = "u"},
         true},
        {"CloseOfAUserAfterItsMembership",
         {.kind = kAddUserToGroup, .member = "u", .group = "g"},
         {.kind = kCloseUserConnections, .member = "u"},
         true},
        {"CloseOfAUserAndItsRemovalFromAllGroups",
         {.kind = kRemoveUserFromAllGroups, .member = "u"},
         {.kind = kCloseUserConnections, .member = "u"},
         false},
        {"TwoClosesOfOneUser",
         {.kind = kCloseUserConnections, .member = "u"},
         {.kind = kCloseUserConnections, .member = "u"},
         true},
        {"ClosesOfTwoUsers",
         {.kind = kCloseUserConnections, .member = "u"},
         {.kind = kCloseUserConnections, .member = "v"},
         false},
        {"CloseOfAUserAndAnothersMessage",
         {.kind = kCloseUserConnections, .member = "u"},
         {.kind = kSendToUser, .member = "v"},
         false},
        {"CloseOfAUserAndAGroupsMessage",
         {.kind = kCloseUserConnections, .member = "u"},
         {.kind = kSendToGroup, .group = "u"},
         false},
        {"CloseOfAUserAndAConnectionsChange",
         {.kind = kCloseUserConnections, .member = "u"},
         {.kind = kAddConnectionToGroup, .member = "u", .group = "g"},
         false},
        {"RemovalOfAConnectionAfterItsChange",
         {.kind = kAddConnectionToGroup, .member = "c", .group = "g"},
         {.kind = kRemoveConnectionFromAllGroups, .member = "c"},
         true},
        {"RemovalOfAConnectionAfterItsMessage",
         {.kind = kSendToConnection, .member = "c"},
         {.kind = kRemoveConnectionFromAllGroups, .member = "c"},
         false},
        {"RemovalOfAConnectionAfterItsGrant",
         {.kind = kGrantPermission, .member = "c", .options = &kTargetT},
         {.kind = kRemoveConnectionFromAllGroups, .member = "c"},
         false},
        {"RemovalOfAConnectionAndItsClose",
         {.kind = kCloseClientConnection, .member = "c"},
         {.kind = kRemoveConnectionFromAllGroups, .unordered = true, .member = "c"},
         false},
        {"ChangesOfOneConnection",
         {.kind = kAddConnectionToGroup, .member = "c", .group = "g"},
         {.kind = kAddConnectionToGroup, .member = "c", .group = "h"},
         false},
        {"ChangeOfAConnectionAndItsMessage",
         {.kind = kAddConnectionToGroup, .member = "c", .group = "g"},
         {.kind = kSendToConnection, .member = "c"},
         false},
        {"ChangeOfAConnectionAndItsGrant",
         {.kind = kAddConnectionToGroup, .member = "c", .group = "g"},
         {.kind = kGrantPermission, .member = "c", .options = &kTargetT},
         false},
        {"RemovalsOfOneConnection",
         {.kind = kRemoveConnectionFromAllGroups, .member = "c"},
         {.kind = kRemoveConnectionFromAllGroups, .unordered = true, .member = "c"},
         false},
        {"RemovalsOfTwoConnections",
         {.kind = kRemoveConnectionFromAllGroups, .member = "c"},
         {.kind = kRemoveConnectionFromAllGroups, .member = "d"},
         false},
        {"BulkChangesOfOneGroup",
         {.kind = kAddConnectionsToGroups, .options = &kBulk},
         {.kind = kRemoveConnectionsFromGroups, .options = &kBulk},
         false},
        {"Unordered",
         {.kind = kSendToGroup, .unordered = true, .group = "g"},
         {.kind = kSendToGroup, .group = "g"},
         false},
    }),
    [](const auto& row) { return row.param.name; });

TEST(OrderPlan, StrictPutsEverythingInOneLane) {
  const OrderOptions strict{.ordering = Ordering::kStrict};
  const OrderPlan a =
      plan_order({.kind = kSendToUser, .unordered = true, .member = "u"}, {}, strict);
  const OrderPlan b = plan_order({.kind = kCloseAllConnections}, {.producer = 2}, strict);
  EXPECT_TRUE(conflict(a, b));
}

TEST(OrderPlan, NoneKeepsOnlyWhatAProducerAskedFor) {
  const OrderOptions none{.ordering = Ordering::kNone};
  EXPECT_EQ(plan_order({.kind = kSendToAll}, {}, none).lane_count, 0);
  EXPECT_EQ(plan_order({.kind = kSendToAll, .options = &kKeyK}, {}, none).lane_count, 1);
  EXPECT_EQ(plan_order({.kind = kSendToAll}, {.ordered_batch = 7}, none).lane_count, 1);
  EXPECT_EQ(plan_order({.kind = kCloseAllConnections}, {}, none).barriers,
            (std::array<LaneMode, kBarrierKinds>{}));
}

TEST(OrderPlan, ARuleTakesTheOrderFromTheGroupsThatItMatches) {
  const OrderOptions options{.rules = {{.groups = "log-*", .ordering = Ordering::kNone}}};
  EXPECT_EQ(plan_order({.kind = kSendToGroup, .group = "log-1"}, {}, options).lane_count, 0);
  EXPECT_EQ(plan_order({.kind = kSendToGroup, .group = "blog-1"}, {}, options).lane_count, 1);
  EXPECT_EQ(plan_order({.kind = kAddUserToGroup, .member = "u", .group = "log-1"}, {}, options)
                .lane_count,
            3);
}

TEST(OrderPlan, ARuleGivesOrderToTheGroupsThatItMatches) {
  const OrderOptions options{.ordering = Ordering::kNone,
                             .rules = {{.groups = "room-*", .ordering = Ordering::kTarget}}};
  EXPECT_EQ(plan_order({.kind = kSendToGroup, .group = "room-1"}, {}, options).lane_count, 1);
  EXPECT_EQ(plan_order({.kind = kSendToGroup, .group = "log-1"}, {}, options).lane_count, 0);
}

TEST(OrderPlan, OrderedBatchesOfTwoProducersAreTwoLanes) {
  const OrderOptions none{.ordering = Ordering::kNone};
  const OrderPlan a = plan_order({}, {.producer = 1, .ordered_batch = 1}, none);
  const OrderPlan b = plan_order({}, {.producer = 2, .ordered_batch = 1}, none);
  const OrderPlan c = plan_order({}, {.producer = 1, .ordered_batch = 2}, none);
  EXPECT_FALSE(conflict(a, b));
  EXPECT_FALSE(conflict(a, c));
  EXPECT_TRUE(conflict(a, a));
}

struct BarrierRow {
  std::string name;
  Action action;
  LaneMode everything;
  LaneMode group_actions;
  LaneMode memberships;
};

const ActionOptions kGroupsFilter{.filter = "'g' in GROUPS"};
const ActionOptions kUserFilter{.filter = "userId eq 'u'"};

class OrderPlanBarriers : public testing::TestWithParam<BarrierRow> {};

TEST_P(OrderPlanBarriers, TakesPartAsTheTableSays) {
  const BarrierRow& row = GetParam();
  const OrderPlan plan = plan_order(row.action, {}, {});
  EXPECT_EQ(plan.barrier(BarrierKind::kEverything), row.everything);
  EXPECT_EQ(plan.barrier(BarrierKind::kGroupActions), row.group_actions);
  EXPECT_EQ(plan.barrier(BarrierKind::kMemberships), row.memberships);
}

using enum LaneMode;

INSTANTIATE_TEST_SUITE_P(
    Target, OrderPlanBarriers,
    testing::ValuesIn(std::vector<BarrierRow>{
        {"Broadcast", {.kind = kSendToAll}, kShared, kAbsent, kAbsent},
        {"BroadcastThatReadsGroups",
         {.kind = kSendToAll, .options = &kGroupsFilter},
         kShared,
         kShared,
         kFilters},
        {"BroadcastWithAnotherFilter",
         {.kind = kSendToAll, .options = &kUserFilter},
         kShared,
         kAbsent,
         kAbsent},
        {"GroupMessage", {.kind = kSendToGroup, .group = "g"}, kShared, kShared, kAbsent},
        {"GroupMessageUnordered",
         {.kind = kSendToGroup, .unordered = true, .group = "g"},
         kShared,
         kAbsent,
         kAbsent},
        {"UserMessage", {.kind = kSendToUser, .member = "u"}, kShared, kAbsent, kAbsent},
        {"UserChange",
         {.kind = kAddUserToGroup, .member = "u", .group = "g"},
         kShared,
         kShared,
         kShared},
        {"ConnectionChange",
         {.kind = kRemoveConnectionFromGroup, .member = "c", .group = "g"},
         kShared,
         kShared,
         kShared},
        {"GroupClose", {.kind = kCloseGroupConnections, .group = "g"}, kShared, kShared, kShared},
        {"RemoveFromAll",
         {.kind = kRemoveUserFromAllGroups, .member = "u"},
         kShared,
         kAlone,
         kAbsent},
        {"RemoveFromAllUnordered",
         {.kind = kRemoveUserFromAllGroups, .unordered = true, .member = "u"},
         kShared,
         kAbsent,
         kAbsent},
        {"CloseOfAUser", {.kind = kCloseUserConnections, .member = "u"}, kShared, kAbsent, kShared},
        {"RemoveConnectionFromAll",
         {.kind = kRemoveConnectionFromAllGroups, .member = "c"},
         kShared,
         kAlone,
         kAbsent},
        {"RemoveConnectionFromAllUnordered",
         {.kind = kRemoveConnectionFromAllGroups, .unordered = true, .member = "c"},
         kShared,
         kAbsent,
         kAbsent},
        {"AddMany", {.kind = kAddConnectionsToGroups, .options = &kBulk}, kShared, kAlone, kAbsent},
        {"RemoveMany",
         {.kind = kRemoveConnectionsFromGroups, .options = &kBulk},
         kShared,
         kAlone,
         kAbsent},
        {"CloseAll", {.kind = kCloseAllConnections}, kAlone, kAbsent, kAbsent},
        {"Grant", {.kind = kGrantPermission, .member = "c"}, kShared, kAbsent, kAbsent},
    }),
    [](const auto& row) { return row.param.name; });

TEST(OrderPlan, FindsGroupsInAFilterInAnyCase) {
  EXPECT_TRUE(mentions_groups("'a' in groups"));
  EXPECT_TRUE(mentions_groups("length(GrOuPs) gt 1"));
  EXPECT_FALSE(mentions_groups("userId eq 'group'"));
  EXPECT_FALSE(mentions_groups(""));
}

// Both say which lanes of a plan come first: the target's own; others' changes of its group stand
// beside them in a mode of their own.
TEST(OwnLanes, AreThoseOfThePlanButAGroupsAndAKeys) {
  for (size_t i = 0; i < kActionKinds; ++i) {
    const auto kind = static_cast<ActionKind>(i);
    const Action action{.kind = kind, .member = "m", .group = "g", .options = &kKeyK};
    const OrderPlan plan = plan_order(action, {.producer = 1}, {});
    const size_t key = plan.lane_count - size_t{1};
    ASSERT_LE(own_lanes(kind), key) << name_of(kind);
    for (size_t at = 0; at < key; ++at) {
      using enum LaneMode;
      const LaneMode mode = plan.lanes[at].mode;
      const bool is_groups = mode == kUserChanges || mode == kConnectionChanges;
      EXPECT_EQ(at >= own_lanes(kind), is_groups) << name_of(kind) << ", lane " << at;
    }
  }
}

}  // namespace
}  // namespace awps
