#pragma once

// Comparison of texts with words of the protocol, without regard to letter case. Pure; any thread.

#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/ascii.h"

namespace awps {

namespace internal {
template <typename Bytes>
uint64_t difference_at(std::string_view a, std::string_view b, size_t at) {
  Bytes x;
  Bytes y;
  std::memcpy(&x, a.data() + at, sizeof x);
  std::memcpy(&y, b.data() + at, sizeof y);
  return x ^ y;
}
}  // namespace internal

/// Equal in any letter case, where `word` consists of ASCII letters alone, as every key and name of
/// the protocol does: bytes that differ from a letter in nothing but bit 5 are that letter in the
/// other case. So eight bytes are compared at a time, the last eight overlapping those before.
inline bool is_word(std::string_view text, std::string_view word) {
  static constexpr uint64_t kAllButCase = 0xdfdfdfdfdfdfdfdfU;
  const size_t size = text.size();
  if (size != word.size()) return false;
  uint64_t difference = 0;
  if (size >= 8) {
    for (size_t i = 0; i + 8 < size; i += 8) {
      difference |= internal::difference_at<uint64_t>(text, word, i);
    }
    difference |= internal::difference_at<uint64_t>(text, word, size - 8);
  } else if (size >= 4) {
    difference = internal::difference_at<uint32_t>(text, word, 0) |
                 internal::difference_at<uint32_t>(text, word, size - 4);
  } else {
    return equal_ignoring_case(text, word);
  }
  return (difference & kAllButCase) == 0;
}

}  // namespace awps
