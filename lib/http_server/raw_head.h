#pragma once

// The head of a request, from its bytes: strictly what RFC 9112 lets a client send, and less where
// two readers could understand it differently (request smuggling). Pure.
//
// Refused with 400: a target that is no path (absolute-form, CONNECT, `*`), another version than
// 1.0 and 1.1, a folded line, a blank before a colon, control characters, Upgrade, a body on GET or
// HEAD, Transfer-Encoding other than `chunked`, with Content-Length or in HTTP/1.0, a
// Content-Length that is no number, a missing Host, and twice a header that may stand there once:
// see must_stand_once(). With 417: Expect other than `100-continue`. With 431: more than
// kMaxHeaders headers.
//
// It differs from Beast, which was here before, in that a sender's mistake is never repaired.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http_server/request.h"

namespace awps::http_server {

inline constexpr size_t kMaxHeaders = 256;

/// Why a request is not taken. Its connection ends with the answer: where the request ends is not
/// known.
struct RequestRefusal {
  int status = 400;
  std::string message;

  friend bool operator==(const RequestRefusal&, const RequestRefusal&) = default;
};

struct RequestHead {
  Request request;                   // without a body
  bool is_http_1_0 = false;          // such a client knows no chunks, and gets one answer
  bool keeps_alive = true;           // as the client wishes
  bool is_chunked = false;           // the body
  uint64_t body_bytes = 0;           // where it is not chunked
  bool waits_to_be_invited = false;  // Expect: 100-continue, and there is a body

  bool has_body() const { return is_chunked || body_bytes > 0; }
};

/// `bytes` are lines that end with CR LF and hold no other CR or LF; the last one is empty.
Result<RequestHead, RequestRefusal> parse_raw_head(std::string_view bytes);

/// Whoever checks one of two would be deceived by whoever takes the other.
bool must_stand_once(std::string_view header);

/// As RFC 9110 §5.6.2 has it: of methods and names of headers.
bool is_token_byte(char c);

}  // namespace awps::http_server
