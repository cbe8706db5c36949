#include "base/crypto.h"

#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/sha.h>

#include "base/check.h"

namespace awps {

namespace {

constexpr std::string_view kStandard =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kUrl =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

// Three bytes are four letters; what is left at the end is two or three.
void append_encoded(std::string& out, std::string_view bytes, std::string_view alphabet) {
  const size_t begin = out.size();
  out.resize(begin + (bytes.size() * 4 + 2) / 3);
  char* to = out.data() + begin;
  const char* const end = out.data() + out.size();
  size_t i = 0;
  const auto byte = [&](size_t at) { return uint32_t{static_cast<uint8_t>(bytes[at])}; };
  for (; i + 3 <= bytes.size(); i += 3) {
    const uint32_t bits = (byte(i) << 16U) | (byte(i + 1) << 8U) | byte(i + 2);
    for (int shift = 18; shift >= 0; shift -= 6) *to++ = alphabet[(bits >> shift) & 63U];
  }
  if (i == bytes.size()) return;
  const uint32_t last = i + 2 == bytes.size() ? byte(i + 1) << 8U : 0;
  const uint32_t bits = (byte(i) << 16U) | last;
  for (int shift = 18; to < end; shift -= 6) *to++ = alphabet[(bits >> shift) & 63U];
}

constexpr std::array<int8_t, 256> inverse(std::string_view alphabet) {
  std::array<int8_t, 256> table{};
  for (int8_t& value : table) value = -1;
  for (size_t i = 0; i < alphabet.size(); ++i) {
    table[static_cast<uint8_t>(alphabet[i])] = static_cast<int8_t>(i);
  }
  return table;
}

// Decodes text without its padding. A length that no encoder makes, or set bits that fall off the
// end, are errors: two texts must not mean the same bytes.
std::optional<std::string> decode(std::string_view text, const std::array<int8_t, 256>& table) {
  if (text.size() % 4 == 1) return std::nullopt;
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3 + 2);
  uint32_t bits = 0;
  int held = 0;
  for (const char c : text) {
    const int8_t value = table[static_cast<uint8_t>(c)];
    if (value < 0) return std::nullopt;
    bits = (bits << 6) | static_cast<uint32_t>(value);
    held += 6;
    if (held < 8) continue;
    held -= 8;
    bytes += static_cast<char>((bits >> held) & 0xffU);
  }
  if ((bits & ((1U << held) - 1U)) != 0) return std::nullopt;
  return bytes;
}

}  // namespace

struct HmacKey::State {
  SHA256_CTX inner;
  SHA256_CTX outer;
};

// The low-level SHA256_* functions are deprecated in OpenSSL 3 in favour of EVP, whose HMAC costs
// three times as much for a short message (fetches and copies of contexts); the state is needed
// here.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

Sha256Digest sha256(std::string_view bytes) {
  Sha256Digest digest;
  SHA256(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size(), digest.data());
  return digest;
}

HmacKey::HmacKey(std::string_view key) : state_(std::make_unique<State>()) {
  std::array<uint8_t, 64> block{};
  if (key.size() > block.size()) {
    const Sha256Digest digest = sha256(key);
    std::copy(digest.begin(), digest.end(), block.begin());
  } else {
    std::copy(key.begin(), key.end(), block.begin());
  }
  std::array<uint8_t, 64> pad{};
  for (size_t i = 0; i < pad.size(); ++i) pad[i] = block[i] ^ 0x36U;
  SHA256_Init(&state_->inner);
  SHA256_Update(&state_->inner, pad.data(), pad.size());
  for (size_t i = 0; i < pad.size(); ++i) pad[i] = block[i] ^ 0x5cU;
  SHA256_Init(&state_->outer);
  SHA256_Update(&state_->outer, pad.data(), pad.size());
}

HmacKey::~HmacKey() = default;

Sha256Digest HmacKey::sign(std::string_view bytes) const {
  Sha256Digest digest;
  SHA256_CTX context = state_->inner;
  SHA256_Update(&context, bytes.data(), bytes.size());
  SHA256_Final(digest.data(), &context);
  context = state_->outer;
  SHA256_Update(&context, digest.data(), digest.size());
  SHA256_Final(digest.data(), &context);
  return digest;
}

#pragma GCC diagnostic pop

std::string base64_encode(std::string_view bytes) {
  std::string text;
  append_encoded(text, bytes, kStandard);
  text.append((4 - text.size() % 4) % 4, '=');
  return text;
}

std::optional<std::string> base64_decode(std::string_view text) {
  static constexpr std::array<int8_t, 256> kTable = inverse(kStandard);
  if (text.size() % 4 != 0) return std::nullopt;
  if (text.ends_with("==")) {
    text.remove_suffix(2);
  } else if (text.ends_with('=')) {
    text.remove_suffix(1);
  }
  return decode(text, kTable);
}

std::string base64url_encode(std::string_view bytes) {
  std::string text;
  append_base64url(text, bytes);
  return text;
}

void append_base64url(std::string& out, std::string_view bytes) {
  append_encoded(out, bytes, kUrl);
}

std::optional<std::string> base64url_decode(std::string_view text) {
  static constexpr std::array<int8_t, 256> kTable = inverse(kUrl);
  return decode(text, kTable);
}

}  // namespace awps
