#include "gateway/percent_decoding.h"

#include <simdjson.h>

#include "base/ascii.h"

namespace awps {

namespace {

constexpr int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  const char lower = to_lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// What the three characters at the front of `text` stand for; nullopt: they are no escape.
std::optional<char> escaped_character(std::string_view text) {
  if (text.size() < 3 || text[0] != '%') return std::nullopt;
  const int high = hex_digit(text[1]);
  const int low = hex_digit(text[2]);
  if (high < 0 || low < 0) return std::nullopt;
  return static_cast<char>(high * 16 + low);
}

enum class Plus { kIsPlus, kIsBlank };

std::optional<std::string> decode(std::string_view text, Plus plus) {
  std::string decoded;
  decoded.reserve(text.size());
  while (!text.empty()) {
    if (text.front() != '%') {
      decoded += text.front() == '+' && plus == Plus::kIsBlank ? ' ' : text.front();
      text.remove_prefix(1);
      continue;
    }
    const std::optional<char> character = escaped_character(text);
    if (!character) return std::nullopt;
    decoded += *character;
    text.remove_prefix(3);
  }
  if (!simdjson::validate_utf8(decoded.data(), decoded.size())) return std::nullopt;
  return decoded;
}

}  // namespace

std::optional<std::string> decode_segment(std::string_view text) {
  return decode(text, Plus::kIsPlus);
}

std::optional<std::string> decode_parameter(std::string_view text) {
  return decode(text, Plus::kIsBlank);
}

std::string decode_but_slashes(std::string_view path) {
  std::string decoded;
  decoded.reserve(path.size());
  while (!path.empty()) {
    const std::optional<char> character = escaped_character(path);
    const bool is_escape = character && *character != '/';
    decoded += is_escape ? *character : path.front();
    path.remove_prefix(is_escape ? 3 : 1);
  }
  return decoded;
}

}  // namespace awps
