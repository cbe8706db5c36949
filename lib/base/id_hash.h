#pragma once

// IdHash: what an action's id is known by: 128 bits of the SHA-256 of the id and of whose it is. So
// no user of the machine can make an id that counts as another user's.
//
// 1. Equal are: the user, the name of the producer, and the id's JSON text, byte by byte.
// 2. The hash is kept on disk: it must stay what it is.
//
// Any thread. A hash costs about 0.4 µs.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace awps {

struct IdHash {
  uint64_t high = 0;
  uint64_t low = 0;

  friend bool operator==(const IdHash&, const IdHash&) = default;
  friend auto operator<=>(const IdHash&, const IdHash&) = default;
};

/// An id that was accepted once, and when.
struct KnownId {
  IdHash hash;
  WallTime accepted_at{};

  friend bool operator==(const KnownId&, const KnownId&) = default;
};

/// Whose ids they are: u32 user, little-endian; u8 length; name. Never empty. A name has at most
/// 255 bytes.
std::string id_scope_of(uint32_t user, std::string_view producer);
/// SHA-256 of scope and id, the first 16 bytes; `id` is its JSON text.
IdHash hash_of_id(std::string_view scope, std::string_view id);

}  // namespace awps
