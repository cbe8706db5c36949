#include "client/json_members.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace awps::client {

namespace {

constexpr size_t kNone = std::string_view::npos;
constexpr std::string_view kBlanks = " \t\r\n";

void skip_blanks(std::string_view& rest) {
  const size_t begin = rest.find_first_not_of(kBlanks);
  rest.remove_prefix(begin == kNone ? rest.size() : begin);
}

bool take(std::string_view& rest, char c) {
  skip_blanks(rest);
  if (!rest.starts_with(c)) return false;
  rest.remove_prefix(1);
  return true;
}

// The length of the string at the front, its quotes included; kNone: there is none.
size_t string_length(std::string_view rest) {
  if (!rest.starts_with('"')) return kNone;
  for (size_t i = 1; i < rest.size(); ++i) {
    if (rest[i] == '"') return i + 1;
    if (rest[i] == '\\') ++i;
  }
  return kNone;
}

size_t nested_length(std::string_view rest) {
  size_t depth = 0;
  for (size_t i = 0; i < rest.size(); ++i) {
    const char c = rest[i];
    if (c == '"') {
      const size_t length = string_length(rest.substr(i));
      if (length == kNone) return kNone;
      i += length - 1;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if (c == '}' || c == ']') {
      if (--depth == 0) return i + 1;
    }
  }
  return kNone;
}

size_t value_length(std::string_view rest) {
  if (rest.empty()) return kNone;
  if (rest.front() == '"') return string_length(rest);
  if (rest.front() == '{' || rest.front() == '[') return nested_length(rest);
  const size_t end = rest.find_first_of(",}] \t\r\n");
  return end == 0 ? kNone : end;
}

std::optional<std::string_view> take_part(std::string_view& rest, size_t length) {
  if (length == kNone) return std::nullopt;
  const std::string_view part = rest.substr(0, length);
  rest.remove_prefix(length);
  return part;
}

bool take_member(std::string_view& rest, const OnMember& on_member) {
  skip_blanks(rest);
  const auto key = take_part(rest, string_length(rest));
  if (!key || !take(rest, ':')) return false;
  skip_blanks(rest);
  const auto value = take_part(rest, value_length(rest));
  if (!value) return false;
  on_member(key->substr(1, key->size() - 2), *value);
  return true;
}

void append_utf8(std::string& out, uint32_t code) {
  const auto tail = [&out, code](unsigned shift) {
    out += static_cast<char>(0x80U | (code >> shift & 0x3fU));
  };
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xc0U | code >> 6U);
    tail(0);
  } else if (code < 0x10000) {
    out += static_cast<char>(0xe0U | code >> 12U);
    tail(6), tail(0);
  } else {
    out += static_cast<char>(0xf0U | code >> 18U);
    tail(12), tail(6), tail(0);
  }
}

std::optional<uint32_t> hex_unit(std::string_view rest) {
  uint32_t unit = 0;
  if (rest.size() < 4) return std::nullopt;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + 4, unit, 16);
  if (error != std::errc() || end != rest.data() + 4) return std::nullopt;
  return unit;
}

// `rest` begins behind `\u`. Half a pair becomes U+FFFD.
bool take_unicode(std::string_view& rest, std::string& out) {
  static constexpr uint32_t kReplacement = 0xfffd;
  const auto first = hex_unit(rest);
  if (!first) return false;
  rest.remove_prefix(4);
  uint32_t code = *first;
  if (code >= 0xd800 && code <= 0xdfff) {
    const auto second = rest.starts_with("\\u") ? hex_unit(rest.substr(2)) : std::nullopt;
    if (code < 0xdc00 && second && *second >= 0xdc00 && *second <= 0xdfff) {
      code = 0x10000 + ((code - 0xd800) << 10U) + (*second - 0xdc00);
      rest.remove_prefix(6);
    } else {
      code = kReplacement;
    }
  }
  append_utf8(out, code);
  return true;
}

bool take_escape(std::string_view& rest, std::string& out) {
  static constexpr std::string_view kLetters = "\"\\/bfnrt";
  static constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
  if (rest.empty()) return false;
  const char letter = rest.front();
  rest.remove_prefix(1);
  if (letter == 'u') return take_unicode(rest, out);
  const size_t place = kLetters.find(letter);
  if (place == kNone) return false;
  out += kMeanings[place];
  return true;
}

}  // namespace

bool read_members(std::string_view text, const OnMember& on_member) {
  if (!take(text, '{')) return false;
  if (!take(text, '}')) {
    do {
      if (!take_member(text, on_member)) return false;
    } while (take(text, ','));
    if (!take(text, '}')) return false;
  }
  skip_blanks(text);
  return text.empty();
}

std::optional<std::string> json_string(std::string_view value) {
  if (value.size() < 2 || string_length(value) != value.size()) return std::nullopt;
  std::string_view rest = value.substr(1, value.size() - 2);
  std::string out;
  while (!rest.empty()) {
    const size_t plain = std::min(rest.find('\\'), rest.size());
    out.append(rest, 0, plain);
    rest.remove_prefix(plain);
    if (rest.empty()) break;
    rest.remove_prefix(1);
    if (!take_escape(rest, out)) return std::nullopt;
  }
  return out;
}

}  // namespace awps::client
