#include "base/hash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace awps {

namespace {

// XXH3 adds the seed to the bytes of short inputs: "u45" under seed 3 would be "u42" under seed 4.
// The finalizer of SplitMix64 (Steele, Lea, Flood 2014) makes neighbours of seeds strangers.
uint64_t spread(uint64_t seed) {
  seed = (seed ^ (seed >> 30U)) * 0xbf58476d1ce4e5b9U;
  seed = (seed ^ (seed >> 27U)) * 0x94d049bb133111ebU;
  return seed ^ (seed >> 31U);
}

}  // namespace

uint64_t hash_of(std::string_view bytes, uint64_t seed) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), spread(seed));
}

}  // namespace awps
