#pragma once

// Numbers as they stand in JSON text. Values are read from the text and never from the parser's
// document: there an integer has 64 bits, while a producer's id may have any length. Pure; any
// thread.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/clock.h"

namespace awps {

/// The length of the number at the front of `text`, by JSON's grammar (RFC 8259 §6); 0: none, or a
/// malformed one.
size_t number_size(std::string_view text);
/// Whether all of `text` is one such number.
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

}  // namespace awps
