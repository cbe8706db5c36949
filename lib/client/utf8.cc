#include "client/utf8.h"

#include <cstdint>
#include <cstring>

namespace awps::client {

namespace {

size_t ascii_length(std::string_view text) {
  size_t length = 0;
  for (; text.size() - length >= 8; length += 8) {
    uint64_t word = 0;
    std::memcpy(&word, text.data() + length, sizeof word);
    if ((word & 0x8080808080808080U) != 0) break;
  }
  while (length < text.size() && static_cast<unsigned char>(text[length]) < 0x80) ++length;
  return length;
}

constexpr bool is_between(unsigned byte, unsigned low, unsigned high) {
  return byte >= low && byte <= high;
}

// The length of the character of several bytes at the front of `text`; 0: there is none. The table
// is RFC 3629 §4: only the second byte has bounds of its own.
size_t character_length(std::string_view text) {
  const auto byte = [text](size_t place) {
    return place < text.size() ? static_cast<unsigned char>(text[place]) : 0U;
  };
  const auto are_tails = [&byte](size_t first, size_t last) {
    for (size_t place = first; place <= last; ++place) {
      if (!is_between(byte(place), 0x80, 0xbf)) return false;
    }
    return true;
  };
  const unsigned lead = byte(0);
  if (is_between(lead, 0xc2, 0xdf)) return are_tails(1, 1) ? 2 : 0;
  if (is_between(lead, 0xe0, 0xef)) {
    const unsigned low = lead == 0xe0 ? 0xa0 : 0x80;
    const unsigned high = lead == 0xed ? 0x9f : 0xbf;
    return is_between(byte(1), low, high) && are_tails(2, 2) ? 3 : 0;
  }
  if (is_between(lead, 0xf0, 0xf4)) {
    const unsigned low = lead == 0xf0 ? 0x90 : 0x80;
    const unsigned high = lead == 0xf4 ? 0x8f : 0xbf;
    return is_between(byte(1), low, high) && are_tails(2, 3) ? 4 : 0;
  }
  return 0;
}

}  // namespace

bool is_utf8(std::string_view text) {
  for (;;) {
    text.remove_prefix(ascii_length(text));
    if (text.empty()) return true;
    const size_t length = character_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
}

}  // namespace awps::client
