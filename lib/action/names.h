#pragma once

// The words of the protocol: its keys and its action names, in any ASCII letter case, and which key
// of ours a misspelt one was probably meant to be. Pure; any thread.

#include <cstdint>
#include <optional>
#include <string_view>

#include "action/action.h"

namespace awps {

enum class Key : uint8_t {
  kActionName,
  kUserId,
  kConnectionId,
  kGroup,
  kData,
  kDataType,
  kExcluded,
  kFilter,
  kMessageTtlSeconds,
  kReason,
  kPermission,
  kTargetName,
  kGroups,
  // Our own.
  kHub,
  kId,
  kOrderingKey,
  kUnordered,
  kConflationKey,
  kTtlSeconds,
  // Of lines that are no action.
  kHello,
  kBatch,
  kOrdered,
  // Within a hello.
  kAck,
  kProducer,
  kDeduplicate,
  kUnknown,
};
inline constexpr size_t kKeys = static_cast<size_t>(Key::kUnknown);

/// Keys that other APIs narrow the receivers with, and that no action has. To ignore one would
/// reach more clients than were meant.
enum class NarrowingKey : uint8_t {
  kUserIds,
  kConnectionIds,
  kExcludedConnections,
  kExcludedUsers,
  kExclude,
  kExcludes,
  kFilters,
  kOdataFilter,
};
inline constexpr size_t kNarrowingKeys = 8;

/// "actionName" and so on.
std::string_view name_of(Key key);
std::string_view name_of(NarrowingKey key);
std::optional<NarrowingKey> narrowing_key_of(std::string_view text);
Key key_of(std::string_view text);

/// An action's name in any case, with or without the suffix `Action` of the binding's classes.
std::optional<ActionKind> action_kind_of(std::string_view text);
/// The one of our six own keys from which the unknown key `text`, of at least four characters, is
/// one edit away (a character more, less, other, or two swapped); empty: none.
std::string_view nearly_own_key(std::string_view text);

}  // namespace awps
