#include "service_api/percent_encoding.h"

#include <array>

namespace awps {

namespace {

constexpr std::array<bool, 256> unreserved_bytes() {
  std::array<bool, 256> table{};
  for (const char c : std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                       "0123456789-._~")) {
    table[static_cast<unsigned char>(c)] = true;
  }
  return table;
}

constexpr std::array<bool, 256> kUnreserved = unreserved_bytes();
constexpr std::string_view kHexDigits = "0123456789ABCDEF";

}  // namespace

void append_percent_encoded(std::string& out, std::string_view text) {
  size_t begin = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (kUnreserved[byte]) continue;
    out.append(text, begin, i - begin);
    const char escape[3] = {'%', kHexDigits[byte >> 4U], kHexDigits[byte & 15U]};
    out.append(escape, sizeof escape);
    begin = i + 1;
  }
  out.append(text, begin, text.size() - begin);
}

size_t percent_encoded_size(std::string_view text) {
  size_t size = text.size();
  for (const char c : text) size += kUnreserved[static_cast<unsigned char>(c)] ? 0 : 2;
  return size;
}

}  // namespace awps
