#include "base/terminal_text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>

namespace awps {

namespace {

struct Rune {
  uint32_t point = 0;
  size_t length = 1;
  bool valid = false;
};

// RFC 3629: no overlong forms, no surrogates, at most U+10FFFF.
Rune first_rune(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return {.point = first, .length = 1, .valid = true};
  const size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < length) return {};
  uint32_t point = first & (0xFFU >> (length + 1));
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80) return {};
    point = (point << 6U) | (byte(i) & 0x3FU);
  }
  static constexpr std::array<uint32_t, 5> kLeast = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = point >= 0xD800 && point <= 0xDFFF;
  if (point < kLeast[length] || point > 0x10FFFF || surrogate) return {};
  return {.point = point, .length = length, .valid = true};
}

struct Range {
  uint32_t first;
  uint32_t last;
};

template <size_t N>
bool is_in(uint32_t point, const std::array<Range, N>& ranges) {
  return std::ranges::any_of(
      ranges, [point](const Range& range) { return point >= range.first && point <= range.last; });
}

// The blocks of Unicode's EastAsianWidth.txt that are wide throughout, and the common combining
// marks; a name in a rarer script costs at worst a ragged line.
size_t width_of(uint32_t point) {
  static constexpr std::array<Range, 7> kNone = {{{0x300, 0x36F},
                                                  {0x483, 0x489},
                                                  {0x591, 0x5BD},
                                                  {0x200B, 0x200F},
                                                  {0x20D0, 0x20FF},
                                                  {0xFE00, 0xFE0F},
                                                  {0xE0100, 0xE01EF}}};
  static constexpr std::array<Range, 9> kWide = {{{0x1100, 0x115F},
                                                  {0x2E80, 0x303E},
                                                  {0x3041, 0xA4CF},
                                                  {0xAC00, 0xD7A3},
                                                  {0xF900, 0xFAFF},
                                                  {0xFE30, 0xFE6F},
                                                  {0xFF00, 0xFF60},
                                                  {0x1F300, 0x1F64F},
                                                  {0x1F900, 0x1F9FF}}};
  if (is_in(point, kNone)) return 0;
  return is_in(point, kWide) ? 2 : 1;
}

// C0, DEL, C1, and what turns the direction of writing.
bool is_obeyed(uint32_t point) {
  static constexpr std::array<Range, 4> kObeyed = {
      {{0, 0x1F}, {0x7F, 0x9F}, {0x202A, 0x202E}, {0x2066, 0x2069}}};
  return is_in(point, kObeyed);
}

// The beginning of `text` that has at most `columns`.
std::string_view beginning(std::string_view text, size_t columns) {
  size_t end = 0;
  while (end < text.size()) {
    const Rune rune = first_rune(text.substr(end));
    const size_t width = rune.valid ? width_of(rune.point) : 1;
    if (width > columns) break;
    columns -= width;
    end += rune.length;
  }
  return text.substr(0, end);
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const Rune rune = first_rune(text);
    const std::string_view bytes = text.substr(0, rune.length);
    text.remove_prefix(rune.length);
    if (rune.valid && !is_obeyed(rune.point)) {
      out += bytes;
      continue;
    }
    for (const char c : bytes) {
      std::array<char, 5> code{};
      std::snprintf(code.data(), code.size(), "\\x%02x", static_cast<unsigned char>(c));
      out += code.data();
    }
  }
  return out;
}

std::string printable_lines(std::string_view text) {
  while (text.ends_with('\n')) text.remove_suffix(1);
  std::string lines;
  for (size_t end = 0; (end = text.find('\n')) != std::string_view::npos;) {
    lines += printable(text.substr(0, end)) + '\n';
    text.remove_prefix(end + 1);
  }
  return lines + printable(text);
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const Rune rune = first_rune(text);
    if (!rune.valid) return false;
    text.remove_prefix(rune.length);
  }
  return true;
}

size_t columns_of(std::string_view text) {
  size_t columns = 0;
  while (!text.empty()) {
    const Rune rune = first_rune(text);
    columns += rune.valid ? width_of(rune.point) : 1;
    text.remove_prefix(rune.length);
  }
  return columns;
}

std::string shortened(std::string_view text, size_t columns) {
  if (columns == 0) return {};
  if (columns_of(text) <= columns) return std::string(text);
  return std::string(beginning(text, columns - 1)) + "…";
}

std::vector<std::string> wrapped(std::string_view text, size_t indent, size_t columns) {
  std::vector<std::string> lines(1);
  size_t column = 0;
  const std::string blanks(indent, ' ');
  while (!text.empty()) {
    const size_t end = text.find_first_of(" \n");
    const std::string word =
        shortened(text.substr(0, end), columns > indent ? columns - indent : 1);
    const bool ends_line = end != std::string_view::npos && text[end] == '\n';
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    const size_t width = columns_of(word);
    const bool fresh = lines.size() == 1 ? lines.back().empty() : column == indent;
    if (!fresh && column + 1 + width > columns) {
      lines.push_back(blanks);
      column = indent;
    } else if (!fresh) {
      lines.back() += ' ';
      ++column;
    }
    lines.back() += word;
    column += width;
    if (ends_line) {
      lines.push_back(blanks);
      column = indent;
    }
  }
  return lines;
}

std::string padded_left(std::string_view text, size_t columns) {
  const size_t width = columns_of(text);
  return std::string(columns > width ? columns - width : 0, ' ') + std::string(text);
}

std::string padded_right(std::string_view text, size_t columns) {
  const size_t width = columns_of(text);
  return std::string(text) + std::string(columns > width ? columns - width : 0, ' ');
}

std::string joined(const std::vector<std::string>& words, std::string_view between) {
  std::string out;
  for (const std::string& word : words) {
    if (&word != &words.front()) out += between;
    out += word;
  }
  return out;
}

}  // namespace awps
