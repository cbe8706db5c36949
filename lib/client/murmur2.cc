#include "client/murmur2.h"

namespace awps::client {

namespace {

constexpr uint32_t kSeed = 0x9747b28c;
constexpr uint32_t kMultiplier = 0x5bd1e995;

uint32_t byte_at(std::string_view bytes, size_t index) {
  return static_cast<unsigned char>(bytes[index]);
}

// Little endian, whatever the machine is.
uint32_t word_at(std::string_view bytes, size_t index) {
  return byte_at(bytes, index) | byte_at(bytes, index + 1) << 8U |
         byte_at(bytes, index + 2) << 16U | byte_at(bytes, index + 3) << 24U;
}

}  // namespace

uint32_t murmur2(std::string_view bytes) {
  uint32_t hash = kSeed ^ static_cast<uint32_t>(bytes.size());
  size_t at = 0;
  for (; bytes.size() - at >= 4; at += 4) {
    uint32_t word = word_at(bytes, at) * kMultiplier;
    word ^= word >> 24U;
    hash = hash * kMultiplier ^ word * kMultiplier;
  }
  const size_t left = bytes.size() - at;
  if (left >= 3) hash ^= byte_at(bytes, at + 2) << 16U;
  if (left >= 2) hash ^= byte_at(bytes, at + 1) << 8U;
  if (left >= 1) hash = (hash ^ byte_at(bytes, at)) * kMultiplier;
  hash = (hash ^ hash >> 13U) * kMultiplier;
  return hash ^ hash >> 15U;
}

}  // namespace awps::client
