#pragma once

// ASCII letters and digits, and texts compared without regard to letter case. No locale: other
// bytes equal themselves alone. Pure; any thread.

#include <algorithm>
#include <string>
#include <string_view>

namespace awps {

constexpr bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
constexpr bool is_alphanumeric(char c) {
  return is_letter(c) || is_digit(c);
}

constexpr char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
inline std::string to_lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = to_lower(c);
  return lower;
}

constexpr bool equal_ignoring_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (to_lower(a[i]) != to_lower(b[i])) return false;
  }
  return true;
}

/// Where `word` begins in `text`, in any letter case; npos: nowhere.
inline size_t find_ignoring_case(std::string_view text, std::string_view word) {
  // Not std::ranges::search: clang 14 cannot compile the subrange of this standard library.
  const auto* const found = std::search(text.begin(), text.end(), word.begin(), word.end(),
                                        [](char a, char b) { return to_lower(a) == to_lower(b); });
  return found == text.end() && !word.empty() ? std::string_view::npos
                                              : static_cast<size_t>(found - text.begin());
}
inline bool contains_ignoring_case(std::string_view text, std::string_view word) {
  return find_ignoring_case(text, word) != std::string_view::npos;
}

/// Without blanks, tabs and line ends at both ends.
constexpr std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n\v\f";
  const size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

}  // namespace awps
