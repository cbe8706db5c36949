#include "action/base64_reader.h"

#include <array>

namespace awps {

namespace {

constexpr uint8_t kBlank = 0x40;
constexpr uint8_t kBad = 0x80;

constexpr std::array<uint8_t, 256> make_table() {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::array<uint8_t, 256> table{};
  for (uint8_t& entry : table) entry = kBad;
  for (size_t i = 0; i < kAlphabet.size(); ++i) {
    table[static_cast<uint8_t>(kAlphabet[i])] = static_cast<uint8_t>(i);
  }
  for (const char c : {' ', '\t', '\r', '\n'}) table[static_cast<uint8_t>(c)] = kBlank;
  return table;
}
constexpr std::array<uint8_t, 256> kTable = make_table();

uint32_t value_of(char c) {
  return kTable[static_cast<uint8_t>(c)];
}

void append_triple(std::string& out, uint32_t bits) {
  const char bytes[3] = {static_cast<char>(bits >> 16U), static_cast<char>(bits >> 8U),
                         static_cast<char>(bits)};
  out.append(bytes, 3);
}

// Four characters at a time, as long as nothing else stands between them.
size_t take_whole_groups(std::string& out, std::string_view text) {
  size_t i = 0;
  for (; i + 4 <= text.size(); i += 4) {
    const uint32_t a = value_of(text[i]);
    const uint32_t b = value_of(text[i + 1]);
    const uint32_t c = value_of(text[i + 2]);
    const uint32_t d = value_of(text[i + 3]);
    if ((a | b | c | d) >= kBlank) break;
    append_triple(out, (a << 18U) | (b << 12U) | (c << 6U) | d);
  }
  return i;
}

bool is_padding(std::string_view text, int expected, Blanks blanks) {
  int padding = 0;
  for (const char c : text) {
    if (c == '=') {
      ++padding;
    } else if (blanks == Blanks::kRefused || value_of(c) != kBlank) {
      return false;
    }
  }
  return padding == expected;
}

// The bytes of a last group of which `held` characters were read. Set bits that fall off its end
// are refused: they would make a second text for the same bytes.
bool append_rest(std::string& out, uint32_t bits, int held) {
  if (held == 2) {
    if ((bits & 0xfU) != 0) return false;
    out += static_cast<char>(bits >> 4U);
    return true;
  }
  if (held != 3 || (bits & 0x3U) != 0) return false;
  out += static_cast<char>(bits >> 10U);
  out += static_cast<char>(bits >> 2U);
  return true;
}

}  // namespace

bool append_base64_decoded(std::string& out, std::string_view text, Blanks blanks) {
  out.reserve(out.size() + text.size() / 4 * 3);
  uint32_t bits = 0;
  int held = 0;
  size_t i = 0;
  while (i < text.size()) {
    if (held == 0) {
      i += take_whole_groups(out, text.substr(i));
      if (i == text.size()) break;
    }
    if (text[i] == '=') {
      return is_padding(text.substr(i), 4 - held, blanks) && append_rest(out, bits, held);
    }
    const uint32_t value = value_of(text[i++]);
    if (value == kBlank && blanks == Blanks::kSkipped) continue;
    if (value >= kBlank) return false;
    bits = (bits << 6U) | value;
    if (++held < 4) continue;
    append_triple(out, bits);
    bits = 0;
    held = 0;
  }
  return held == 0;
}

}  // namespace awps
