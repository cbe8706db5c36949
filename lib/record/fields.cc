#include "record/fields.h"

namespace awps {

namespace {

void append_varint(std::string& out, uint64_t value) {
  while (value >= 0x80) {
    out += static_cast<char>((value & 0x7FU) | 0x80U);
    value >>= 7U;
  }
  out += static_cast<char>(value);
}

}  // namespace

void append_field(std::string& out, uint8_t tag, std::string_view text) {
  out += static_cast<char>(tag);
  append_varint(out, text.size());
  out += text;
}

bool take_varint(std::string_view& bytes, uint64_t& value) {
  static constexpr unsigned kBits = 63;
  value = 0;
  for (unsigned shift = 0; shift < kBits && !bytes.empty(); shift += 7) {
    const auto byte = static_cast<uint8_t>(bytes.front());
    bytes.remove_prefix(1);
    value |= uint64_t{byte & 0x7FU} << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

}  // namespace awps
