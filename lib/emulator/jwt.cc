#include "emulator/jwt.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "emulator/text.h"
#include "emulator/url.h"

namespace awps::emulator {

namespace {

using nlohmann::json;

constexpr std::string_view kMalformed = "The token is malformed";

/// A string, or an array of strings; anything else is nothing.
std::vector<std::string> strings_of(const json& object, const char* name) {
  const auto member = object.find(name);
  if (member == object.end()) return {};
  if (member->is_string()) return {member->get<std::string>()};
  std::vector<std::string> values;
  if (!member->is_array()) return values;
  for (const json& item : *member) {
    if (item.is_string()) values.push_back(item.get<std::string>());
  }
  return values;
}

std::optional<int64_t> seconds_of(const json& object, const char* name) {
  const auto member = object.find(name);
  if (member == object.end() || !member->is_number()) return std::nullopt;
  if (member->is_number_integer()) return member->get<int64_t>();
  const double value = member->get<double>();
  // Beyond this a double does not fit into 64 bits; as a date it is nonsense anyway.
  if (!(value > -1e15 && value < 1e15)) return std::nullopt;
  return static_cast<int64_t>(value);
}

std::optional<json> decoded_object(std::string_view part) {
  const auto text = base64url_decode(part);
  if (!text) return std::nullopt;
  json object = json::parse(*text, nullptr, false);
  if (!object.is_object()) return std::nullopt;
  return object;
}

Claims claims_of(const json& payload) {
  Claims claims;
  claims.audiences = strings_of(payload, "aud");
  if (auto subject = strings_of(payload, "sub"); !subject.empty()) {
    claims.subject = std::move(subject.front());
  }
  claims.roles = strings_of(payload, "role");
  claims.groups = strings_of(payload, "webpubsub.group");
  claims.expires = seconds_of(payload, "exp");
  claims.not_before = seconds_of(payload, "nbf");
  claims.issued_at = seconds_of(payload, "iat");
  return claims;
}

/// In constant time: the compare tells nothing about where the first difference is.
bool same_bytes(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned difference = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    difference |=
        static_cast<unsigned>(static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]));
  }
  return difference == 0;
}

/// A URL apart: scheme, host with port, and the path without its query.
struct UrlParts {
  std::string_view scheme;
  std::string_view host;
  std::string_view path;
};

std::optional<UrlParts> url_parts(std::string_view url) {
  const size_t colon = url.find("://");
  if (colon == std::string_view::npos) return std::nullopt;
  UrlParts parts{.scheme = url.substr(0, colon), .host = url.substr(colon + 3)};
  parts.host = parts.host.substr(0, parts.host.find('?'));
  if (const size_t slash = parts.host.find('/'); slash != std::string_view::npos) {
    parts.path = parts.host.substr(slash);
    parts.host = parts.host.substr(0, slash);
  }
  return parts;
}

bool is_secure(std::string_view scheme) {
  return equal_ignoring_case(scheme, "https") || equal_ignoring_case(scheme, "wss");
}

std::string_view without_default_port(std::string_view host, std::string_view port) {
  if (host.ends_with(port)) host.remove_suffix(port.size());
  return host;
}

bool same_host(const UrlParts& audience, std::string_view host) {
  const std::string_view port = is_secure(audience.scheme) ? ":443" : ":80";
  return equal_ignoring_case(without_default_port(audience.host, port),
                             without_default_port(host, port));
}

bool is_address(const UrlParts& audience, const AudienceRule& rule) {
  const auto is_scheme = [&](std::string_view scheme) {
    return equal_ignoring_case(audience.scheme, scheme);
  };
  const bool is_client = std::ranges::find(rule.schemes, "ws") != rule.schemes.end();
  if (std::ranges::any_of(rule.schemes, is_scheme) && same_host(audience, rule.host)) return true;
  const auto own = url_parts(rule.public_url);
  if (!own || !same_host(audience, own->host)) return false;
  const std::string_view socket_scheme = is_secure(own->scheme) ? "wss" : "ws";
  return is_scheme(own->scheme) || (is_client && is_scheme(socket_scheme));
}

bool one_audience_matches(std::string_view audience, const AudienceRule& rule,
                          std::string_view decoded_path) {
  const auto parts = url_parts(audience);
  if (!parts || parts->path.empty() || !is_address(*parts, rule)) return false;
  return parts->path == decoded_path || percent_decoded(parts->path, {}) == decoded_path;
}

}  // namespace

Result<Claims> verified_claims(std::string_view token,
                               const std::vector<std::unique_ptr<HmacKey>>& keys) {
  const auto parts = split(token, '.');
  if (parts.size() != 3) return TokenError{std::string(kMalformed)};
  const auto header = decoded_object(parts[0]);
  const auto payload = decoded_object(parts[1]);
  const auto signature = base64url_decode(parts[2]);
  if (!header || !payload || !signature) return TokenError{std::string(kMalformed)};
  const auto algorithm = header->find("alg");
  if (algorithm == header->end() || *algorithm != "HS256") {
    return TokenError{"The signature algorithm is not HS256"};
  }
  const auto signed_text = token.substr(0, parts[0].size() + 1 + parts[1].size());
  for (const auto& key : keys) {
    const Sha256Digest digest = key->sign(signed_text);
    if (same_bytes(as_view(digest), *signature)) return claims_of(*payload);
  }
  return TokenError{"The signature is invalid"};
}

Result<void> check_times(const Claims& claims, int64_t now_seconds) {
  if (!claims.expires) return TokenError{"The token has no expiration"};
  if (*claims.expires <= now_seconds - kClockSkewSeconds) {
    return TokenError{"The token expired at '" + std::to_string(*claims.expires) + "'"};
  }
  const int64_t latest = now_seconds + kClockSkewSeconds;
  const int64_t begin =
      std::max(claims.not_before.value_or(latest), claims.issued_at.value_or(latest));
  if (begin > latest) {
    return TokenError{"The token is not valid before '" + std::to_string(begin) + "'"};
  }
  return {};
}

bool audience_matches(const Claims& claims, const AudienceRule& rule) {
  const std::string decoded_path = percent_decoded(rule.raw_path, {.keep_slash = true});
  return std::ranges::any_of(claims.audiences, [&](const std::string& audience) {
    return one_audience_matches(audience, rule, decoded_path);
  });
}

std::string signed_token(std::string_view payload, const HmacKey& key) {
  std::string token = base64url_encode(R"({"alg":"HS256","typ":"JWT"})");
  token += '.';
  token += base64url_encode(payload);
  const Sha256Digest digest = key.sign(token);
  token += '.';
  token += base64url_encode(as_view(digest));
  return token;
}

void TokenCache::set_keys(const std::vector<std::string>& keys) {
  verified_.clear();
  keys_.clear();
  for (const std::string& key : keys) keys_.push_back(std::make_unique<HmacKey>(key));
}

const Claims* TokenCache::verify(std::string_view token, std::string& error) {
  if (const auto known = verified_.find(token); known != verified_.end()) return &known->second;
  auto claims = verified_claims(token, keys_);
  if (!claims.ok()) {
    error = claims.error().message;
    return nullptr;
  }
  if (verified_.size() >= max_tokens_) verified_.clear();
  return &verified_.emplace(token, std::move(claims.value())).first->second;
}

}  // namespace awps::emulator
