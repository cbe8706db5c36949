#include "base/id_hash.h"

#include <cstring>

#include "base/check.h"
#include "base/crypto.h"

namespace awps {

std::string id_scope_of(uint32_t user, std::string_view producer) {
  AWPS_CHECK(producer.size() <= UINT8_MAX);
  std::string scope;
  for (unsigned shift = 0; shift < 32; shift += 8) scope += static_cast<char>(user >> shift);
  scope += static_cast<char>(producer.size());
  scope += producer;
  return scope;
}

IdHash hash_of_id(std::string_view scope, std::string_view id) {
  std::string text;
  text.reserve(scope.size() + id.size());
  text += scope;
  text += id;
  const Sha256Digest digest = sha256(text);
  IdHash hash;
  std::memcpy(&hash.high, digest.data(), sizeof hash.high);
  std::memcpy(&hash.low, digest.data() + sizeof hash.high, sizeof hash.low);
  return hash;
}

}  // namespace awps
