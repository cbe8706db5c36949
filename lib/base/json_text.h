#pragma once

// Writing JSON by hand, for the hot paths: what stands here appends to a buffer and allocates
// nothing of its own.

#include <charconv>
#include <concepts>
#include <string>
#include <string_view>

namespace awps {

/// Appends `text` (UTF-8) as a JSON string with its quotes. Bytes below 0x20, `"` and `\` are
/// escaped.
void append_json_string(std::string& out, std::string_view text);

template <std::integral Number>
void append_number(std::string& out, Number value) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  out.append(digits, end);
}

}  // namespace awps
