#pragma once

// Handler: what a server serves. It takes a request and answers now or later.
//
// Called in the server's thread only, one call at a time. A call that takes long delays the other
// answers, and ends no connection.

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "http_server/reply.h"
#include "http_server/request.h"

namespace awps::http_server {

class Connection;

/// The answer that a request is owed. It is given once, in the server's thread, at once or later
/// (Server::post() gets there); a Responder that goes without having answered ends the connection
/// when its turn comes. It may outlive connection and server, and then sends to nobody.
class Responder {
 public:
  Responder(std::weak_ptr<Connection> connection, uint64_t request)
      : connection_(std::move(connection)), request_(request) {}
  ~Responder();
  Responder(Responder&&) noexcept = default;
  Responder& operator=(Responder&&) = delete;

  /// To nobody if the connection is over. Nothing of the handler is called from within, but for
  /// on_written(false) where the connection is over already.
  void send(Reply reply);

 private:
  std::weak_ptr<Connection> connection_;  // empty: moved from, or answered
  uint64_t request_;                      // which of the connection's
};

class Handler {
 public:
  virtual ~Handler() = default;

  // For the head of each request that is well formed the server calls is_known(), on_head() and
  // max_body(), in this order, one right after another; the body may be missing.

  /// Does the head show who the client is? The others are strangers, who have less time, and a
  /// share of connections of their own or the first places that are made free: see Limits.
  virtual bool is_known(const Request& head) = 0;
  /// A refusal, in place of handle(). It is written in its turn. The connection goes on if there
  /// is no body, or one of known length up to 64 KiB that was not announced by Expect; that is
  /// read and thrown away. Else the answer ends the connection without reading on.
  virtual std::optional<Reply> on_head(const Request& /*head*/) { return std::nullopt; }
  /// How many bytes its body may have, at most Limits::max_body_bytes; beyond: 413.
  virtual size_t max_body(const Request& /*head*/) { return std::numeric_limits<size_t>::max(); }
  /// With Limits::max_pipelined = 1 the next request of the connection is read when this one is
  /// answered. Whoever answers later does so within a bound of its own: the server waits.
  virtual void handle(Request request, Responder responder) = 0;
  /// How the server's own refusal is written: 400, 413, 417, 431, or 503 where there is no room.
  /// The connection ends with it.
  virtual Reply refusal(int status, const std::string& message) = 0;
  /// The connection is over, for whatever reason; once for each of which is_known() was asked.
  /// Answers that it was owed have been told (Reply::on_written) or find nobody when they are sent.
  /// Also called while a client's answer is awaited, if the client is seen to have hung up: that is
  /// looked for as long as another request could be read. Within this call the server may not be
  /// asked to do anything but post() and call_at().
  virtual void on_connection_end(uint64_t /*connection*/) {}
};

}  // namespace awps::http_server
