// Keys that would narrow an action's receivers if it had them: refused, with what would have
// happened and the remedy; null, and of actions that reach one connection, they are ignored.

#include "action/narrowing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>
#include <vector>

#include "recording_visitor.h"

namespace awps {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

// A whole action of this kind, without its closing brace.
std::string opened(std::string_view kind) {
  static constexpr std::string_view kSendEnd = R"(,"data":"private")";
  std::string line = R"({"actionName":")" + std::string(kind) + '"';
  const auto kind_of = *action_kind_of(kind);
  if (addresses_user(kind_of)) line += R"(,"userId":"ann")";
  if (addresses_connection(kind_of)) line += R"(,"connectionId":"c1")";
  if (has_group(kind_of)) line += R"(,"group":"g")";
  if (kind.find("Permission") != std::string_view::npos) {
    line += R"(,"permission":"sendToGroup","targetName":"g")";
  }
  if (is_bulk_change(kind_of)) line += R"(,"groups":["g"],"filter":"true")";
  if (is_send(kind_of)) line += kSendEnd;
  return line;
}

std::string with(std::string_view kind, std::string_view key, std::string_view value) {
  return opened(kind) + ",\"" + std::string(key) + "\":" + std::string(value) + "}";
}

struct RefusedRow {
  const char* kind;
  const char* key;
  const char* happens;
  const char* remedy;
};

constexpr const char* kAllGet = "every client of the hub would get the message";
constexpr const char* kGroupGets = "the whole group would get the message";
constexpr const char* kUserGets = "every connection of the user would get the message";
constexpr const char* kAllClosed = "every connection of the hub would be closed";
constexpr const char* kGroupClosed = "every connection of the group would be closed";
constexpr const char* kJoins = "every connection of the user would join the group";
constexpr const char* kLeaves = "every connection of the user would leave the group";
constexpr const char* kLeavesAll = "every connection of the user would leave all groups";
constexpr const char* kUserClosed = "every connection of the user would be closed";
constexpr const char* kOneLeavesAll = "the connection would leave all groups";
constexpr const char* kSelectedJoin =
    "every connection that 'filter' selects would join the groups";
constexpr const char* kSelectedLeave =
    "every connection that 'filter' selects would leave the groups";

const RefusedRow kRefused[] = {
    {"sendToAll", "group", kAllGet, "use 'sendToGroup'"},
    {"sendToAll", "groups", kAllGet, "one 'sendToGroup' for each"},
    {"sendToAll", "userId", kAllGet, "use 'sendToUser'"},
    {"sendToAll", "userIds", kAllGet, "one 'sendToUser' for each"},
    {"sendToAll", "connectionId", kAllGet, "use 'sendToConnection'"},
    {"sendToAll", "connectionIds", kAllGet, "one 'sendToConnection' for each"},
    {"sendToAll", "excludedConnections", kAllGet, "'excluded'"},
    {"sendToAll", "excludedUsers", kAllGet, "\"userId ne 'NAME'\""},
    {"sendToAll", "exclude", kAllGet, "'excluded'"},
    {"sendToAll", "excludes", kAllGet, "'excluded'"},
    {"sendToAll", "filters", kAllGet, "'filter'"},
    {"sendToAll", "odataFilter", kAllGet, "'filter'"},
    {"closeAllConnections", "group", kAllClosed, "use 'closeGroupConnections'"},
    {"closeAllConnections", "groups", kAllClosed, "one 'closeGroupConnections' for each"},
    {"closeAllConnections", "userId", kAllClosed, "use 'closeUserConnections'"},
    {"closeAllConnections", "userIds", kAllClosed, "one 'closeUserConnections' for each user"},
    {"closeAllConnections", "connectionId", kAllClosed, "use 'closeClientConnection'"},
    {"closeAllConnections", "connectionIds", kAllClosed, "one 'closeClientConnection' for each"},
    {"closeAllConnections", "excludedConnections", kAllClosed, "'excluded'"},
    {"closeAllConnections", "excludedUsers", kAllClosed, "'excluded'"},
    {"closeAllConnections", "exclude", kAllClosed, "'excluded'"},
    {"closeAllConnections", "excludes", kAllClosed, "'excluded'"},
    {"closeAllConnections", "filters", kAllClosed, "one 'closeClientConnection' for each"},
    {"closeAllConnections", "odataFilter", kAllClosed, "one 'closeClientConnection' for each"},
    {"sendToGroup", "groups", kGroupGets, "one 'sendToGroup' for each"},
    {"sendToGroup", "userId", kGroupGets, "use 'sendToUser', or a 'filter'"},
    {"sendToGroup", "userIds", kGroupGets, "one 'sendToUser' for each"},
    {"sendToGroup", "connectionId", kGroupGets, "use 'sendToConnection'"},
    {"sendToGroup", "connectionIds", kGroupGets, "one 'sendToConnection' for each"},
    {"sendToGroup", "excludedConnections", kGroupGets, "'excluded'"},
    {"sendToGroup", "excludedUsers", kGroupGets, "\"userId ne 'NAME'\""},
    {"sendToGroup", "exclude", kGroupGets, "'excluded'"},
    {"sendToGroup", "excludes", kGroupGets, "'excluded'"},
    {"sendToGroup", "filters", kGroupGets, "'filter'"},
    {"sendToGroup", "odataFilter", kGroupGets, "'filter'"},
    {"closeGroupConnections", "groups", kGroupClosed, "one 'closeGroupConnections' for each"},
    {"closeGroupConnections", "userId", kGroupClosed, "'closeClientConnection' for each"},
    {"closeGroupConnections", "userIds", kGroupClosed, "'closeClientConnection' for each"},
    {"closeGroupConnections", "connectionId", kGroupClosed, "use 'closeClientConnection'"},
    {"closeGroupConnections", "connectionIds", kGroupClosed, "'closeClientConnection' for each"},
    {"closeGroupConnections", "excludedConnections", kGroupClosed, "'excluded'"},
    {"closeGroupConnections", "excludedUsers", kGroupClosed, "'excluded'"},
    {"closeGroupConnections", "exclude", kGroupClosed, "'excluded'"},
    {"closeGroupConnections", "excludes", kGroupClosed, "'excluded'"},
    {"closeGroupConnections", "filters", kGroupClosed, "'closeClientConnection' for each"},
    {"closeGroupConnections", "odataFilter", kGroupClosed, "'closeClientConnection' for each"},
    {"sendToUser", "userIds", kUserGets, "one 'sendToUser' for each"},
    {"sendToUser", "group", kUserGets, "\"'NAME' in groups\""},
    {"sendToUser", "groups", kUserGets, "\"'NAME' in groups\""},
    {"sendToUser", "connectionId", kUserGets, "use 'sendToConnection'"},
    {"sendToUser", "connectionIds", kUserGets, "one 'sendToConnection' for each"},
    {"sendToUser", "excluded", kUserGets, "\"connectionId ne 'ID'\""},
    {"sendToUser", "excludedConnections", kUserGets, "\"connectionId ne 'ID'\""},
    {"sendToUser", "excludedUsers", kUserGets, "\"userId ne 'NAME'\""},
    {"sendToUser", "exclude", kUserGets, "\"connectionId ne 'ID'\""},
    {"sendToUser", "excludes", kUserGets, "\"connectionId ne 'ID'\""},
    {"sendToUser", "filters", kUserGets, "'filter'"},
    {"sendToUser", "odataFilter", kUserGets, "'filter'"},
    {"addUserToGroup", "groups", kJoins, "one 'addUserToGroup' for each group"},
    {"addUserToGroup", "userIds", kJoins, "one 'addUserToGroup' for each user"},
    {"addUserToGroup", "connectionId", kJoins, "use 'addConnectionToGroup'"},
    {"addUserToGroup", "connectionIds", kJoins, "one 'addConnectionToGroup' for each"},
    {"addUserToGroup", "excluded", kJoins, "one 'addConnectionToGroup' for each"},
    {"addUserToGroup", "excludedConnections", kJoins, "one 'addConnectionToGroup' for each"},
    {"addUserToGroup", "excludedUsers", kJoins, "one 'addConnectionToGroup' for each"},
    {"addUserToGroup", "exclude", kJoins, "one 'addConnectionToGroup' for each"},
    {"addUserToGroup", "excludes", kJoins, "one 'addConnectionToGroup' for each"},
    {"addUserToGroup", "filters", kJoins, "one 'addConnectionToGroup' for each"},
    {"addUserToGroup", "odataFilter", kJoins, "one 'addConnectionToGroup' for each"},
    {"removeUserFromGroup", "groups", kLeaves, "one 'removeUserFromGroup' for each group"},
    {"removeUserFromGroup", "userIds", kLeaves, "one 'removeUserFromGroup' for each user"},
    {"removeUserFromGroup", "connectionId", kLeaves, "use 'removeConnectionFromGroup'"},
    {"removeUserFromGroup", "connectionIds", kLeaves, "'removeConnectionFromGroup' for each"},
    {"removeUserFromGroup", "excluded", kLeaves, "'removeConnectionFromGroup' for each"},
    {"removeUserFromGroup", "excludedConnections", kLeaves, "'removeConnectionFromGroup' for each"},
    {"removeUserFromGroup", "excludedUsers", kLeaves, "'removeConnectionFromGroup' for each"},
    {"removeUserFromGroup", "exclude", kLeaves, "'removeConnectionFromGroup' for each"},
    {"removeUserFromGroup", "excludes", kLeaves, "'removeConnectionFromGroup' for each"},
    {"removeUserFromGroup", "filters", kLeaves, "'removeConnectionFromGroup' for each"},
    {"removeUserFromGroup", "odataFilter", kLeaves, "'removeConnectionFromGroup' for each"},
    {"removeUserFromAllGroups", "group", kLeavesAll, "use 'removeUserFromGroup'"},
    {"removeUserFromAllGroups", "groups", kLeavesAll, "one 'removeUserFromGroup' for each group"},
    {"removeUserFromAllGroups", "userIds", kLeavesAll, "'removeUserFromAllGroups' for each user"},
    {"removeUserFromAllGroups", "connectionId", kLeavesAll, "use 'removeConnectionFromGroup'"},
    {"removeUserFromAllGroups", "connectionIds", kLeavesAll, "'removeConnectionFromGroup' for"},
    {"removeUserFromAllGroups", "excluded", kLeavesAll, "'removeConnectionFromGroup' for each"},
    {"removeUserFromAllGroups", "excludedConnections", kLeavesAll, "'removeConnectionFromGroup'"},
    {"removeUserFromAllGroups", "excludedUsers", kLeavesAll, "'removeConnectionFromGroup'"},
    {"removeUserFromAllGroups", "exclude", kLeavesAll, "'removeConnectionFromGroup'"},
    {"removeUserFromAllGroups", "excludes", kLeavesAll, "'removeConnectionFromGroup'"},
    {"removeUserFromAllGroups", "filters", kLeavesAll, "'removeConnectionFromGroup'"},
    {"removeUserFromAllGroups", "odataFilter", kLeavesAll, "'removeConnectionFromGroup'"},
    {"closeUserConnections", "group", kUserClosed, "'closeClientConnection' for each"},
    {"closeUserConnections", "groups", kUserClosed, "'closeClientConnection' for each"},
    {"closeUserConnections", "userIds", kUserClosed, "one 'closeUserConnections' for each user"},
    {"closeUserConnections", "connectionId", kUserClosed, "use 'closeClientConnection'"},
    {"closeUserConnections", "connectionIds", kUserClosed, "'closeClientConnection' for each"},
    {"closeUserConnections", "excludedConnections", kUserClosed, "'excluded'"},
    {"closeUserConnections", "excludedUsers", kUserClosed, "'excluded'"},
    {"closeUserConnections", "exclude", kUserClosed, "'excluded'"},
    {"closeUserConnections", "excludes", kUserClosed, "'excluded'"},
    {"closeUserConnections", "filters", kUserClosed, "'closeClientConnection' for each"},
    {"closeUserConnections", "odataFilter", kUserClosed, "'closeClientConnection' for each"},
    {"removeConnectionFromAllGroups", "group", kOneLeavesAll, "use 'removeConnectionFromGroup'"},
    {"removeConnectionFromAllGroups", "groups", kOneLeavesAll, "'removeConnectionFromGroup' for"},
    {"addConnectionsToGroups", "userId", kSelectedJoin, "\"userId in ('NAME')\""},
    {"addConnectionsToGroups", "userIds", kSelectedJoin, "\"userId in ('NAME')\""},
    {"addConnectionsToGroups", "connectionId", kSelectedJoin, "\"connectionId in ('ID')\""},
    {"addConnectionsToGroups", "connectionIds", kSelectedJoin, "\"connectionId in ('ID')\""},
    {"addConnectionsToGroups", "excluded", kSelectedJoin, "\"not (connectionId in ('ID'))\""},
    {"addConnectionsToGroups", "excludedConnections", kSelectedJoin, "not (connectionId in"},
    {"addConnectionsToGroups", "excludedUsers", kSelectedJoin, "\"not (userId in ('NAME'))\""},
    {"addConnectionsToGroups", "exclude", kSelectedJoin, "not (connectionId in"},
    {"addConnectionsToGroups", "excludes", kSelectedJoin, "not (connectionId in"},
    {"addConnectionsToGroups", "filters", kSelectedJoin, "into 'filter'"},
    {"addConnectionsToGroups", "odataFilter", kSelectedJoin, "into 'filter'"},
    {"removeConnectionsFromGroups", "userId", kSelectedLeave, "\"userId in ('NAME')\""},
    {"removeConnectionsFromGroups", "userIds", kSelectedLeave, "\"userId in ('NAME')\""},
    {"removeConnectionsFromGroups", "connectionId", kSelectedLeave, "connectionId in ('ID')"},
    {"removeConnectionsFromGroups", "connectionIds", kSelectedLeave, "connectionId in ('ID')"},
    {"removeConnectionsFromGroups", "excluded", kSelectedLeave, "not (connectionId in ('ID'))"},
    {"removeConnectionsFromGroups", "excludedConnections", kSelectedLeave, "not (connectionId in"},
    {"removeConnectionsFromGroups", "excludedUsers", kSelectedLeave, "not (userId in ('NAME'))"},
    {"removeConnectionsFromGroups", "exclude", kSelectedLeave, "not (connectionId in"},
    {"removeConnectionsFromGroups", "excludes", kSelectedLeave, "not (connectionId in"},
    {"removeConnectionsFromGroups", "filters", kSelectedLeave, "into 'filter'"},
    {"removeConnectionsFromGroups", "odataFilter", kSelectedLeave, "into 'filter'"},
};

class NarrowingKeyOf : public testing::TestWithParam<RefusedRow> {};

TEST_P(NarrowingKeyOf, IsRefusedWithWhatWouldHappenAndTheRemedy) {
  const RecordingVisitor seen = decode_line(with(GetParam().kind, GetParam().key, R"(["x"])"));
  ASSERT_EQ(seen.shape(), "R");
  EXPECT_EQ(name_of(seen.records()[0].code), "invalid_action");
  EXPECT_THAT(seen.records()[0].message,
              AllOf(StartsWith("'" + std::string(GetParam().key) + "' is no field of " +
                               GetParam().kind + ";"),
                    HasSubstr(GetParam().happens), HasSubstr(GetParam().remedy),
                    HasSubstr("or leave it out")));
}

TEST_P(NarrowingKeyOf, IsRefusedInAnyLetterCase) {
  std::string key = GetParam().key;
  for (size_t i = 0; i < key.size(); i += 2) {
    key[i] = static_cast<char>(std::toupper(static_cast<unsigned char>(key[i])));
  }
  EXPECT_EQ(decode_line(with(GetParam().kind, key, "\"x\"")).shape(), "R");
}

TEST_P(NarrowingKeyOf, IsNothingIfNull) {
  EXPECT_EQ(decode_line(with(GetParam().kind, GetParam().key, "null")).shape(), "A");
}

INSTANTIATE_TEST_SUITE_P(Keys, NarrowingKeyOf, testing::ValuesIn(kRefused), [](const auto& row) {
  return std::string(row.param.kind) + "_" + row.param.key;
});

// The table above has all of them: what it does not name is ignored as ever.
TEST(NarrowingKeys, AreOnlyThose) {
  static constexpr std::string_view kKeys[] = {
      "group",         "groups",   "userId",        "userIds",
      "connectionId",  "exclude",  "connectionIds", "excluded",
      "excludedUsers", "excludes", "filters",       "excludedConnections",
      "odataFilter",   "note",     "permission",    "targetName",
      "reason",        "data",     "dataType",      "roles"};
  for (const std::string_view kind : kActionNames) {
    for (const std::string_view key : kKeys) {
      const bool is_refused = std::ranges::any_of(
          kRefused, [&](const RefusedRow& row) { return row.kind == kind && row.key == key; });
      const bool is_own = opened(kind).find("\"" + std::string(key) + "\"") != std::string::npos;
      if (is_refused || is_own) continue;
      EXPECT_EQ(decode_line(with(kind, key, R"("text")")).shape(), "A") << kind << " " << key;
    }
  }
}

TEST(NarrowingKeys, OfAnElementRefuseThatElementAlone) {
  const RecordingVisitor seen =
      decode_line(R"([{"actionName":"sendToAll","userId":"ann","data":""},)"
                  R"({"actionName":"sendToAll","data":""}])");
  EXPECT_EQ(seen.shape(), "RA");
}

TEST(NarrowingKeys, WithinDataAreData) {
  EXPECT_EQ(
      decode_line(R"({"actionName":"sendToAll","dataType":"json","data":{"userId":"a"}})").shape(),
      "A");
}

}  // namespace
}  // namespace awps
