#include "service_api/foreign_text.h"

#include <algorithm>
#include <cstdint>

#include "base/ascii.h"

namespace awps {

namespace {

constexpr std::string_view kCut = "…";
constexpr std::string_view kInsteadOfToken = "***";
constexpr size_t kLeastTokenBytes = 20;

// Length of the valid UTF-8 sequence at the front of `text`; 0: there is none.
size_t sequence_length(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t first = byte(0);
  if (first < 0x80) return 1;
  const size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0U) != 0x80) return 0;
  }
  const uint8_t second = byte(1);
  const bool overlong = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
  const bool outside = (first == 0xed && second > 0x9f) || (first == 0xf4 && second > 0x8f);
  return overlong || outside ? 0 : length;
}

bool is_of_a_token(char c) {
  return is_alphanumeric(c) || std::string_view("-._~+/=").find(c) != std::string_view::npos;
}

// From behind the first `name` on; a null pointer: it is not there.
std::string_view after(std::string_view text, std::string_view name) {
  const size_t found = find_ignoring_case(text, name);
  return found == text.npos ? std::string_view() : text.substr(found + name.size());
}

// The value of a parameter: a quoted string, cut or whole, or a word.
std::string parameter(std::string_view line, std::string_view name) {
  std::string_view rest = after(line, name);
  if (!rest.starts_with('"')) return std::string(rest.substr(0, rest.find_first_of(", ")));
  rest.remove_prefix(1);
  std::string value;
  for (size_t i = 0; i < rest.size() && rest[i] != '"'; ++i) {
    if (rest[i] == '\\' && i + 1 < rest.size()) ++i;
    value += rest[i];
  }
  return value;
}

}  // namespace

void append_readable(std::string& out, std::string_view text, size_t limit) {
  while (!text.empty()) {
    const size_t length = sequence_length(text);
    const std::string_view piece = length == 0 ? "?" : text.substr(0, length);
    if (out.size() + piece.size() > limit - kCut.size()) {
      out += kCut;
      return;
    }
    const bool is_control =
        length == 1 && (static_cast<uint8_t>(text[0]) < 0x20 || text[0] == 0x7f);
    out += is_control ? " " : piece;
    text.remove_prefix(length == 0 ? 1 : length);
  }
}

// A JWT starts with the base64 of '{"'; any other is known by the "Bearer" before it.
std::string without_tokens(std::string_view text) {
  std::string out;
  bool after_bearer = false;
  while (!text.empty()) {
    const auto word_end = std::ranges::find_if_not(text, is_of_a_token);
    const auto length = static_cast<size_t>(word_end - text.begin());
    if (length == 0) {
      out += text[0];
      after_bearer = after_bearer && text[0] == ' ';
      text.remove_prefix(1);
      continue;
    }
    const std::string_view word = text.substr(0, length);
    const size_t start = after_bearer ? 0 : word.find("eyJ");
    const bool is_token = start != std::string_view::npos && length - start >= kLeastTokenBytes;
    out += is_token ? word.substr(0, start) : word;
    if (is_token) out += kInsteadOfToken;
    after_bearer = length == 6 && after(word, "bearer").data() != nullptr;
    text.remove_prefix(length);
  }
  return out;
}

std::string challenge_words(std::string_view line) {
  std::string words = parameter(line, "error_description=");
  if (words.empty()) words = parameter(line, "error=");
  if (words.empty() && line.find('=') != std::string_view::npos) words = line;
  return words;
}

std::string plain_location(std::string_view location) {
  location = location.substr(0, location.find_first_of("?#"));
  const size_t slashes = location.find("//");
  const size_t host = slashes == std::string_view::npos ? 0 : slashes + 2;
  const size_t at = location.substr(0, location.find('/', host)).rfind('@');
  if (at == std::string_view::npos || at < host) return std::string(location);
  return std::string(location.substr(0, host)).append(location.substr(at + 1));
}

}  // namespace awps
