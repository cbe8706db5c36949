#include "action/foreign_names.h"

namespace awps {

namespace {

using enum ActionKind;

constexpr std::string_view kQuestion =
    "it asks the service something, and awpsd only sends and changes: ask with the REST API or an "
    "SDK";
constexpr std::string_view kToken =
    "awpsd makes no token for an action: run 'awpsctl token', or use an SDK";
constexpr std::string_view kOfClients =
    "it belongs to clients of the service, which awpsd is not: use one of the actions that send";
constexpr std::string_view kNameReceivers =
    "it does not say to whom: use 'sendToConnection', 'sendToUser', 'sendToGroup' or 'sendToAll'";
constexpr std::string_view kWhoseConnections =
    "it does not say whose: use 'closeClientConnection' for one connection, "
    "'closeUserConnections' for a user, 'closeGroupConnections' for a group, or "
    "'closeAllConnections' for the whole hub";
constexpr std::string_view kAddWhom =
    "use 'addConnectionToGroup' for one connection, or 'addUserToGroup' for all of a user";
constexpr std::string_view kRemoveWhom =
    "use 'removeConnectionFromGroup' for one connection, or 'removeUserFromGroup' for all of a "
    "user";
constexpr std::string_view kAddMany =
    "use one 'addConnectionToGroup' or 'addUserToGroup' for each member and group, or "
    "'addConnectionsToGroups' for all connections that a 'filter' selects";
constexpr std::string_view kRemoveMany =
    "use one 'removeConnectionFromGroup' or 'removeUserFromGroup' for each member and group, or "
    "'removeConnectionsFromGroups' for all connections that a 'filter' selects";
constexpr std::string_view kAddEach =
    "use one 'addConnectionToGroup' for each, or 'addConnectionsToGroups' with 'groups' and a "
    "'filter' of connections";
constexpr std::string_view kRemoveEach =
    "use one 'removeConnectionFromGroup' for each, or 'removeConnectionsFromGroups' with 'groups' "
    "and a 'filter' of connections";
constexpr std::string_view kWholeUser = "or 'addUserToGroup' for all connections of a user";
constexpr std::string_view kWholeUserLeaves =
    "or 'removeUserFromGroup' for all connections of a user";

constexpr ForeignName kForeignNames[] = {
    // Closing.
    {"closeConnection", kCloseClientConnection, "with its 'connectionId'"},
    {"closeClient", kCloseClientConnection, "with its 'connectionId'"},
    {"disconnect", kCloseClientConnection, "with its 'connectionId'"},
    {"closeConnections", {}, kWhoseConnections},
    {"close", {}, kWhoseConnections},
    {"closeUser", kCloseUserConnections, {}},
    {"userCloseConnections", kCloseUserConnections, {}},
    {"closeGroup", kCloseGroupConnections, {}},
    {"closeAll", kCloseAllConnections, {}},
    {"groupCloseAllConnections", kCloseGroupConnections, {}},
    {"groupCloseConnections", kCloseGroupConnections, {}},
    // Memberships.
    {"addConnection", kAddConnectionToGroup, {}},
    {"addUser", kAddUserToGroup, {}},
    {"removeConnection", kRemoveConnectionFromGroup, {}},
    {"removeUser", kRemoveUserFromGroup, {}},
    {"groupAddConnection", kAddConnectionToGroup, {}},
    {"groupAddUser", kAddUserToGroup, {}},
    {"groupRemoveConnection", kRemoveConnectionFromGroup, {}},
    {"groupRemoveUser", kRemoveUserFromGroup, {}},
    {"joinGroup", kAddConnectionToGroup, kWholeUser},
    {"subscribe", kAddConnectionToGroup, kWholeUser},
    {"leaveGroup", kRemoveConnectionFromGroup, kWholeUserLeaves},
    {"unsubscribe", kRemoveConnectionFromGroup, kWholeUserLeaves},
    {"addToGroup", {}, kAddWhom},
    {"addToGroups", {}, kAddMany},
    {"addConnectionsToGroup", {}, kAddEach},
    {"addConnectionToGroups", {}, kAddEach},
    {"addUserToGroups", kAddUserToGroup, "once for each group"},
    {"removeFromGroup", {}, kRemoveWhom},
    {"removeFromGroups", {}, kRemoveMany},
    {"removeConnectionsFromGroup", {}, kRemoveEach},
    {"removeConnectionFromGroups", {}, kRemoveEach},
    {"removeUserFromGroups", kRemoveUserFromGroup, "once for each group"},
    {"removeFromAllGroups",
     {},
     "use 'removeConnectionFromAllGroups' for one connection, or 'removeUserFromAllGroups' for a "
     "user"},
    // Sending.
    {"groupSendToAll", kSendToGroup, {}},
    {"groupSend", kSendToGroup, {}},
    {"publish", kSendToGroup, "with the topic as 'group'"},
    {"publishToGroup", kSendToGroup, {}},
    {"sendToClient", kSendToConnection, {}},
    {"sendToConnections", kSendToConnection, "once for each connection"},
    {"sendToUsers", kSendToUser, "once for each user"},
    {"sendToGroups", kSendToGroup, "once for each group"},
    {"broadcast", kSendToAll, {}},
    {"send", {}, kNameReceivers},
    {"sendMessage", {}, kNameReceivers},
    {"message", {}, kNameReceivers},
    // Permissions.
    {"grantGroupPermission", kGrantPermission, {}},
    {"revokeGroupPermission", kRevokePermission, {}},
    {"grant", kGrantPermission, {}},
    {"revoke", kRevokePermission, {}},
    // Questions.
    {"hasPermission", {}, kQuestion},
    {"checkPermission", {}, kQuestion},
    {"connectionExists", {}, kQuestion},
    {"userExists", {}, kQuestion},
    {"groupExists", {}, kQuestion},
    {"checkConnectionExists", {}, kQuestion},
    {"checkUserExists", {}, kQuestion},
    {"checkGroupExists", {}, kQuestion},
    {"isUserInGroup", {}, kQuestion},
    {"listConnections", {}, kQuestion},
    {"listConnectionsInGroup", {}, kQuestion},
    {"newListConnectionsInGroupPager", {}, kQuestion},
    {"groupListConnections", {}, kQuestion},
    {"getServiceStatus", {}, "it asks whether the service is there: run 'awpsctl check'"},
    {"health", {}, "it asks whether the service is there: run 'awpsctl check'"},
    // Tokens.
    {"generateToken", {}, kToken},
    {"generateClientToken", {}, kToken},
    {"generateClientAccessUrl", {}, kToken},
    {"getClientAccessToken", {}, kToken},
    {"getClientAccessUri", {}, kToken},
    {"getClientAccessUrl", {}, kToken},
    {"getAuthenticationToken", {}, kToken},
    // Clients.
    {"event", {}, kOfClients},
    {"sendEvent", {}, kOfClients},
    {"invoke", {}, kOfClients},
    {"invokeEvent", {}, kOfClients},
    {"cancelInvocation", {}, kOfClients},
    {"sequenceAck", {}, kOfClients},
    {"openGroupStream", {}, kOfClients},
    {"onGroupStream", {}, kOfClients},
    {"ping", {}, kOfClients},
    {"start", {}, kOfClients},
    {"stop", {}, kOfClients},
    {"group", {}, "it names a group and does nothing: use 'sendToGroup', with the name as 'group'"},
};

}  // namespace

std::span<const ForeignName> foreign_names() {
  return kForeignNames;
}

}  // namespace awps
