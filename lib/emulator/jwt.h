#pragma once

// JSON Web Tokens signed with HS256 over the access key's characters as they stand (not decoded),
// as the service makes and checks them; and the audience rule. The emulator's own code: the sending
// side signs with its own, so one misreading cannot hide on both sides. Pure, any thread.
//   token = base64url(header) "." base64url(payload) "." base64url(HMAC-SHA-256(key, first two
//   parts))

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/crypto.h"
#include "base/result.h"

namespace awps::emulator {

inline constexpr int64_t kClockSkewSeconds = 300;

/// What a token says. Times are seconds since 1970.
struct Claims {
  std::vector<std::string> audiences;
  std::optional<std::string> subject;
  std::vector<std::string> roles;
  std::vector<std::string> groups;  // "webpubsub.group"
  std::optional<int64_t> expires;
  std::optional<int64_t> not_before;
  std::optional<int64_t> issued_at;
};

/// Why a token is refused, as WWW-Authenticate's error_description says it.
using TokenError = Error;

/// The claims of a token whose signature one of `keys` made.
Result<Claims> verified_claims(std::string_view token,
                               const std::vector<std::unique_ptr<HmacKey>>& keys);

/// exp is required; nbf and iat must not lie in the future; all with the skew allowed.
Result<void> check_times(const Claims& claims, int64_t now_seconds);

struct AudienceRule {
  std::string_view host;                  // the Host header
  std::string_view raw_path;              // as sent
  std::vector<std::string_view> schemes;  // "http", and "ws" for clients
  std::string_view public_url = {};       // the other URL of the same service; empty: none
};

/// True if an audience is the request's URL, query ignored: as supplied, or decoded once, against
/// the path as ASP.NET decodes it ("%2F" stays). So an audience in the encoded form fails for a
/// path that has both "%2F" and another escape, as at the service. No prefix matches. The host's
/// case is ignored. With a public URL, its scheme and host (https also as wss) are as good as the
/// Host header's.
bool audience_matches(const Claims& claims, const AudienceRule& rule);

/// A token signed with HS256 over `payload`, a JSON text.
std::string signed_token(std::string_view payload, const HmacKey& key);

/// Verified tokens by their text, so that a token used again costs a lookup. Bounded: when full it
/// is emptied. Signatures only: times and audience are checked at each use.
class TokenCache {
 public:
  explicit TokenCache(size_t max_tokens = 4096) : max_tokens_(max_tokens) {}

  void set_keys(const std::vector<std::string>& keys);
  /// nullptr and the reason in `error` if the token is not genuine. Valid until the next call.
  const Claims* verify(std::string_view token, std::string& error);

 private:
  struct TextHash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };

  size_t max_tokens_;
  std::vector<std::unique_ptr<HmacKey>> keys_;
  std::unordered_map<std::string, Claims, TextHash, std::equal_to<>> verified_;
};

}  // namespace awps::emulator
