#pragma once

// The request for a token, and what its answer says. Bytes as Microsoft's identity libraries send
// them; the application's v2.0 endpoint, or the managed identity's address of the platform:
//   POST {authority}/{tenant}/oauth2/v2.0/token
//     client_id=…&scope=https%3A%2F%2Fwebpubsub.azure.com%2F.default&grant_type=client_credentials
//     &client_secret=… | &client_assertion=…&client_assertion_type=urn…jwt-bearer
//   GET …/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fwebpubsub…
//     Metadata: true
//   GET {IDENTITY_ENDPOINT}?api-version=2019-08-01&resource=…   X-IDENTITY-HEADER: …
// The answer: {"access_token":…,"expires_in":3600,"refresh_in":…}; a managed identity's counts
// seconds since 1970 in "expires_on", as its "expires_in" may count from the token's making.
//
// 1. No failure's message contains a secret, an assertion or a token, even where the answer quotes
//    it, nor anything of a body that is not the JSON of an error.
//
// Pure, but for read_assertion(). Any thread.

#include <optional>
#include <string>
#include <string_view>

#include "auth/entra_identity.h"
#include "base/clock.h"
#include "base/result.h"
#include "http/http_transport.h"

namespace awps {

struct EntraTokenRequest {
  HttpMethod method = HttpMethod::kGet;
  std::string url;
  std::string content_type;  // empty: no body
  std::string body;
  std::string header;  // "Name: value"; empty: none
};

/// A token as it was given: lives are counted from its arrival.
struct TokenGrant {
  std::string token;
  Duration life{};
  std::optional<Duration> refresh_in;  // where the answer says when to ask again

  friend bool operator==(const TokenGrant&, const TokenGrant&) = default;
};

struct TokenFailure {
  std::string message;
  std::optional<Duration> retry_after;
};

/// `assertion`: the federated token; empty for the other flows.
EntraTokenRequest token_request(const EntraIdentity& identity, std::string_view assertion);

/// The federated token as its file holds it now: the platform replaces it from time to time.
Result<std::string> read_assertion(const EntraIdentity& identity);

/// `assertion`: what the request held, so that it is never quoted.
Result<TokenGrant, TokenFailure> read_token_answer(const EntraIdentity& identity,
                                                   std::string_view assertion,
                                                   const HttpResponse& response, WallTime now);

}  // namespace awps
