#pragma once

// ErrorBody: what an error's body says, as far as it can be read. The service's own is flat
// {"code","message","target",…}; older ones and proxies wrap it in "error"; problem+json has
// "title" and "detail"; ASP.NET's old shape has {"errors":{"FIELD":["TEXT"]},"title"}; the front
// end sends HTML or nothing; Entra has {"error":"invalid_client","error_description":"AADSTS…"}.
// Bodies are cut at 2 KiB, so the reader takes a JSON text that ends anywhere: it reads members
// until it understands no more, and keeps what it has.
//
// Pure, any thread, linear in the body; nothing recurses.

#include <string>
#include <string_view>

namespace awps {

/// Empty: not said.
struct ErrorBody {
  std::string code;
  /// Of "message", else the text of a field of "errors", else "detail", "error_description", or
  /// "title"; the cut end of one counts.
  std::string message;
  /// The parameter at fault: "filter", "group", "hub" … Of "target", else a field of "errors": of
  /// several the first, but one that every request carries before any other.
  std::string target;
  /// Is it one of the shapes that the service has for an error? Entra's is not, nor is other JSON.
  bool is_services_shape = false;

  friend bool operator==(const ErrorBody&, const ErrorBody&) = default;
};

ErrorBody read_error_body(std::string_view body);

/// Does the parameter stand in every request of a hub: the hub itself, or the api-version?
bool is_in_every_request(std::string_view parameter);

}  // namespace awps
