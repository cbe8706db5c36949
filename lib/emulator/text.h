#pragma once

// Small words on text that HTTP, OData and the client protocol share. ASCII only where case
// matters; no locale. Pure, any thread.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ascii.h"

namespace awps::emulator {

bool starts_ignoring_case(std::string_view text, std::string_view prefix);
/// Without blanks and tabs at both ends.
std::string_view trimmed(std::string_view text);
std::vector<std::string_view> split(std::string_view text, char separator);
/// Decimal digits only, no sign; nullopt for anything else and for what does not fit.
std::optional<long long> parse_decimal(std::string_view text);

bool is_utf8(std::string_view bytes);
/// Each byte that is no part of valid UTF-8 becomes U+FFFD: a WebSocket text frame takes nothing
/// else.
std::string repaired_utf8(std::string_view bytes);
std::string utf8_from_latin1(std::string_view bytes);

}  // namespace awps::emulator
