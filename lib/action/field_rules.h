#pragma once

// Rules for the texts of single fields: what a name, a group and a query parameter may be, and how
// long an action's own part of a URL is. Each rule answers with the rest of a sentence that begins
// "'group' of sendToGroup ", empty where all is well. Pure; any thread.

#include <cstdint>
#include <optional>
#include <string_view>

#include "action/action.h"
#include "action/json_walk.h"

namespace awps {

inline constexpr size_t kMaxGroupCharacters = 1024;
inline constexpr size_t kMaxKeyBytes = 256;  // id, orderingKey, conflationKey
inline constexpr uint32_t kMaxMessageTtlSeconds = 300;
inline constexpr size_t kMaxOwnUrlBytes = 12'000;  // percent-encoded, without endpoint and hub

/// A string's text, or an integer's digits as they stand in the line; nullopt for any other value.
std::optional<std::string_view> text_or_integer(const JsonValue& value);

/// A userId, connectionId or group, each of which is a segment of a path.
std::string_view problem_of_name(std::string_view name);
/// The service counts a group's characters as .NET does, in UTF-16 units.
std::string_view problem_of_group(std::string_view group);
/// An ordering key or a conflation key.
std::string_view problem_of_key(std::string_view key);
/// One id of `excluded`.
std::string_view problem_of_excluded(std::string_view id);
/// A filter; an empty one would mean everybody.
std::string_view problem_of_filter(std::string_view filter);
/// Any other query parameter's value: anything without U+0000.
std::string_view problem_of_parameter(std::string_view text);

/// The text of a messageTtlSeconds; nullopt: see kMessageTtlRule.
std::optional<uint16_t> message_ttl_of(std::string_view text);
inline constexpr std::string_view kMessageTtlRule =
    "is no whole number from 0 to 300: give one, or leave it out";
/// A permission's name in any letter case; nullopt: there is none of that name.
std::optional<Permission> permission_named(std::string_view text);

/// Whether the names and query parameters of `action`, percent-encoded, stay within
/// kMaxOwnUrlBytes.
bool fits_url(const Action& action);
inline constexpr std::string_view kUrlRule =
    " would make a URL of more than 12000 bytes: shorten its names, 'filter' or 'reason', or "
    "exclude fewer";

}  // namespace awps
