#pragma once

// Numbers as they stand in JSON text. Values are read from the text and never from the parser's
// document: there an integer has 64 bits, while a producer's id may have any length. Pure; any
// thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace awps {

/// Whether all of `text` is one number of JSON's grammar (RFC 8259 §6).
bool is_json_number(std::string_view text);
/// Whether `number`, of that grammar, has neither fraction nor exponent.
bool is_integer(std::string_view number);

/// A whole number from 0 to `greatest`; nullopt for any other text.
std::optional<uint32_t> small_integer(std::string_view text, uint32_t greatest);

/// What is longer counts as this: a century, which no sum of Instants overflows.
inline constexpr Duration kLongestTimeToLive = std::chrono::hours(24 * 36525);
/// A positive number of seconds, exact to the nanosecond where it has no exponent (what is shorter
/// than one counts as one); nullopt if `text` is no JSON number or not above 0.
std::optional<Duration> seconds_of(std::string_view text);

/// Overwrites each number outside of strings that has kReplacedLength characters or more with "-1"
/// and blanks. So that a parser which refuses numbers beyond its range can still judge the rest of
/// the text, with every token where it was. Malformed numbers stay, to be refused.
inline constexpr size_t kReplacedLength = 5;  // the shortest number beyond a double is 9e308
void replace_long_numbers(std::string& text);

}  // namespace awps
