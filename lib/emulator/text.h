#pragma once

// Small words on text that HTTP, OData and the client protocol share. ASCII only where case
// matters; no locale. Pure, any thread.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace awps::emulator {

constexpr char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}
constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
constexpr bool is_letter(char c) {
  return lower(c) >= 'a' && lower(c) <= 'z';
}

bool equal_ignoring_case(std::string_view a, std::string_view b);
bool starts_ignoring_case(std::string_view text, std::string_view prefix);
std::string lowered(std::string_view text);
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
