#pragma once

// An HTTP response as a value, and its text. A response carries Content-Length always; to HEAD the
// body is left out and its length kept, as the service does. Pure, any thread.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace awps::emulator {

using HeaderList = std::vector<std::pair<std::string, std::string>>;

struct HttpResponse {
  int status = 200;
  std::string content_type;
  std::string body;
  HeaderList headers;
  bool lists_versions = false;  // api-supported-versions, which the service's own answers carry

  friend bool operator==(const HttpResponse&, const HttpResponse&) = default;
};

struct ResponseContext {
  std::string_view date;  // as RFC 9110 writes it
  bool to_head = false;
  bool keep_alive = true;
};

std::string_view reason_phrase(int status);
/// Appends the response's bytes to `out`.
void append_response(std::string& out, const HttpResponse& response, ResponseContext context);

/// What the front end (nginx) says of itself, as HTML.
HttpResponse front_end_error(int status);

}  // namespace awps::emulator
