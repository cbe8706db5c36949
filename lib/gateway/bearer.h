#pragma once

// Bearer: may the holder of this token send to this path? JSON Web Tokens (RFC 7519) signed with
// HS256 over the key's characters, as the SDKs make them from an access key.
//
// 1. HS256 alone is taken; "none", other algorithms and "crit" are refused before any key is
//    tried. Signatures are compared in constant time.
// 2. `exp` is required. `exp`, `nbf` and `iat` are numbers and are checked with kClockSkew.
// 3. An audience is the URL of exactly this path, of the gateway or of the service, with or without
//    a query. Scheme and host are compared without letter case, the path as the service compares
//    it: the audience's as it stands or decoded once, with the request's decoded but for "%2F". No
//    prefix matches.
// 4. Of a token that a key did not sign, nothing is believed; Entra's token is not verified at all,
//    and taken only where the rules say so.
//
// A BearerCheck belongs to one thread. A check costs about two hashes a key and one parse.

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "action/json_parser.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/result.h"

namespace awps {

inline constexpr std::chrono::minutes kClockSkew{5};

/// A key of `allow_keys`, and the setting that names it; that is what logs and joins know.
struct NamedKey {
  std::string name;
  std::string key;
};

/// What one hub takes over TCP.
struct BearerRules {
  std::vector<std::string> service_keys;  // of the hub's service; empty: none is taken
  std::vector<NamedKey> own_keys;         // of allow_keys; two may have one name
  bool takes_entra = false;
  std::string entra_audience = "https://webpubsub.azure.com";
  std::string service_url;  // http(s)://host[:port][/prefix], without a '/' at the end
  std::vector<std::string> more_service_urls{};  // whose audiences are good, too
};

struct Caller {
  enum class Kind : uint8_t { kServiceKey, kOwnKey, kEntra, kUser };
  Kind kind = Kind::kServiceKey;
  /// Who it is, for joins and logs: "service", "key NAME", "entra SUBJECT", "uid 1000". No two
  /// callers share it. Keys of one name, and both keys of the service, are one caller.
  std::string id;
  /// The token's audience is the service's own URL: it may be passed on to the service as it is.
  bool audience_is_services = false;
};

/// The caller behind a Unix socket.
Caller local_caller(uint32_t uid);

enum class BearerReason : uint8_t {
  kMissing,    // no Authorization, or another scheme
  kMalformed,  // no JWT, or one with claims of a wrong form
  kAlgorithm,
  kSignature,
  kExpired,  // or not valid yet, or without `exp`
  kAudience,
};
/// "missing", "malformed", … : a metric's label.
std::string_view name_of(BearerReason reason);

/// Why the answer is 401.
struct BearerFault {
  BearerReason reason = BearerReason::kMissing;
  std::string description;  // for WWW-Authenticate; ASCII without quotes, nothing of the token

  friend bool operator==(const BearerFault&, const BearerFault&) = default;
};

/// The place that a token has to name.
struct BearerTarget {
  std::string_view path_and_query;  // the request's target, as it came
  std::string_view host;            // the Host header, which was found to be the gateway's
};

/// What is read of a token.
struct JsonWebClaims {
  std::vector<std::string> audiences;
  std::optional<double> expires;  // seconds since 1970, as the others
  std::optional<double> not_before;
  std::optional<double> issued_at;
  std::string subject;  // of Entra's: "oid", else "sub"
};

class BearerCheck {
 public:
  explicit BearerCheck(const BearerRules& rules);
  ~BearerCheck();
  BearerCheck(const BearerCheck&) = delete;
  BearerCheck& operator=(const BearerCheck&) = delete;

  /// `authorization` is the header's value; empty: there is none.
  Result<Caller, BearerFault> check(std::string_view authorization, const BearerTarget& target,
                                    WallTime now);

 private:
  struct SigningKey;

  Result<Caller, BearerFault> check_signed(std::string_view token, const BearerTarget& target,
                                           WallTime now);
  Result<Caller, BearerFault> check_entra(std::string_view token, WallTime now);
  std::optional<JsonWebClaims> read_claims(std::string_view payload);
  std::optional<std::string> read_algorithm(std::string_view header);
  bool parse(std::string_view base64);
  const SigningKey* signer_of(std::string_view token) const;

  BearerRules rules_;
  std::vector<SigningKey> keys_;
  JsonParser parser_;
  std::string json_;  // the part that is parsed, with its padding
};

}  // namespace awps
