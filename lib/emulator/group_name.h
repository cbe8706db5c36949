#pragma once

// What the service takes for the name of a group, over REST and from clients. Pure, any thread.

#include <algorithm>
#include <string_view>

namespace awps::emulator {

inline constexpr size_t kMaxGroupCharacters = 1024;

/// `name` is UTF-8.
inline bool is_group_name(std::string_view name) {
  const auto characters = std::ranges::count_if(
      name, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; });
  return static_cast<size_t>(characters) <= kMaxGroupCharacters &&
         name.find_first_not_of(" \t\r\n") != std::string_view::npos;
}

}  // namespace awps::emulator
