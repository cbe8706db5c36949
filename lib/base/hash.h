#pragma once

// hash_of(): a 64-bit hash of bytes (XXH3), for tables in memory. Not for strangers' eyes: an equal
// hash is no proof of equal bytes, and the function may change with the library's version.
//
// Any thread.

#include <cstdint>
#include <string_view>

namespace awps {

uint64_t hash_of(std::string_view bytes, uint64_t seed);

}  // namespace awps
