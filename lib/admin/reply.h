#pragma once

// Reply: what a request is answered with, and how it is written to the wire (RFC 9112).
//
// Pure.

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace awps::admin {

/// Instead of a body: the lines of a tap, until the client closes.
struct TapStart {
  std::string hub;  // empty: all
  uint32_t per_second = 0;
};

struct Reply {
  int status = 200;
  std::string content_type;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  std::optional<TapStart> tap;
};

Reply json_reply(std::string json);
Reply text_reply(int status, std::string text);
/// As ADMIN.md writes errors.
Reply error_reply(int status, const std::string& code, const std::string& message);

struct WireOptions {
  bool keep_alive = true;
  bool to_head = false;  // the answer to HEAD: without its body
  bool chunked = false;  // a stream: chunks follow (else, of a tap, the end is the connection's)
};

/// A reply with its head, ready to be written.
std::string wire_text(const Reply& reply, const WireOptions& options);

/// One chunk of a chunked body; the last one is that of an empty text.
std::string chunk_of(const std::string& text);

}  // namespace awps::admin
