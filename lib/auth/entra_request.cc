#include "auth/entra_request.h"

#include <curl/curl.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/ascii.h"
#include "base/check.h"

namespace awps {

namespace {

using nlohmann::json;

constexpr std::string_view kDefaultScope = "/.default";
constexpr std::string_view kAssertionType =
    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
constexpr size_t kMaxQuotedBytes = 512;
constexpr std::chrono::seconds kLongestLife = std::chrono::hours(24 * 7);

std::string percent_encoded(std::string_view text) {
  const std::unique_ptr<char, void (*)(void*)> encoded(
      curl_easy_escape(nullptr, text.data(), static_cast<int>(text.size())), curl_free);
  AWPS_CHECK(encoded != nullptr);
  return encoded.get();
}

void append_field(std::string& form, std::string_view name, std::string_view value) {
  if (!form.empty()) form += '&';
  form += name;
  form += '=';
  form += percent_encoded(value);
}

EntraTokenRequest post_request(const EntraIdentity& identity, std::string_view assertion) {
  EntraTokenRequest request{.method = HttpMethod::kPost,
                            .url = identity.url,
                            .content_type = "application/x-www-form-urlencoded;charset=utf-8"};
  append_field(request.body, "client_id", identity.client_id);
  append_field(request.body, "scope", identity.scope);
  append_field(request.body, "grant_type", "client_credentials");
  if (identity.flow == EntraFlow::kClientSecret) {
    append_field(request.body, "client_secret", identity.client_secret);
  } else {
    append_field(request.body, "client_assertion", assertion);
    append_field(request.body, "client_assertion_type", kAssertionType);
  }
  return request;
}

// Managed identities ask for the resource, without a slash at its end.
std::string_view resource_of(std::string_view scope) {
  if (scope.ends_with(kDefaultScope)) scope.remove_suffix(kDefaultScope.size());
  return scope;
}

EntraTokenRequest managed_request(const EntraIdentity& identity) {
  const bool app_service = identity.flow == EntraFlow::kAppService;
  std::string query;
  append_field(query, "api-version", app_service ? "2019-08-01" : "2018-02-01");
  append_field(query, "resource", resource_of(identity.scope));
  if (!identity.managed_parameter.empty()) {
    append_field(query, identity.managed_parameter, identity.managed_name);
  }
  return {
      .method = HttpMethod::kGet,
      .url = identity.url + "?" + query,
      .header = app_service ? "X-IDENTITY-HEADER: " + identity.identity_header : "Metadata: true"};
}

void replace_all(std::string& text, std::string_view what) {
  constexpr std::string_view kInstead = "***";
  if (what.empty()) return;
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at)) {
    text.replace(at, what.size(), kInstead);
    at += kInstead.size();
  }
}

// The words of an answer, fit for one line of a log.
std::string quoted(std::string text, const EntraIdentity& identity, std::string_view assertion) {
  for (const std::string_view secret : {std::string_view(identity.client_secret),
                                        std::string_view(identity.identity_header), assertion}) {
    replace_all(text, secret);
    if (!secret.empty()) replace_all(text, percent_encoded(secret));
  }
  std::ranges::replace_if(
      text, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; }, ' ');
  if (text.size() <= kMaxQuotedBytes) return text;
  size_t end = kMaxQuotedBytes;
  while ((static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;  // no half character
  return text.substr(0, end) + "…";
}

std::string text_of(const json& object, const char* name) {
  const auto member = object.find(name);
  return member != object.end() && member->is_string() ? member->get<std::string>() : "";
}

// Whole seconds, as a number or as a string of digits; not more than a date has.
std::optional<int64_t> seconds_of(const json& object, const char* name) {
  constexpr int64_t kMost = 9'000'000'000;  // beyond it nanoseconds do not fit into 64 bits
  const auto member = object.find(name);
  if (member == object.end()) return std::nullopt;
  int64_t seconds = -1;
  if (member->is_number()) {
    const double value = member->get<double>();
    if (value >= 0 && value <= static_cast<double>(kMost)) seconds = static_cast<int64_t>(value);
  } else if (member->is_string()) {
    const std::string& text = member->get_ref<const std::string&>();
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  }
  if (seconds < 0 || seconds > kMost) return std::nullopt;
  return seconds;
}

std::string attempt_on(const EntraIdentity& identity) {
  return "ask " + identity.url + " for a token by " + std::string(name_of(identity.flow)) + ": ";
}

std::string remedy_of(const EntraIdentity& identity) {
  switch (identity.flow) {
    case EntraFlow::kClientSecret:
      return "check tenantId, clientId and clientSecret";
    case EntraFlow::kFederatedToken:
      return "check tenantId, clientId and the application's federated credential";
    case EntraFlow::kAppService:
      return "assign the managed identity to this app, and check its name";
    case EntraFlow::kInstanceMetadata:
      return "assign the managed identity to this machine, and check its name";
  }
  return "";
}

std::string unreachable(const EntraIdentity& identity, const HttpResponse& response) {
  std::string message =
      "no answer (" + std::string(name_of(response.error)) + ": " + response.error_text + ")";
  if (identity.flow == EntraFlow::kInstanceMetadata) {
    message += "; this machine may have no managed identity: it is Azure's that have one";
  }
  return message;
}

struct ErrorText {
  std::string code;
  std::string words;
};

// {"error":…,"error_description":…}; the platforms also {"error":{"code":…,"message":…}}, or
// {"message":…} alone.
ErrorText error_of(const json& body) {
  if (!body.is_object()) return {};
  const auto inner = body.find("error");
  if (inner != body.end() && inner->is_object()) {
    return {text_of(*inner, "code"), text_of(*inner, "message")};
  }
  const std::string words = text_of(body, "error_description");
  return {text_of(body, "error"), words.empty() ? text_of(body, "message") : words};
}

std::string refusal(const EntraIdentity& identity, std::string_view assertion,
                    const HttpResponse& response) {
  std::string message = "HTTP " + std::to_string(response.status);
  const ErrorText error = error_of(json::parse(response.body, nullptr, false));
  const auto& [code, words] = error;
  if (code.empty() && words.empty()) {
    return message + " without the JSON of an error" +
           (response.content_type.empty() ? "" : ", but " + response.content_type) +
           ": check the address, and what stands between";
  }
  if (!code.empty()) message += " " + quoted(code, identity, assertion);
  if (!words.empty()) message += ": " + quoted(words, identity, assertion);
  return message + "; " + remedy_of(identity);
}

// RFC 6750: what may stand behind "Bearer", so that no token breaks out of its header line.
bool is_bearer_token(std::string_view token) {
  return !token.empty() && std::ranges::all_of(token, [](char c) {
    return is_alphanumeric(c) || std::string_view("-._~+/=").find(c) != std::string_view::npos;
  });
}

std::optional<Duration> life_of(const EntraIdentity& identity, const json& body, WallTime now) {
  const std::optional<int64_t> until = seconds_of(body, "expires_on");
  const std::optional<int64_t> in = seconds_of(body, "expires_in");
  Duration life{};
  if (until && (is_managed(identity) || !in)) {
    const WallTime end{std::chrono::seconds(*until)};
    // A clock that is set to nonsense must not overflow the difference.
    life = end > now ? end - now : Duration::zero();
  } else if (in) {
    life = std::chrono::seconds(std::min<int64_t>(*in, kLongestLife.count()));
  } else {
    return std::nullopt;
  }
  return std::min<Duration>(life, kLongestLife);
}

Result<TokenGrant, TokenFailure> grant_of(const EntraIdentity& identity, const json& body,
                                          WallTime now) {
  std::string token = body.is_object() ? text_of(body, "access_token") : "";
  if (token.empty()) {
    return TokenFailure{attempt_on(identity) +
                            "the answer holds no access_token: check the address, and what stands "
                            "between",
                        {}};
  }
  if (!is_bearer_token(token)) {
    return TokenFailure{
        attempt_on(identity) + "the answer's access_token has characters that no token has", {}};
  }
  const std::optional<Duration> life = life_of(identity, body, now);
  if (!life) {
    return TokenFailure{attempt_on(identity) + "the answer does not say when its token expires",
                        {}};
  }
  if (*life <= Duration::zero()) {
    return TokenFailure{
        attempt_on(identity) + "the token has expired already: check this machine's clock", {}};
  }
  TokenGrant grant{.token = std::move(token), .life = *life};
  if (const std::optional<int64_t> refresh = seconds_of(body, "refresh_in")) {
    grant.refresh_in = std::chrono::seconds(std::min<int64_t>(*refresh, kLongestLife.count()));
  }
  return grant;
}

}  // namespace

EntraTokenRequest token_request(const EntraIdentity& identity, std::string_view assertion) {
  return is_managed(identity) ? managed_request(identity) : post_request(identity, assertion);
}

Result<std::string> read_assertion(const EntraIdentity& identity) {
  const Result<std::string> text = read_setting_file(identity.token_file);
  if (!text) return Error{"the federated token: " + text.error().message};
  const std::string_view trimmed = trim(*text);
  if (trimmed.empty()) return Error{"the federated token: '" + identity.token_file + "' is empty"};
  return std::string(trimmed);
}

Result<TokenGrant, TokenFailure> read_token_answer(const EntraIdentity& identity,
                                                   std::string_view assertion,
                                                   const HttpResponse& response, WallTime now) {
  if (response.status == 0) {
    return TokenFailure{attempt_on(identity) + unreachable(identity, response), {}};
  }
  if (response.status != 200) {
    return TokenFailure{attempt_on(identity) + refusal(identity, assertion, response),
                        response.retry_after};
  }
  return grant_of(identity, json::parse(response.body, nullptr, false), now);
}

}  // namespace awps
