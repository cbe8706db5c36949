#pragma once

// Reply: what a request is answered with, and how it is written to the wire (RFC 9112).
//
// Pure but for Stream, which belongs to the server's thread.

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"

namespace awps::http_server {

/// A body that goes on until it is over, the client closes or the server stops; then it is
/// destroyed.
class Stream {
 public:
  virtual ~Stream() = default;
  /// What there is since the last call; may be empty. Asked every Limits::stream_interval.
  virtual std::string take() = 0;
  /// Asked before each take(): it is not to go on.
  virtual bool is_over() { return false; }
};

struct Reply {
  int status = 200;
  std::string content_type;  // empty: there is no body
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  std::unique_ptr<Stream> stream{};  // instead of a body; to HEAD nothing is taken from it
  bool ends_connection = false;
  // Called once, in the server's thread, and never before Responder::send() has returned: true:
  // the socket has taken the last byte of the answer; false: the connection ended before. Where
  // the connection is over already it is called within send(), in the thread of that.
  std::function<void(bool written)> on_written{};
};

/// A line of text; its end is added.
Reply text_reply(int status, std::string text);

struct WireOptions {
  bool keep_alive = true;
  bool to_head = false;  // the answer to HEAD: without its body
  bool chunked = false;  // a stream: chunks follow (else the end is the connection's)
  WallTime now{};        // its Date (RFC 9110 §6.6.1)
};

/// A reply with its head, ready to be written.
std::string wire_text(const Reply& reply, const WireOptions& options);

/// One chunk of a chunked body; the last one is that of an empty text.
std::string chunk_of(const std::string& text);

}  // namespace awps::http_server
