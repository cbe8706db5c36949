#pragma once

// Sessions before hubs that are nearly full.

#include <string>
#include <string_view>
#include <vector>

#include "tests/socket/session_harness.h"

namespace awps {

using Next = Session::Next;
using Texts = std::vector<std::string>;

inline constexpr uint64_t kCharge = kFixedCharge + 1;  // of send_line() with data of one byte

inline HarnessOptions with_room_for(uint64_t actions, bool block, double share = 1) {
  HarnessOptions options;
  options.chat.block_when_full = block;
  options.chat.budget = {.max_bytes = actions * kCharge, .max_producer_share = share};
  return options;
}

inline std::string lines(const std::string& data) {
  std::string text;
  for (const char c : data) text += send_line(std::string(1, c)) + "\n";
  return text;
}

inline size_t count_of(const std::string& text, std::string_view part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

}  // namespace awps
