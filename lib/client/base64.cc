#include "client/base64.h"

#include <cstdint>

namespace awps::client {

void append_base64(std::string& out, std::string_view bytes) {
  static constexpr std::string_view kLetters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const auto byte = [bytes](size_t place) -> uint32_t {
    return place < bytes.size() ? static_cast<unsigned char>(bytes[place]) : 0U;
  };
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const uint32_t group = byte(i) << 16U | byte(i + 1) << 8U | byte(i + 2);
    out += kLetters[group >> 18U];
    out += kLetters[group >> 12U & 63U];
    out += i + 1 < bytes.size() ? kLetters[group >> 6U & 63U] : '=';
    out += i + 2 < bytes.size() ? kLetters[group & 63U] : '=';
  }
}

}  // namespace awps::client
