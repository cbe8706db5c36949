// What each rule says of two actions, as tables.

#include <gtest/gtest.h>

#include <string>

#include "coalesce/bulk_membership.h"
#include "coalesce/conflate.h"
#include "coalesce/fan_out.h"
#include "coalesce/supersede.h"

namespace awps {
namespace {

using enum ActionKind;

const ActionOptions kTarget{.target_name = "t"};
const ActionOptions kEmptyTarget{.target_name = ""};
const ActionOptions kOtherTarget{.target_name = "u"};
const ActionOptions kReason{.reason = "bye"};
constexpr std::string_view kAB[] = {"a", "b"};
constexpr std::string_view kBA[] = {"b", "a"};
const ActionOptions kExcludedAB{.excluded = kAB};
const ActionOptions kExcludedBA{.excluded = kBA};

const ActionOptions kBulk{.filter = "true", .groups = kAB};

struct PairCase {
  std::string name;
  Action later;
  Action earlier;
  bool fits = false;
};

std::string name_of_case(const testing::TestParamInfo<PairCase>& info) {
  return info.param.name;
}

class Supersede : public testing::TestWithParam<PairCase> {};

TEST_P(Supersede, SaysWhichReplacesWhich) {
  const PairCase& c = GetParam();
  EXPECT_EQ(supersedes(c.later, c.earlier), c.fits);
  if (c.fits) {
    EXPECT_EQ(supersede_key(c.later), supersede_key(c.earlier));
    EXPECT_NE(supersede_key(c.later), 0U);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Pairs, Supersede,
    testing::Values(
        PairCase{"RemoveAfterAdd",
                 {.kind = kRemoveUserFromGroup, .member = "u", .group = "g"},
                 {.kind = kAddUserToGroup, .member = "u", .group = "g"},
                 true},
        PairCase{"AddAfterAdd",
                 {.kind = kAddUserToGroup, .member = "u", .group = "g"},
                 {.kind = kAddUserToGroup, .member = "u", .group = "g"},
                 true},
        PairCase{"AnotherUser",
                 {.kind = kAddUserToGroup, .member = "v", .group = "g"},
                 {.kind = kAddUserToGroup, .member = "u", .group = "g"}},
        PairCase{"AnotherCaseOfTheName",
                 {.kind = kAddUserToGroup, .member = "U", .group = "g"},
                 {.kind = kAddUserToGroup, .member = "u", .group = "g"}},
        PairCase{"AnotherGroup",
                 {.kind = kAddUserToGroup, .member = "u", .group = "h"},
                 {.kind = kAddUserToGroup, .member = "u", .group = "g"}},
        PairCase{"AConnectionIsNoUser",
                 {.kind = kAddConnectionToGroup, .member = "u", .group = "g"},
                 {.kind = kAddUserToGroup, .member = "u", .group = "g"}},
        PairCase{"ConnectionRemoveAfterAdd",
                 {.kind = kRemoveConnectionFromGroup, .member = "c", .group = "g"},
                 {.kind = kAddConnectionToGroup, .member = "c", .group = "g"},
                 true},
        PairCase{"RevokeAfterGrant",
                 {.kind = kRevokePermission, .member = "c", .options = &kTarget},
                 {.kind = kGrantPermission, .member = "c", .options = &kTarget},
                 true},
        PairCase{"AnotherPermission",
                 {.kind = kRevokePermission,
                  .permission = Permission::kJoinLeaveGroup,
                  .member = "c",
                  .options = &kTarget},
                 {.kind = kGrantPermission, .member = "c", .options = &kTarget}},
        PairCase{"AnotherTargetName",
                 {.kind = kRevokePermission, .member = "c", .options = &kOtherTarget},
                 {.kind = kGrantPermission, .member = "c", .options = &kTarget}},
        PairCase{"AnEmptyTargetNameIsNotNone",
                 {.kind = kRevokePermission, .member = "c", .options = &kEmptyTarget},
                 {.kind = kGrantPermission, .member = "c"}},
        PairCase{"EqualCloses",
                 {.kind = kCloseClientConnection, .member = "c"},
                 {.kind = kCloseClientConnection, .member = "c"},
                 true},
        PairCase{"ClosesWithDifferentReasons",
                 {.kind = kCloseClientConnection, .member = "c", .options = &kReason},
                 {.kind = kCloseClientConnection, .member = "c"}},
        PairCase{"ClosesThatExcludeTheSame",
                 {.kind = kCloseAllConnections, .options = &kExcludedAB},
                 {.kind = kCloseAllConnections, .options = &kExcludedBA},
                 true},
        PairCase{"ClosesThatExcludeOthers",
                 {.kind = kCloseAllConnections, .options = &kExcludedAB},
                 {.kind = kCloseAllConnections}},
        PairCase{"EqualLogouts",
                 {.kind = kRemoveUserFromAllGroups, .member = "u"},
                 {.kind = kRemoveUserFromAllGroups, .member = "u"},
                 true},
        PairCase{"AnUnorderedLogoutIsLessThanAnOrderedOne",
                 {.kind = kRemoveUserFromAllGroups, .unordered = true, .member = "u"},
                 {.kind = kRemoveUserFromAllGroups, .member = "u"}},
        PairCase{"ALogoutIsAboutMoreThanAnAdd",
                 {.kind = kRemoveUserFromAllGroups, .member = "u"},
                 {.kind = kAddUserToGroup, .member = "u", .group = "g"}},
        PairCase{"EqualClosesOfAUser",
                 {.kind = kCloseUserConnections, .member = "u", .options = &kExcludedAB},
                 {.kind = kCloseUserConnections, .member = "u", .options = &kExcludedBA},
                 true},
        PairCase{"ClosesOfAUserForOtherReasons",
                 {.kind = kCloseUserConnections, .member = "u", .options = &kReason},
                 {.kind = kCloseUserConnections, .member = "u"}},
        PairCase{"ClosesOfTwoUsers",
                 {.kind = kCloseUserConnections, .member = "u"},
                 {.kind = kCloseUserConnections, .member = "v"}},
        PairCase{"ACloseOfAUserIsNoneOfAConnection",
                 {.kind = kCloseUserConnections, .member = "u"},
                 {.kind = kCloseClientConnection, .member = "u"}},
        PairCase{"EqualRemovalsOfAConnection",
                 {.kind = kRemoveConnectionFromAllGroups, .member = "c"},
                 {.kind = kRemoveConnectionFromAllGroups, .member = "c"},
                 true},
        PairCase{"AnUnorderedRemovalIsLessThanAnOrderedOne",
                 {.kind = kRemoveConnectionFromAllGroups, .unordered = true, .member = "c"},
                 {.kind = kRemoveConnectionFromAllGroups, .member = "c"}},
        PairCase{"ARemovalOfAConnectionIsNoneOfAUser",
                 {.kind = kRemoveConnectionFromAllGroups, .member = "u"},
                 {.kind = kRemoveUserFromAllGroups, .member = "u"}},
        PairCase{"BulkAddsNever",
                 {.kind = kAddConnectionsToGroups, .options = &kBulk},
                 {.kind = kAddConnectionsToGroups, .options = &kBulk}},
        PairCase{"BulkRemovalsNever",
                 {.kind = kRemoveConnectionsFromGroups, .options = &kBulk},
                 {.kind = kRemoveConnectionsFromGroups, .options = &kBulk}},
        PairCase{"SendsNever",
                 {.kind = kSendToUser, .member = "u"},
                 {.kind = kSendToUser, .member = "u"}}),
    name_of_case);

TEST(Supersede, NothingIsKnownOfABulkChange) {
  EXPECT_EQ(supersede_key({.kind = kAddConnectionsToGroups, .options = &kBulk}), 0U);
  EXPECT_EQ(supersede_key({.kind = kRemoveConnectionsFromGroups, .options = &kBulk}), 0U);
}

TEST(Supersede, ALogoutSweepsTheChangesOfItsUserOnly) {
  const Action logout{.kind = kRemoveUserFromAllGroups, .member = "u"};
  EXPECT_TRUE(sweeps(logout, {.kind = kAddUserToGroup, .member = "u", .group = "g"}));
  EXPECT_TRUE(sweeps(logout, {.kind = kRemoveUserFromGroup, .member = "u", .group = "g"}));
  EXPECT_FALSE(sweeps(logout, {.kind = kAddUserToGroup, .member = "v", .group = "g"}));
  EXPECT_FALSE(sweeps(logout, {.kind = kAddConnectionToGroup, .member = "u", .group = "g"}));
  EXPECT_FALSE(sweeps(logout, logout));
}

const ActionOptions kKey{.conflation_key = "k"};
const ActionOptions kOtherKey{.conflation_key = "l"};
const ActionOptions kKeyFiltered{.conflation_key = "k", .filter = "userId eq 'a'"};
const ActionOptions kKeyExcluded{.conflation_key = "k", .excluded = kAB};
const ActionOptions kKeyExcludedBA{.conflation_key = "k", .excluded = kBA};

class Conflate : public testing::TestWithParam<PairCase> {};

TEST_P(Conflate, SaysWhichReplacesWhich) {
  const PairCase& c = GetParam();
  EXPECT_EQ(conflates(c.later, c.earlier), c.fits);
  if (c.fits) {
    EXPECT_EQ(conflate_key(c.later), conflate_key(c.earlier));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Pairs, Conflate,
    testing::Values(PairCase{"SameKey",
                             {.kind = kSendToGroup, .group = "g", .data = "2", .options = &kKey},
                             {.kind = kSendToGroup, .group = "g", .data = "1", .options = &kKey},
                             true},
                    PairCase{"AnotherKey",
                             {.kind = kSendToGroup, .group = "g", .options = &kOtherKey},
                             {.kind = kSendToGroup, .group = "g", .options = &kKey}},
                    PairCase{"NoKey",
                             {.kind = kSendToGroup, .group = "g"},
                             {.kind = kSendToGroup, .group = "g"}},
                    PairCase{"AnotherGroup",
                             {.kind = kSendToGroup, .group = "h", .options = &kKey},
                             {.kind = kSendToGroup, .group = "g", .options = &kKey}},
                    PairCase{"AnotherKindWithTheSameName",
                             {.kind = kSendToConnection, .member = "x", .options = &kKey},
                             {.kind = kSendToUser, .member = "x", .options = &kKey}},
                    PairCase{"AnotherFilter",
                             {.kind = kSendToAll, .options = &kKeyFiltered},
                             {.kind = kSendToAll, .options = &kKey}},
                    PairCase{"OthersExcluded",
                             {.kind = kSendToAll, .options = &kKeyExcluded},
                             {.kind = kSendToAll, .options = &kKey}},
                    PairCase{"TheSameExcludedInAnotherOrder",
                             {.kind = kSendToAll, .options = &kKeyExcluded},
                             {.kind = kSendToAll, .options = &kKeyExcludedBA},
                             true}),
    name_of_case);

const ActionOptions kTtl{.message_ttl_seconds = 5};
const ActionOptions kZeroTtl{.message_ttl_seconds = 0};
const ActionOptions kFilter{.filter = "true) or (true"};

class SameMessage : public testing::TestWithParam<PairCase> {};

TEST_P(SameMessage, SaysWhatMayShareABroadcast) {
  const PairCase& c = GetParam();
  EXPECT_EQ(same_message(c.later, c.earlier), c.fits);
  if (c.fits) {
    EXPECT_EQ(message_hash(c.later), message_hash(c.earlier));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Pairs, SameMessage,
    testing::Values(PairCase{"TwoUsers",
                             {.kind = kSendToUser, .member = "u", .data = "x"},
                             {.kind = kSendToUser, .member = "v", .data = "x"},
                             true},
                    PairCase{"OtherData",
                             {.kind = kSendToUser, .member = "u", .data = "x"},
                             {.kind = kSendToUser, .member = "v", .data = "y"}},
                    PairCase{"OtherType",
                             {.kind = kSendToUser, .data_type = DataType::kJson, .data = "1"},
                             {.kind = kSendToUser, .data = "1"}},
                    PairCase{"OtherMessageTtl",
                             {.kind = kSendToUser, .data = "x", .options = &kTtl},
                             {.kind = kSendToUser, .data = "x"}},
                    PairCase{"AMessageTtlOfZeroIsNotNone",
                             {.kind = kSendToUser, .data = "x", .options = &kZeroTtl},
                             {.kind = kSendToUser, .data = "x"}},
                    PairCase{"AUserAndAConnection",
                             {.kind = kSendToUser, .member = "u", .data = "x"},
                             {.kind = kSendToConnection, .member = "u", .data = "x"}}),
    name_of_case);

TEST(FanOut, TakesOnlyWhatAFilterOfOursReachesAsASingleSendWould) {
  const CoalesceOptions users;
  CoalesceOptions both;
  both.fan_out = CoalesceOptions::FanOut::kUsersAndConnections;
  CoalesceOptions off;
  off.fan_out = CoalesceOptions::FanOut::kOff;
  const Action to_user{.kind = kSendToUser, .member = "u"};
  const Action to_connection{.kind = kSendToConnection, .member = "c"};
  EXPECT_TRUE(may_fan_out(to_user, users));
  EXPECT_FALSE(may_fan_out(to_user, off));
  EXPECT_FALSE(may_fan_out(to_connection, users));
  EXPECT_TRUE(may_fan_out(to_connection, both));
  EXPECT_FALSE(may_fan_out({.kind = kSendToGroup, .group = "g"}, both)) << "it shows its group";
  EXPECT_FALSE(may_fan_out({.kind = kSendToAll}, both));
  EXPECT_FALSE(may_fan_out({.kind = kSendToUser, .member = "a/b"}, users));
  EXPECT_FALSE(may_fan_out({.kind = kSendToUser, .member = "u", .options = &kFilter}, users))
      << "a filter of its own would stand beside ours";
}

TEST(BulkMembership, TakesOnlyNamesThatTheServiceReachesByPath) {
  CoalesceOptions on;
  on.bulk_membership = true;
  const Action add{.kind = kAddUserToGroup, .member = "u", .group = "g"};
  EXPECT_TRUE(may_be_bulk(add, on));
  EXPECT_FALSE(may_be_bulk(add, CoalesceOptions{}));
  EXPECT_FALSE(may_be_bulk({.kind = kAddUserToGroup, .member = "u/v", .group = "g"}, on));
  EXPECT_FALSE(may_be_bulk({.kind = kAddUserToGroup, .member = "u", .group = "g/h"}, on));
  EXPECT_FALSE(may_be_bulk({.kind = kRemoveUserFromAllGroups, .member = "u"}, on));
  EXPECT_FALSE(may_be_bulk({.kind = kAddConnectionsToGroups, .options = &kBulk}, on));
}

TEST(BulkMembership, OneChangeOfOneGroupByOneSortOfMembers) {
  const Action add{.kind = kAddUserToGroup, .member = "u", .group = "g"};
  EXPECT_TRUE(same_change(add, {.kind = kAddUserToGroup, .member = "v", .group = "g"}));
  EXPECT_FALSE(same_change(add, {.kind = kRemoveUserFromGroup, .member = "v", .group = "g"}));
  EXPECT_FALSE(same_change(add, {.kind = kAddUserToGroup, .member = "v", .group = "h"}));
  EXPECT_FALSE(same_change(add, {.kind = kAddConnectionToGroup, .member = "v", .group = "g"}));
}

}  // namespace
}  // namespace awps
