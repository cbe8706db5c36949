#include "emulator/url.h"

#include <algorithm>

#include "emulator/text.h"

namespace awps::emulator {

namespace {

int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  const char l = to_lower(c);
  return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

/// The byte that "%XX" at `i` stands for, or -1.
int escaped_byte(std::string_view text, size_t i) {
  if (i + 2 >= text.size()) return -1;
  const int high = hex_value(text[i + 1]);
  const int low = hex_value(text[i + 2]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

}  // namespace

std::string percent_decoded(std::string_view text, DecodeRules rules) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    const int byte = text[i] == '%' ? escaped_byte(text, i) : -1;
    if (byte < 0 || (byte == '/' && rules.keep_slash)) {
      out += rules.plus_is_blank && text[i] == '+' ? ' ' : text[i];
      continue;
    }
    out += static_cast<char>(byte);
    i += 2;
  }
  return out;
}

std::string percent_encoded(std::string_view text) {
  static constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (is_letter(c) || is_digit(c) || std::string_view("-._~").find(c) != std::string_view::npos) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kHex[byte >> 4U];
    out += kHex[byte & 15U];
  }
  return out;
}

TargetParts split_target(std::string_view target) {
  if (starts_ignoring_case(target, "http://") || starts_ignoring_case(target, "https://")) {
    const size_t slash = target.find('/', target.find("//") + 2);
    target = slash == std::string_view::npos ? std::string_view("/") : target.substr(slash);
  }
  const size_t mark = target.find('?');
  if (mark == std::string_view::npos) return {.path = target, .query = {}};
  return {.path = target.substr(0, mark), .query = target.substr(mark + 1)};
}

std::optional<std::vector<std::string>> path_segments(std::string_view raw_path) {
  if (raw_path.empty() || raw_path.front() != '/') return std::nullopt;
  std::vector<std::string> segments;
  segments.reserve(8);
  raw_path.remove_prefix(1);
  while (true) {
    const size_t end = std::min(raw_path.find('/'), raw_path.size());
    const auto raw = raw_path.substr(0, end);
    segments.push_back(raw.find('%') == std::string_view::npos
                           ? std::string(raw)
                           : percent_decoded(raw, {.keep_slash = true}));
    const std::string& name = segments.back();
    if (name.empty() || name == "." || name == ".." || !is_utf8(name)) return std::nullopt;
    if (end == raw_path.size()) return segments;
    raw_path.remove_prefix(end + 1);
  }
}

Query::Query(std::string_view raw) {
  if (raw.empty()) return;
  for (const std::string_view item : split(raw, '&')) {
    if (item.empty()) continue;
    const size_t equals = std::min(item.find('='), item.size());
    const auto value = equals == item.size() ? std::string_view() : item.substr(equals + 1);
    items_.emplace_back(to_lower(percent_decoded(item.substr(0, equals), {.plus_is_blank = true})),
                        repaired_utf8(percent_decoded(value, {.plus_is_blank = true})));
  }
}

const std::string* Query::find(std::string_view name) const {
  const auto item =
      std::ranges::find(items_, name, [](const auto& i) { return std::string_view(i.first); });
  return item == items_.end() ? nullptr : &item->second;
}

std::vector<std::string> Query::all(std::string_view name) const {
  std::vector<std::string> values;
  for (const auto& [key, value] : items_) {
    if (key == name) values.push_back(value);
  }
  return values;
}

size_t Query::count(std::string_view name) const {
  return static_cast<size_t>(
      std::ranges::count(items_, name, [](const auto& i) { return std::string_view(i.first); }));
}

}  // namespace awps::emulator
