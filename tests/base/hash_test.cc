#include "base/hash.h"

#include <gtest/gtest.h>

namespace awps {
namespace {

TEST(Hash, DependsOnBytesAndSeed) {
  EXPECT_EQ(hash_of("abc", 1), hash_of("abc", 1));
  EXPECT_NE(hash_of("abc", 1), hash_of("abc", 2));
  EXPECT_NE(hash_of("abc", 1), hash_of("abd", 1));
  EXPECT_NE(hash_of("", 1), hash_of("", 2));
}

}  // namespace
}  // namespace awps
