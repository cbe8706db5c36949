#pragma once

// An answer in words, for dead letters, logs and status pages. Pure, any thread.
//
// The text is valid UTF-8 without control characters, whatever the other side sent, at most 2 KiB,
// and never holds a token.

#include <string>

#include "http/http_transport.h"

namespace awps {

/// The service's code of the error ("Error.BadRequest"): of the header, else of the body; empty:
/// none.
std::string error_code_of(const HttpResponse& response);

/// "HTTP 400 Error.BadRequest: …", with the remedy where it is known; or what became of the
/// connection. A 401 or 403 says what its WWW-Authenticate does, and names a clock that is minutes
/// off; a 3xx names its Location.
std::string describe(const HttpResponse& response);

/// The body of the answer; empty: there was none.
std::string readable_body(const HttpResponse& response);

}  // namespace awps
