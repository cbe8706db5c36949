#include "spool/bytes.h"

#include <isa-l/crc.h>

#include <algorithm>
#include <climits>

namespace awps {

uint32_t crc32c(std::string_view bytes, uint32_t seed) {
  // crc32_iscsi() neither begins nor ends with the inversion that the standard asks for, and takes
  // an int of bytes. It does not write to them.
  uint32_t crc = ~seed;
  while (!bytes.empty()) {
    const size_t part = std::min<size_t>(bytes.size(), INT_MAX);
    auto* begin = reinterpret_cast<unsigned char*>(const_cast<char*>(bytes.data()));
    crc = ::crc32_iscsi(begin, static_cast<int>(part), crc);
    bytes.remove_prefix(part);
  }
  return ~crc;
}

}  // namespace awps
