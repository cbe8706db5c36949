#pragma once

// Percent-decoding of one segment of a path, or of one name or value of a query (RFC 3986 §2.1).
// Strict: "%" without two hexadecimal digits, and what is no UTF-8 afterwards, is refused.
//
// Pure, any thread.

#include <optional>
#include <string>
#include <string_view>

namespace awps {

/// nullopt: malformed.
std::optional<std::string> decode_segment(std::string_view text);
/// Of a query, where '+' is a blank.
std::optional<std::string> decode_parameter(std::string_view text);
/// The path as the service compares it with a token's audience: decoded once, but for "%2F", and
/// without judging what comes out. A malformed escape stays as it is.
std::string decode_but_slashes(std::string_view path);

}  // namespace awps
