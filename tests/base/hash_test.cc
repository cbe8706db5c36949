#include "base/hash.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace awps {
namespace {

TEST(Hash, DependsOnBytesAndSeed) {
  EXPECT_EQ(hash_of("abc", 1), hash_of("abc", 1));
  EXPECT_NE(hash_of("abc", 1), hash_of("abc", 2));
  EXPECT_NE(hash_of("abc", 1), hash_of("abd", 1));
  EXPECT_NE(hash_of("", 1), hash_of("", 2));
}

// Names of users and groups are short, and seeds are small numbers.
TEST(Hash, OfShortTextsUnderNeighbouringSeedsAreDifferent) {
  std::set<uint64_t> seen;
  size_t count = 0;
  for (uint64_t seed = 0; seed < 16; ++seed) {
    for (int i = 0; i < 1000; ++i, ++count) seen.insert(hash_of("u" + std::to_string(i), seed));
  }
  EXPECT_EQ(seen.size(), count);
}

}  // namespace
}  // namespace awps
