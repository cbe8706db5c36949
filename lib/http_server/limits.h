#pragma once

// Limits: what the clients of a server may take. A value.

#include <cstddef>

#include "base/clock.h"

namespace awps::http_server {

struct Limits {
  size_t max_connections = 64;  // of clients that have shown who they are
  // Of all others: a share of its own, so that they crowd out nobody who is known.
  size_t max_strangers = 64;
  int accepts_at_once = 16;  // fewer, so that a stranger's request is read before others come
  Duration stranger_time = std::chrono::seconds(5);  // instead of the next and of request_time
  size_t max_head_bytes = 16UL * 1024;
  size_t max_body_bytes = 64UL * 1024;
  // Above a minute, at which scrapes usually repeat: a connection that is closed just when the next
  // one is sent would cost it.
  Duration idle_time = std::chrono::seconds(75);
  Duration handshake_time = std::chrono::seconds(10);
  Duration request_time = std::chrono::seconds(10);  // from a request's first byte to its last
  Duration write_time = std::chrono::seconds(20);    // for an answer, or a piece of a stream
  Duration stream_interval = std::chrono::milliseconds(250);
  Duration stop_time = std::chrono::seconds(1);  // for answers that are under way at a stop

  /// TLS handshakes at once, so that clients who never finish theirs leave room for others.
  size_t max_handshakes() const { return max_strangers / 4 + 1; }
};

}  // namespace awps::http_server
