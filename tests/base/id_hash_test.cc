#include "base/id_hash.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "base/crypto.h"

namespace awps {
namespace {

// It is kept on disk: these bytes must not change.
TEST(IdHash, IsTheBeginningOfTheSha256OfScopeAndId) {
  const std::string scope = id_scope_of(0x01020304, "billing");
  EXPECT_EQ(scope, std::string("\x04\x03\x02\x01\x07") + "billing");
  const IdHash hash = hash_of_id(scope, "\"a\"");
  const Sha256Digest digest = sha256(scope + "\"a\"");
  std::string bytes;
  for (const uint64_t half : {hash.high, hash.low}) {
    for (int shift = 0; shift < 64; shift += 8) bytes += static_cast<char>(half >> shift);
  }
  EXPECT_EQ(bytes, as_view(digest).substr(0, 16));
}

TEST(IdHash, DiffersByUserProducerAndId) {
  const std::set<IdHash> hashes = {
      hash_of_id(id_scope_of(1, "a"), "1"),   hash_of_id(id_scope_of(2, "a"), "1"),
      hash_of_id(id_scope_of(1, "b"), "1"),   hash_of_id(id_scope_of(1, "a"), "2"),
      hash_of_id(id_scope_of(1, "a"), "1.0"), hash_of_id(id_scope_of(1, "a"), "\"1\""),
      hash_of_id(id_scope_of(1, "a1"), ""),   hash_of_id(id_scope_of(1, ""), "a1"),
  };
  EXPECT_EQ(hashes.size(), 8U);
}

}  // namespace
}  // namespace awps
