#pragma once

// SHA-256, HMAC-SHA-256 and base64, from OpenSSL (RFC 6234, RFC 2104, RFC 4648). All functions may
// be called from any thread; an HmacKey belongs to one.

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace awps {

using Sha256Digest = std::array<uint8_t, 32>;

Sha256Digest sha256(std::string_view bytes);

/// A key whose inner and outer states are computed once: each signature then costs two hashes less.
class HmacKey {
 public:
  explicit HmacKey(std::string_view key);
  ~HmacKey();
  HmacKey(const HmacKey&) = delete;
  HmacKey& operator=(const HmacKey&) = delete;

  Sha256Digest sign(std::string_view bytes) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Standard alphabet with padding.
std::string base64_encode(std::string_view bytes);
/// Standard alphabet, padding required, nothing else allowed; nullopt for anything else.
std::optional<std::string> base64_decode(std::string_view text);
/// URL alphabet without padding, as JWTs use it.
std::string base64url_encode(std::string_view bytes);
void append_base64url(std::string& out, std::string_view bytes);
std::optional<std::string> base64url_decode(std::string_view text);

inline std::string_view as_view(const Sha256Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

}  // namespace awps
