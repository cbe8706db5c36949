#include "action/narrowing.h"

#include <optional>
#include <string_view>

#include "action/refusal.h"

namespace awps {

namespace {

using enum ActionKind;

// What a key was meant to say.
enum class Meaning : uint8_t {
  kOneGroup,
  kGroups,
  kOneUser,
  kUsers,
  kOneConnection,
  kConnections,
  kNotConnections,
  kNotUsers,
  kFilter,
};

struct Misplaced {
  std::string_view key;
  Meaning meaning;
};

Meaning meaning_of(NarrowingKey key) {
  switch (key) {
    case NarrowingKey::kUserIds:
      return Meaning::kUsers;
    case NarrowingKey::kConnectionIds:
      return Meaning::kConnections;
    case NarrowingKey::kExcludedUsers:
      return Meaning::kNotUsers;
    case NarrowingKey::kFilters:
    case NarrowingKey::kOdataFilter:
      return Meaning::kFilter;
    default:
      return Meaning::kNotConnections;
  }
}

struct KeyOfOthers {
  Key key;
  Meaning meaning;
};
constexpr std::array<KeyOfOthers, 5> kKeysOfOthers = {{
    {Key::kConnectionId, Meaning::kOneConnection},
    {Key::kUserId, Meaning::kOneUser},
    {Key::kGroup, Meaning::kOneGroup},
    {Key::kGroups, Meaning::kGroups},
    {Key::kExcluded, Meaning::kNotConnections},
}};

std::optional<Misplaced> first_misplaced(const RefusedKeys& refused, const Members& members) {
  for (const auto& [key, meaning] : kKeysOfOthers) {
    const bool is_refused = (refused.known & Members::bit(key)) != 0;
    if (is_refused && members.has_value(key)) return Misplaced{name_of(key), meaning};
  }
  for (size_t i = 0; i < kNarrowingKeys; ++i) {
    const auto key = static_cast<NarrowingKey>(i);
    if ((refused.narrowing & members.narrowing() & Members::bit(key)) == 0) continue;
    return Misplaced{name_of(key), meaning_of(key)};
  }
  return std::nullopt;
}

std::string_view what_would_happen(ActionKind kind) {
  switch (kind) {
    case kSendToAll:
      return "every client of the hub would get the message";
    case kSendToGroup:
      return "the whole group would get the message";
    case kSendToUser:
      return "every connection of the user would get the message";
    case kCloseAllConnections:
      return "every connection of the hub would be closed";
    case kCloseGroupConnections:
      return "every connection of the group would be closed";
    case kCloseUserConnections:
      return "every connection of the user would be closed";
    case kRemoveConnectionFromAllGroups:
      return "the connection would leave all groups";
    case kAddConnectionsToGroups:
      return "every connection that 'filter' selects would join the groups";
    case kRemoveConnectionsFromGroups:
      return "every connection that 'filter' selects would leave the groups";
    case kAddUserToGroup:
      return "every connection of the user would join the group";
    case kRemoveUserFromGroup:
      return "every connection of the user would leave the group";
    default:
      return "every connection of the user would leave all groups";
  }
}

std::string_view remedy_of_send(ActionKind kind, Meaning meaning) {
  switch (meaning) {
    case Meaning::kOneGroup:
    case Meaning::kGroups:
      if (kind == kSendToUser) return "use a 'filter' such as \"'NAME' in groups\"";
      return meaning == Meaning::kOneGroup ? "use 'sendToGroup'"
                                           : "use one 'sendToGroup' for each group";
    case Meaning::kOneUser:
      return kind == kSendToGroup ? "use 'sendToUser', or a 'filter' such as \"userId eq 'NAME'\""
                                  : "use 'sendToUser'";
    case Meaning::kUsers:
      return "use one 'sendToUser' for each user";
    case Meaning::kOneConnection:
      return "use 'sendToConnection'";
    case Meaning::kConnections:
      return "use one 'sendToConnection' for each connection";
    case Meaning::kNotConnections:
      return kind == kSendToUser ? "use a 'filter' such as \"connectionId ne 'ID'\""
                                 : "write the connection ids into 'excluded'";
    case Meaning::kNotUsers:
      return "use a 'filter' such as \"userId ne 'NAME'\"";
    case Meaning::kFilter:
      return "write the expression into 'filter'";
  }
  return {};
}

std::string_view remedy_of_close(ActionKind kind, Meaning meaning) {
  static constexpr std::string_view kEachConnection =
      "use one 'closeClientConnection' for each connection";
  // Part of a group is meant, or part of a user's connections: another scope would be wider.
  const bool is_part = kind == kCloseUserConnections || kind == kCloseGroupConnections;
  switch (meaning) {
    case Meaning::kOneUser:
      return is_part ? kEachConnection : "use 'closeUserConnections'";
    case Meaning::kUsers:
      if (kind == kCloseGroupConnections) return kEachConnection;
      return "use one 'closeUserConnections' for each user";
    case Meaning::kOneGroup:
      return is_part ? kEachConnection : "use 'closeGroupConnections'";
    case Meaning::kGroups:
      if (kind == kCloseUserConnections) return kEachConnection;
      return "use one 'closeGroupConnections' for each group";
    case Meaning::kOneConnection:
      return "use 'closeClientConnection'";
    case Meaning::kNotConnections:
      return "write the connection ids into 'excluded'";
    case Meaning::kNotUsers:
      return "write the ids of their connections into 'excluded'";
    default:
      return kEachConnection;
  }
}

std::string remedy_of_membership(ActionKind kind, Meaning meaning) {
  const std::string_view of_user = name_of(kind == kAddUserToGroup ? kind : kRemoveUserFromGroup);
  const std::string_view of_connection =
      name_of(kind == kAddUserToGroup ? kAddConnectionToGroup : kRemoveConnectionFromGroup);
  switch (meaning) {
    case Meaning::kOneGroup:
      return concatenate({"use '", of_user, "'"});
    case Meaning::kGroups:
      return concatenate({"use one '", of_user, "' for each group"});
    case Meaning::kUsers:
      return concatenate({"use one '", name_of(kind), "' for each user"});
    case Meaning::kOneConnection:
      return concatenate({"use '", of_connection, "'"});
    default:
      return concatenate({"use one '", of_connection, "' for each connection that you mean"});
  }
}

std::string_view remedy_of_bulk_change(Meaning meaning) {
  switch (meaning) {
    case Meaning::kOneUser:
    case Meaning::kUsers:
      return "write a 'filter' such as \"userId in ('NAME')\"";
    case Meaning::kOneConnection:
    case Meaning::kConnections:
      return "write a 'filter' such as \"connectionId in ('ID')\"";
    case Meaning::kNotConnections:
      return "write a 'filter' such as \"not (connectionId in ('ID'))\"";
    case Meaning::kNotUsers:
      return "write a 'filter' such as \"not (userId in ('NAME'))\"";
    default:
      return "write the expression into 'filter'";
  }
}

std::string remedy_of(ActionKind kind, Meaning meaning) {
  if (is_send(kind)) return std::string(remedy_of_send(kind, meaning));
  if (is_close(kind)) return std::string(remedy_of_close(kind, meaning));
  if (is_bulk_change(kind)) return std::string(remedy_of_bulk_change(meaning));
  if (kind == kRemoveConnectionFromAllGroups) {
    return meaning == Meaning::kOneGroup ? "use 'removeConnectionFromGroup'"
                                         : "use one 'removeConnectionFromGroup' for each group";
  }
  return remedy_of_membership(kind, meaning);
}

}  // namespace

std::string problem_of_narrowing(ActionKind kind, const Members& members) {
  const auto found = first_misplaced(kRefusedKeys[static_cast<size_t>(kind)], members);
  if (!found) return {};
  return concatenate({"'", found->key, "' is no field of ", name_of(kind), "; without it, ",
                      what_would_happen(kind), ": ", remedy_of(kind, found->meaning),
                      ", or leave it out if you mean that"});
}

}  // namespace awps
