#pragma once

// Numbers in little-endian bytes, and the checksum of the log's files. Any thread.

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace awps {

template <typename Number>
void put_number(char* to, Number number) {
  static_assert(std::endian::native == std::endian::little);
  std::memcpy(to, &number, sizeof(number));
}

template <typename Number>
void add_number(std::string& out, Number number) {
  out.append(sizeof(Number), '\0');
  put_number(out.data() + out.size() - sizeof(Number), number);
}

/// The bytes are there: our caller has looked.
template <typename Number>
Number get_number(std::string_view bytes, size_t place) {
  Number number{};
  std::memcpy(&number, bytes.data() + place, sizeof(number));
  return number;
}

/// CRC-32C (Castagnoli), going on from `seed`.
uint32_t crc32c(std::string_view bytes, uint32_t seed = 0);

}  // namespace awps
