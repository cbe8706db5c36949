#pragma once

// Handler: what a server serves. It takes a request and answers now or later.
//
// Called in the server's thread only, one call at a time. A call that takes long delays the other
// answers, and ends no connection.

#include <memory>
#include <string>

#include "http_server/reply.h"
#include "http_server/request.h"

namespace awps::http_server {

class Connection;

/// The answer that a request is owed. It is given once, in the server's thread, at once or later
/// (Server::post() gets there); a Responder that goes without having answered ends the connection.
/// It may outlive connection and server, and then sends to nobody.
class Responder {
 public:
  explicit Responder(std::weak_ptr<Connection> connection) : connection_(std::move(connection)) {}
  ~Responder();
  Responder(Responder&&) noexcept = default;
  Responder& operator=(Responder&&) = delete;

  /// To nobody if the connection is over.
  void send(Reply reply);

 private:
  std::weak_ptr<Connection> connection_;  // empty: moved from, or answered
};

class Handler {
 public:
  virtual ~Handler() = default;

  /// Does the head of a request, whose body may be missing, show who the client is? The others are
  /// strangers, who have a share of connections of their own.
  virtual bool is_known(const Request& head) = 0;
  /// The next request of the connection is read when this one is answered. Whoever answers later
  /// does so within a bound of its own: the server waits.
  virtual void handle(Request request, Responder responder) = 0;
  /// How the server's own refusal is written: 400, 413, 431, or 503 where there is no room.
  virtual Reply refusal(int status, const std::string& message) = 0;
};

}  // namespace awps::http_server
