#pragma once

// Fields: the numbers and texts that a record and a dead letter are made of on disk.
//
//    number   little-endian
//    varint   7 bits a byte, the lowest first; the highest bit says that another byte follows
//    field    {u8 tag, varint length, bytes}
//
// A sequence of fields has ascending tags. A reader skips one below kFirstTagOfNewerVersions that
// it does not know; any other unknown one makes what it reads unreadable.
//
// Pure; any thread.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

namespace awps {

inline constexpr uint8_t kFirstTagOfNewerVersions = 128;

template <typename Number>
void append_little_endian(std::string& out, Number number) {
  using Unsigned = std::make_unsigned_t<Number>;
  auto value = static_cast<Unsigned>(number);
  for (size_t i = 0; i < sizeof(Number); ++i) {
    out += static_cast<char>(value & 0xFFU);
    if constexpr (sizeof(Number) > 1) value = static_cast<Unsigned>(value >> 8U);
  }
}

/// All of its bytes are there.
template <typename Number>
Number number_at(std::string_view bytes, size_t place) {
  using Unsigned = std::make_unsigned_t<Number>;
  uint64_t value = 0;
  for (size_t i = 0; i < sizeof(Number); ++i) {
    value |= uint64_t{static_cast<uint8_t>(bytes[place + i])} << (8 * i);
  }
  return static_cast<Number>(static_cast<Unsigned>(value));
}

void append_field(std::string& out, uint8_t tag, std::string_view text);

/// Visits each field with `take(tag, text)`, which says whether that is one. False: one was none,
/// or `bytes` is no sequence of fields. `may_repeat(tag)`: may it stand more than once?
template <typename MayRepeat, typename Take>
bool visit_fields(std::string_view bytes, MayRepeat may_repeat, Take take);

/// Takes a varint off the front. False: there is none, or one beyond 2^63.
bool take_varint(std::string_view& bytes, uint64_t& value);

template <typename MayRepeat, typename Take>
bool visit_fields(std::string_view bytes, MayRepeat may_repeat, Take take) {
  uint8_t last = 0;
  while (!bytes.empty()) {
    const auto tag = static_cast<uint8_t>(bytes.front());
    bytes.remove_prefix(1);
    uint64_t length = 0;
    if (!take_varint(bytes, length) || length > bytes.size()) return false;
    const bool repeats = tag == last && !may_repeat(tag);
    if (tag < last || repeats || tag >= kFirstTagOfNewerVersions) return false;
    last = tag;
    if (!take(tag, bytes.substr(0, length))) return false;
    bytes.remove_prefix(length);
  }
  return true;
}

}  // namespace awps
