#pragma once

// The position of an action that has its place in the order of its hub's log, and is in memory
// alone: reserved, not written (Log::reserve()). It is told from the others by its highest bit,
// which no log ever counts to.

#include <cstdint>

namespace awps {

inline constexpr uint64_t kInMemory = uint64_t{1} << 63U;

constexpr bool is_in_memory(uint64_t position) {
  return (position & kInMemory) != 0;
}

/// Does the hub's log have it? 0: it is in none.
constexpr bool is_on_disk(uint64_t position) {
  return position != 0 && !is_in_memory(position);
}

}  // namespace awps
