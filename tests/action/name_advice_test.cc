// Names that are no action's: what the producer is told, for every operation of the REST API and of
// the SDKs, and for misspelt ones.

#include "action/name_advice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "action/edit_distance.h"
#include "action/names.h"
#include "tests/support/sanitized.h"

namespace awps {
namespace {

using testing::HasSubstr;

// How many clients are reached, least first.
enum Scope { kConnection, kUser, kGroup, kAll };

// By their names alone: an oracle that knows nothing of the code's own order.
Scope scope_of(ActionKind kind) {
  const std::string_view name = name_of(kind);
  if (name.find("Permission") != std::string_view::npos) return kConnection;
  if (name == "closeClientConnection" || name == "sendToConnection") return kConnection;
  if (name == "addConnectionToGroup" || name == "removeConnectionFromGroup") return kConnection;
  if (name == "removeConnectionFromAllGroups") return kConnection;
  if (name.find("Connections") != std::string_view::npos && name.ends_with("Groups")) return kAll;
  if (name.find("User") != std::string_view::npos) return kUser;
  return name.find("Group") != std::string_view::npos ? kGroup : kAll;
}

// What a foreign operation reaches; `changes`: it is no question, and makes no token.
struct Operation {
  const char* name;
  Scope scope;
  bool changes;
  const char* advice;  // stands in the text
};

const Operation kOperations[] = {
    // REST, 2024-12-01, by operationId.
    {"HealthApi_GetServiceStatus", kConnection, false, "awpsctl check"},
    {"WebPubSub_AddConnectionsToGroups", kAll, true, "use 'addConnectionsToGroups'"},
    {"WebPubSub_CloseAllConnections", kAll, true, "use 'closeAllConnections'"},
    {"WebPubSub_GenerateClientToken", kConnection, false, "awpsctl token"},
    {"WebPubSub_RemoveConnectionsFromGroups", kAll, true, "use 'removeConnectionsFromGroups'"},
    {"WebPubSub_SendToAll", kAll, true, "use 'sendToAll'"},
    {"WebPubSub_CloseConnection", kConnection, true, "use 'closeClientConnection'"},
    {"WebPubSub_ConnectionExists", kConnection, false, "asks the service"},
    {"WebPubSub_SendToConnection", kConnection, true, "use 'sendToConnection'"},
    {"WebPubSub_RemoveConnectionFromAllGroups", kConnection, true,
     "'removeConnectionFromAllGroups'"},
    {"WebPubSub_GroupExists", kConnection, false, "asks the service"},
    {"WebPubSub_CloseGroupConnections", kGroup, true, "use 'closeGroupConnections'"},
    {"WebPubSub_SendToGroup", kGroup, true, "use 'sendToGroup'"},
    {"WebPubSub_ListConnectionsInGroup", kConnection, false, "asks the service"},
    {"WebPubSub_AddConnectionToGroup", kConnection, true, "use 'addConnectionToGroup'"},
    {"WebPubSub_RemoveConnectionFromGroup", kConnection, true, "use 'removeConnectionFromGroup'"},
    {"WebPubSub_GrantPermission", kConnection, true, "use 'grantPermission'"},
    {"WebPubSub_RevokePermission", kConnection, true, "use 'revokePermission'"},
    {"WebPubSub_CheckPermission", kConnection, false, "asks the service"},
    {"WebPubSub_UserExists", kConnection, false, "asks the service"},
    {"WebPubSub_CloseUserConnections", kUser, true, "use 'closeUserConnections'"},
    {"WebPubSub_SendToUser", kUser, true, "use 'sendToUser'"},
    {"WebPubSub_RemoveUserFromAllGroups", kUser, true, "use 'removeUserFromAllGroups'"},
    {"WebPubSub_AddUserToGroup", kUser, true, "use 'addUserToGroup'"},
    {"WebPubSub_RemoveUserFromGroup", kUser, true, "use 'removeUserFromGroup'"},
    // REST, by the end of the path.
    {":addToGroups", kConnection, true, "'addConnectionToGroup'"},
    {":removeFromGroups", kConnection, true, "'removeConnectionFromGroup'"},
    {":closeConnections", kConnection, true, "'closeClientConnection' for one"},
    {":generateToken", kConnection, false, "awpsctl token"},
    {":send", kConnection, true, "'sendToConnection', 'sendToUser'"},
    // JavaScript; the group's client with its own names.
    {"addConnection", kConnection, true, "use 'addConnectionToGroup'"},
    {"addConnectionToGroups", kConnection, true, "one 'addConnectionToGroup' for each"},
    {"addConnectionsToGroup", kConnection, true, "one 'addConnectionToGroup' for each"},
    {"addUserToGroups", kUser, true, "use 'addUserToGroup', once for each group"},
    {"addUser", kUser, true, "use 'addUserToGroup'"},
    {"closeConnection", kConnection, true, "use 'closeClientConnection', with its 'connectionId'"},
    {"closeUser", kUser, true, "use 'closeUserConnections'"},
    {"connectionExists", kConnection, false, "asks the service"},
    {"getClientAccessToken", kConnection, false, "awpsctl token"},
    {"group", kConnection, false, "names a group"},
    {"group.sendToAll", kGroup, true, "use 'sendToGroup'"},
    {"group.closeAllConnections", kGroup, true, "use 'closeGroupConnections'"},
    {"group.addUser", kUser, true, "use 'addUserToGroup'"},
    {"group.removeUser", kUser, true, "use 'removeUserFromGroup'"},
    {"group.addConnection", kConnection, true, "use 'addConnectionToGroup'"},
    {"group.removeConnection", kConnection, true, "use 'removeConnectionFromGroup'"},
    {"groupExists", kConnection, false, "asks the service"},
    {"hasPermission", kConnection, false, "asks the service"},
    {"listConnections", kConnection, false, "asks the service"},
    {"removeConnection", kConnection, true, "use 'removeConnectionFromGroup'"},
    {"removeConnectionFromGroups", kConnection, true, "one 'removeConnectionFromGroup' for each"},
    {"removeConnectionsFromGroup", kConnection, true, "one 'removeConnectionFromGroup' for each"},
    {"removeFromAllGroups", kConnection, true, "use 'removeConnectionFromAllGroups' for one"},
    {"removeUserFromGroups", kUser, true, "use 'removeUserFromGroup', once for each group"},
    {"removeUser", kUser, true, "use 'removeUserFromGroup'"},
    {"userExists", kConnection, false, "asks the service"},
    // The clients' library and protocol.
    {"joinGroup", kConnection, true, "use 'addConnectionToGroup', or 'addUserToGroup'"},
    {"leaveGroup", kConnection, true, "use 'removeConnectionFromGroup'"},
    {"sendEvent", kConnection, false, "belongs to clients"},
    {"invokeEvent", kConnection, false, "belongs to clients"},
    {"openGroupStream", kConnection, false, "belongs to clients"},
    {"onGroupStream", kConnection, false, "belongs to clients"},
    {"sequenceAck", kConnection, false, "belongs to clients"},
    {"event", kConnection, false, "belongs to clients"},
    {"start", kConnection, false, "belongs to clients"},
    {"stop", kConnection, false, "belongs to clients"},
    {"publish", kGroup, true, "use 'sendToGroup'"},
    // .NET.
    {"SendToAllAsync", kAll, true, "use 'sendToAll'"},
    {"CloseConnectionAsync", kConnection, true, "use 'closeClientConnection'"},
    {"CloseUserConnectionsAsync", kUser, true, "use 'closeUserConnections'"},
    {"CheckPermissionAsync", kConnection, false, "asks the service"},
    {"GetClientAccessUri", kConnection, false, "awpsctl token"},
    {"GetClientAccessUriAsync", kConnection, false, "awpsctl token"},
    {"RemoveConnectionFromAllGroupsAsync", kConnection, true, "'removeConnectionFromAllGroups'"},
    // Python.
    {"send_to_all", kAll, true, "use 'sendToAll'"},
    {"send_to_group", kGroup, true, "use 'sendToGroup'"},
    {"send_to_user", kUser, true, "use 'sendToUser'"},
    {"send_to_connection", kConnection, true, "use 'sendToConnection'"},
    {"add_connection_to_group", kConnection, true, "use 'addConnectionToGroup'"},
    {"add_connections_to_groups", kAll, true, "use 'addConnectionsToGroups'"},
    {"add_user_to_group", kUser, true, "use 'addUserToGroup'"},
    {"close_all_connections", kAll, true, "use 'closeAllConnections'"},
    {"close_connection", kConnection, true, "use 'closeClientConnection'"},
    {"close_group_connections", kGroup, true, "use 'closeGroupConnections'"},
    {"close_user_connections", kUser, true, "use 'closeUserConnections'"},
    {"connection_exists", kConnection, false, "asks the service"},
    {"get_client_access_token", kConnection, false, "awpsctl token"},
    {"grant_permission", kConnection, true, "use 'grantPermission'"},
    {"group_exists", kConnection, false, "asks the service"},
    {"has_permission", kConnection, false, "asks the service"},
    {"list_connections", kConnection, false, "asks the service"},
    {"remove_connection_from_all_groups", kConnection, true, "'removeConnectionFromAllGroups'"},
    {"remove_connection_from_group", kConnection, true, "use 'removeConnectionFromGroup'"},
    {"remove_connections_from_groups", kAll, true, "use 'removeConnectionsFromGroups'"},
    {"remove_user_from_all_groups", kUser, true, "use 'removeUserFromAllGroups'"},
    {"remove_user_from_group", kUser, true, "use 'removeUserFromGroup'"},
    {"revoke_permission", kConnection, true, "use 'revokePermission'"},
    {"user_exists", kConnection, false, "asks the service"},
    // Java.
    {"checkPermission", kConnection, false, "asks the service"},
    {"checkPermissionWithResponse", kConnection, false, "asks the service"},
    {"closeConnectionWithResponse", kConnection, true, "use 'closeClientConnection'"},
    {"sendToUserWithResponse", kUser, true, "use 'sendToUser'"},
    {"listConnectionsInGroup", kConnection, false, "asks the service"},
    {"getAuthenticationToken", kConnection, false, "awpsctl token"},
    // Go.
    {"Client.CloseConnection", kConnection, true, "use 'closeClientConnection'"},
    {"ClientCloseUserConnectionsOptions", kUser, true, "use 'closeUserConnections'"},
    {"GenerateClientAccessURL", kConnection, false, "awpsctl token"},
    {"GenerateClientToken", kConnection, false, "awpsctl token"},
    {"NewListConnectionsInGroupPager", kConnection, false, "asks the service"},
    {"GetServiceStatus", kConnection, false, "awpsctl check"},
    // The bindings: factory methods of .NET, and operationKinds of the preview.
    {"CreateSendToAllAction", kAll, true, "use 'sendToAll'"},
    {"CreateCloseClientConnectionAction", kConnection, true, "use 'closeClientConnection'"},
    {"WebPubSubAction.CreateSendToUserAction", kUser, true, "use 'sendToUser'"},
    {"GrantGroupPermission", kConnection, true, "use 'grantPermission'"},
    {"RevokeGroupPermission", kConnection, true, "use 'revokePermission'"},
    // What people say.
    {"broadcast", kAll, true, "use 'sendToAll'"},
    {"disconnect", kConnection, true, "use 'closeClientConnection'"},
    {"send", kConnection, true, "'sendToConnection', 'sendToUser'"},
    {"close", kConnection, true, "'closeClientConnection' for one"},
    {"sendToUsers", kUser, true, "use 'sendToUser', once for each user"},
    {"subscribe", kConnection, true, "use 'addConnectionToGroup'"},
};

void expect_no_wider(const Operation& operation, const std::string& written) {
  if (action_kind_of(written)) return;  // that is an action: nobody advises
  const NameAdvice advice = advice_on_name(written);
  if (!advice.action) return;
  EXPECT_TRUE(operation.changes) << written << ": " << advice.text;
  EXPECT_LE(scope_of(*advice.action), operation.scope) << written << ": " << advice.text;
}

class ForeignOperation : public testing::TestWithParam<Operation> {};

TEST_P(ForeignOperation, IsAnsweredWithTheNarrowestThatDoesTheSame) {
  ASSERT_FALSE(action_kind_of(GetParam().name).has_value());
  EXPECT_THAT(advice_on_name(GetParam().name).text, HasSubstr(GetParam().advice));
  expect_no_wider(GetParam(), GetParam().name);
}

// Every word within one edit of it.
std::set<std::string> one_edit(const std::string& word, const std::string& letters) {
  std::set<std::string> words;
  for (size_t at = 0; at <= word.size(); ++at) {
    for (const char c : letters) {
      words.insert(word.substr(0, at) + c + word.substr(at));
      if (at < word.size()) words.insert(word.substr(0, at) + c + word.substr(at + 1));
    }
    if (at < word.size()) words.insert(word.substr(0, at) + word.substr(at + 1));
    if (at + 1 < word.size()) {
      std::string swapped = word;
      std::swap(swapped[at], swapped[at + 1]);
      words.insert(swapped);
    }
  }
  return words;
}

const std::string kLetters = "abcdefghijklmnoprstuvwxy_";

TEST_P(ForeignOperation, IsNeverAnsweredWithAWiderOneIfMisspelt) {
  for (const std::string& written : one_edit(GetParam().name, kLetters)) {
    expect_no_wider(GetParam(), written);
  }
}

std::string name_of_operation(const testing::TestParamInfo<Operation>& info) {
  std::string name;
  for (const char c : std::string(info.param.name)) name += isalnum(c) != 0 ? c : '_';
  return std::to_string(info.index) + "_" + name;
}

INSTANTIATE_TEST_SUITE_P(Names, ForeignOperation, testing::ValuesIn(kOperations),
                         name_of_operation);

void expect_no_wider_than(ActionKind kind, const std::string& written) {
  if (action_kind_of(written)) return;
  const NameAdvice advice = advice_on_name(written);
  if (!advice.action) return;
  ASSERT_LE(scope_of(*advice.action), scope_of(kind)) << written << ": " << advice.text;
}

class OwnName : public testing::TestWithParam<ActionKind> {};

TEST_P(OwnName, IsNeverWidenedWithinOneEdit) {
  for (const std::string& written : one_edit(std::string(name_of(GetParam())), kLetters)) {
    expect_no_wider_than(GetParam(), written);
  }
}

// The letters in which two names differ.
std::string differing_letters(std::string a, std::string b) {
  while (!a.empty() && !b.empty() && a.front() == b.front()) {
    a.erase(0, 1);
    b.erase(0, 1);
  }
  while (!a.empty() && !b.empty() && a.back() == b.back()) {
    a.pop_back();
    b.pop_back();
  }
  return a + b;
}

// Two words that are both within two edits of a third are at most four apart. So only where another
// name is that near can a guess be of a wider scope; the letters that matter there are tried.
TEST_P(OwnName, IsNeverWidenedWithinTwoEdits) {
  const std::string name(name_of(GetParam()));
  std::set<char> different;
  for (const std::string_view other : kActionNames) {
    const bool is_wider = scope_of(*action_kind_of(other)) > scope_of(GetParam());
    if (!is_wider || edit_distance(name, other) > 5) continue;
    for (const char c : differing_letters(name, std::string(other))) different.insert(c);
  }
  const std::string letters(different.begin(), different.end());
  // All of them in the release build: with the sanitizer they take two minutes, and another word
  // takes the same way through the code.
  int index = 0;
  for (const std::string& once : one_edit(name, letters)) {
    if (kIsAddressSanitized && ++index % 10 != 0) continue;
    for (const std::string& written : one_edit(once, letters)) {
      expect_no_wider_than(GetParam(), written);
    }
  }
}

TEST_P(OwnName, IsNeverWidenedByRandomEdits) {
  static constexpr uint32_t kSeed = 16;
  std::mt19937 random(kSeed);
  const std::string name(name_of(GetParam()));
  for (int i = 0; i < 1'000; ++i) {
    std::string written = name;
    for (int edit = 0; edit < 2; ++edit) {
      const size_t at = random() % written.size();
      const char letter = kLetters[random() % kLetters.size()];
      switch (random() % 3) {
        case 0:
          written[at] = letter;
          break;
        case 1:
          written.insert(at, 1, letter);
          break;
        default:
          written.erase(at, 1);
      }
    }
    expect_no_wider_than(GetParam(), written);
  }
}

std::vector<ActionKind> all_kinds() {
  std::vector<ActionKind> kinds;
  for (size_t i = 0; i < kActionKinds; ++i) kinds.push_back(static_cast<ActionKind>(i));
  return kinds;
}

INSTANTIATE_TEST_SUITE_P(Names, OwnName, testing::ValuesIn(all_kinds()),
                         [](const auto& row) { return std::string(name_of(row.param)); });

struct Typo {
  const char* written;
  ActionKind meant;
};

class Misspelt : public testing::TestWithParam<Typo> {};

TEST_P(Misspelt, IsGuessed) {
  const NameAdvice advice = advice_on_name(GetParam().written);
  EXPECT_EQ(advice.action, GetParam().meant) << advice.text;
}

INSTANTIATE_TEST_SUITE_P(
    Names, Misspelt,
    testing::Values(Typo{"sendtogruop", ActionKind::kSendToGroup},
                    Typo{"sendToUsr", ActionKind::kSendToUser},
                    Typo{"sendToal", ActionKind::kSendToAll},
                    Typo{"sent_to_conection", ActionKind::kSendToConnection},
                    Typo{"addUsersToGroup", ActionKind::kAddUserToGroup},
                    Typo{"removeUserFromGroups", ActionKind::kRemoveUserFromGroup},
                    Typo{"closeUserConections", ActionKind::kCloseUserConnections},
                    Typo{"closeAllConnectons", ActionKind::kCloseAllConnections},
                    Typo{"closeClientConection", ActionKind::kCloseClientConnection},
                    Typo{"grantPermisson", ActionKind::kGrantPermission}));

TEST(Advice, ListsAllWhereNothingIsNear) {
  const NameAdvice advice = advice_on_name("makeCoffee");
  EXPECT_FALSE(advice.action.has_value());
  for (const std::string_view name : kActionNames) EXPECT_THAT(advice.text, HasSubstr(name));
}

TEST(Advice, GuessesNothingWiderThanAnotherNameAsNear) {
  ASSERT_EQ(edit_distance("removeUserFromAlGroup", "removeUserFromAllGroups"), 2U);
  ASSERT_EQ(edit_distance("removeUserFromAlGroup", "removeUserFromGroup"), 2U);
  EXPECT_NE(advice_on_name("removeUserFromAlGroup").action, ActionKind::kRemoveUserFromAllGroups);
}

}  // namespace
}  // namespace awps
