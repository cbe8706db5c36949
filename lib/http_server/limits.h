#pragma once

// Limits: what the clients of a server may take. A value.

#include <cstddef>
#include <limits>

#include "base/clock.h"

namespace awps::http_server {

struct Limits {
  size_t max_connections = 64;  // of clients that have shown who they are; see waits_for_room
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
  Duration body_time{};  // of a body alone, and request_time is the head's; 0: that is for both
  Duration write_time = std::chrono::seconds(20);  // for an answer, or a piece of a stream
  Duration stream_interval = std::chrono::milliseconds(250);
  Duration stop_time = std::chrono::seconds(1);  // for answers that are under way at a stop

  // Requests of one connection that are read and not answered yet. Above 1 they are handed to the
  // handler one after another while the answers before are still owed; answers keep their order.
  size_t max_pipelined = 1;
  // Answers of one connection that its client has not taken. No request is read beyond the first
  // number; beyond the second the connection ends.
  size_t pause_unwritten_bytes = 64UL * 1024;
  size_t max_unwritten_bytes = 32UL * 1024 * 1024;
  // Of all bodies, over all connections, from their first byte until the handler has destroyed
  // their Request; see body_budget.h. Who has waited for a share of it for partial_patience is
  // refused with 503. Not less than max_body_bytes.
  size_t max_partial_bytes = std::numeric_limits<size_t>::max();
  Duration partial_patience = std::chrono::seconds(5);
  // True: max_connections is the bound of all connections, and there is no share of strangers.
  // Where it is reached nothing is accepted until one ends, and clients wait in the kernel's
  // backlog; answers then end their connections. Connections are closed for others in this order:
  // one that is closing, the one that is idle longest, the stranger that is here longest. The
  // first second of a connection does not count as idle.
  bool waits_for_room = false;

  /// TLS handshakes at once, so that clients who never finish theirs leave room for others.
  size_t max_handshakes() const {
    return (waits_for_room ? max_connections : max_strangers) / 4 + 1;
  }
};

}  // namespace awps::http_server
