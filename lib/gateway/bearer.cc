#include "gateway/bearer.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/ascii.h"
#include "base/check.h"
#include "gateway/audience.h"

namespace awps {

namespace {

BearerFault malformed() {
  return {BearerReason::kMalformed, "The token is malformed"};
}

// The three parts of "header.payload.signature"; nullopt: it has another number of them, or an
// empty one.
std::optional<std::array<std::string_view, 3>> parts_of(std::string_view token) {
  std::array<std::string_view, 3> parts;
  for (size_t i = 0; i < parts.size(); ++i) {
    const bool is_last = i + 1 == parts.size();
    const size_t end = token.find('.');
    if (is_last != (end == std::string_view::npos)) return std::nullopt;
    parts[i] = token.substr(0, end);
    if (parts[i].empty()) return std::nullopt;
    token.remove_prefix(is_last ? token.size() : end + 1);
  }
  return parts;
}

bool take_number(const JsonValue& value, std::optional<double>& to) {
  if (to || !value.is(JsonType::kNumber)) return false;
  double number = 0;
  const char* const end = value.text.data() + value.text.size();
  if (std::from_chars(value.text.data(), end, number).ec != std::errc()) return false;
  to = number;
  return true;
}

// Empty: it is no string.
std::string_view text_of(const JsonValue& value) {
  return value.string().value_or(std::string_view());
}

bool take_audiences(const JsonValue& value, std::vector<std::string>& to) {
  if (const auto text = value.string()) {
    to.emplace_back(*text);
    return true;
  }
  if (!value.is(JsonType::kArray)) return false;
  JsonElements audiences(value);
  while (const JsonValue* audience = audiences.next()) {
    if (!audience->is(JsonType::kString)) return false;
    to.emplace_back(audience->content);
  }
  return true;
}

// The name of somebody whom nobody has verified: it goes into logs.
std::string tame(std::string_view name) {
  static constexpr size_t kMost = 128;
  std::string tamed(name.substr(0, kMost));
  for (char& c : tamed) c = c > ' ' && c < '\x7f' ? c : '?';
  return tamed;
}

std::optional<BearerFault> check_times(const JsonWebClaims& claims, WallTime now) {
  const double seconds = std::chrono::duration<double>(now.time_since_epoch()).count();
  const double skew = std::chrono::duration<double>(kClockSkew).count();
  if (!claims.expires) {
    return BearerFault{BearerReason::kExpired, "The token has no expiration"};
  }
  if (*claims.expires <= seconds - skew) {
    return BearerFault{BearerReason::kExpired, "The token is expired"};
  }
  if (claims.not_before.value_or(0) > seconds + skew ||
      claims.issued_at.value_or(0) > seconds + skew) {
    return BearerFault{BearerReason::kExpired, "The token is not valid yet"};
  }
  return std::nullopt;
}

std::string_view without_slash(std::string_view url) {
  if (url.ends_with('/')) url.remove_suffix(1);
  return url;
}

}  // namespace

struct BearerCheck::SigningKey {
  SigningKey(Caller::Kind the_kind, std::string the_caller, std::string_view text)
      : kind(the_kind), caller(std::move(the_caller)), key(std::make_unique<HmacKey>(text)) {
    AWPS_CHECK(!text.empty());
  }

  Caller::Kind kind;
  std::string caller;
  std::unique_ptr<HmacKey> key;
};

Caller local_caller(uint32_t uid) {
  return {.kind = Caller::Kind::kUser, .id = "uid " + std::to_string(uid)};
}

std::string_view name_of(BearerReason reason) {
  switch (reason) {
    case BearerReason::kMissing:
      return "missing";
    case BearerReason::kMalformed:
      return "malformed";
    case BearerReason::kAlgorithm:
      return "algorithm";
    case BearerReason::kSignature:
      return "signature";
    case BearerReason::kExpired:
      return "expired";
    case BearerReason::kAudience:
      return "audience";
  }
  return "";
}

BearerCheck::BearerCheck(const BearerRules& rules) : rules_(rules) {
  for (std::string& key : rules_.service_keys) {
    keys_.emplace_back(Caller::Kind::kServiceKey, "service", key);
    OPENSSL_cleanse(key.data(), key.size());
  }
  for (NamedKey& key : rules_.own_keys) {
    keys_.emplace_back(Caller::Kind::kOwnKey, "key " + key.name, key.key);
    OPENSSL_cleanse(key.key.data(), key.key.size());
  }
}

BearerCheck::~BearerCheck() = default;

Result<Caller, BearerFault> BearerCheck::check(std::string_view authorization,
                                               const BearerTarget& target, WallTime now) {
  static constexpr std::string_view kScheme = "Bearer ";
  authorization = trim(authorization);
  if (!equal_ignoring_case(authorization.substr(0, kScheme.size()), kScheme)) {
    return BearerFault{BearerReason::kMissing, ""};
  }
  const std::string_view token = trim(authorization.substr(kScheme.size()));
  const auto parts = parts_of(token);
  if (!parts) return malformed();
  const std::optional<std::string> algorithm = read_algorithm((*parts)[0]);
  if (!algorithm) return malformed();
  if (*algorithm == "HS256") return check_signed(token, target, now);
  if (*algorithm == "RS256" && rules_.takes_entra) return check_entra(token, now);
  return BearerFault{BearerReason::kAlgorithm, "The signature's algorithm is not accepted"};
}

Result<Caller, BearerFault> BearerCheck::check_signed(std::string_view token,
                                                      const BearerTarget& target, WallTime now) {
  const SigningKey* signer = signer_of(token);
  if (signer == nullptr) return BearerFault{BearerReason::kSignature, "The signature is invalid"};
  const auto claims = read_claims((*parts_of(token))[1]);
  if (!claims) return malformed();
  if (auto fault = check_times(*claims, now)) return std::move(*fault);
  Caller caller{.kind = signer->kind, .id = signer->caller};
  bool is_gateways = false;
  for (const std::string& audience : claims->audiences) {
    caller.audience_is_services |=
        is_audience_of(audience, rules_.service_url, target.path_and_query);
    is_gateways |= is_audience_of_host(audience, target.host, target.path_and_query);
    for (const std::string& url : rules_.more_service_urls) {
      is_gateways |= is_audience_of(audience, url, target.path_and_query);
    }
  }
  if (caller.audience_is_services || is_gateways) return caller;
  return BearerFault{BearerReason::kAudience, "The audience is invalid"};
}

// Nobody here has Entra's keys: whoever reaches the port may send, as the rule says.
Result<Caller, BearerFault> BearerCheck::check_entra(std::string_view token, WallTime now) {
  const auto claims = read_claims((*parts_of(token))[1]);
  if (!claims) return malformed();
  if (auto fault = check_times(*claims, now)) return std::move(*fault);
  const bool is_services =
      std::ranges::any_of(claims->audiences, [this](std::string_view audience) {
        return equal_ignoring_case(without_slash(audience), without_slash(rules_.entra_audience));
      });
  if (!is_services) return BearerFault{BearerReason::kAudience, "The audience is invalid"};
  return Caller{.kind = Caller::Kind::kEntra,
                .id = "entra " + tame(claims->subject),
                .audience_is_services = true};
}

std::optional<std::string> BearerCheck::read_algorithm(std::string_view header) {
  if (!parse(header) || !parser_.root().is(JsonType::kObject)) return std::nullopt;
  std::optional<std::string> algorithm;
  JsonMembers members(parser_.root());
  std::string_view key;
  JsonValue value;
  while (members.next(key, value)) {
    // RFC 7515 §4.1.11: what it names must be understood, and nothing is.
    if (key == "crit") return std::nullopt;
    if (key != "alg") continue;
    if (algorithm || !value.is(JsonType::kString)) return std::nullopt;
    algorithm = value.content;
  }
  return algorithm;
}

std::optional<JsonWebClaims> BearerCheck::read_claims(std::string_view payload) {
  if (!parse(payload) || !parser_.root().is(JsonType::kObject)) return std::nullopt;
  JsonWebClaims claims;
  bool has_audience = false;
  std::string_view subject;
  std::string_view object_id;
  JsonMembers members(parser_.root());
  std::string_view key;
  JsonValue value;
  while (members.next(key, value)) {
    bool is_good = true;
    if (key == "aud") {
      is_good = !std::exchange(has_audience, true) && take_audiences(value, claims.audiences);
    } else if (key == "exp") {
      is_good = take_number(value, claims.expires);
    } else if (key == "nbf") {
      is_good = take_number(value, claims.not_before);
    } else if (key == "iat") {
      is_good = take_number(value, claims.issued_at);
    } else if (key == "sub") {
      subject = text_of(value);
    } else if (key == "oid") {
      object_id = text_of(value);
    }
    if (!is_good) return std::nullopt;
  }
  claims.subject = object_id.empty() ? subject : object_id;
  return claims;
}

bool BearerCheck::parse(std::string_view base64) {
  std::optional<std::string> text = base64url_decode(base64);
  if (!text) return false;
  json_ = std::move(*text);
  const size_t size = json_.size();
  json_.append(simdjson::SIMDJSON_PADDING, '\0');
  return parser_.parse(std::string_view(json_).substr(0, size)) == simdjson::SUCCESS;
}

const BearerCheck::SigningKey* BearerCheck::signer_of(std::string_view token) const {
  const size_t dot = token.rfind('.');
  const std::optional<std::string> signature = base64url_decode(token.substr(dot + 1));
  if (!signature || signature->size() != Sha256Digest().size()) return nullptr;
  const SigningKey* signer = nullptr;
  for (const SigningKey& key : keys_) {
    const Sha256Digest digest = key.key->sign(token.substr(0, dot));
    const bool is_equal = CRYPTO_memcmp(digest.data(), signature->data(), digest.size()) == 0;
    if (is_equal && signer == nullptr) signer = &key;
  }
  return signer;
}

}  // namespace awps
