#pragma once

// ServerLoop: takes connections from listening sockets and runs them, in one thread.
//
// 1. Clients that have shown who they are, and strangers, have a share each: nobody makes room for
//    one of the other kind. A new connection is a stranger. At the strangers' bound the oldest one
//    makes room, one that is closing first. At the bound of the known, one that is closing makes
//    room, then the one that has waited for a request longest. If each is at work, the new one is
//    answered with 503.
// 2. At the bound of TLS handshakes the one that has lasted longest makes room.
// 3. Where the process has no descriptor left, accepting pauses (net/acceptor.h). It never ends for
//    an error.
//
// run() is the thread; stop(), post() and connections() may be called from any.

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "http_server/connection.h"
#include "net/acceptor.h"

namespace awps::http_server {

class ServerLoop {
 public:
  struct Options {
    Limits limits;
    std::shared_ptr<const TlsContext> tls;  // none: without TLS
  };

  /// The sockets of `listening` are borrowed, and non-blocking; `handler` outlives it.
  ServerLoop(std::span<const int> listening, const Options& options, Handler& handler);
  ServerLoop(const ServerLoop&) = delete;
  ServerLoop& operator=(const ServerLoop&) = delete;

  /// Until stop() was called, and answers under way are written or their time is over.
  void run();
  void stop();
  /// Has it called in the loop's thread, if that still runs.
  void post(std::function<void()> work);
  size_t connections() const { return count_.load(std::memory_order_relaxed); }

 private:
  using Connections = std::vector<std::shared_ptr<Connection>>;

  void admit(UniqueFd socket);
  void limit_strangers();
  bool has_room_for_known();
  void limit_handshakes();
  void on_end(const Connection* connection);
  void finish();

  Options options_;
  Handler& handler_;
  boost::asio::io_context io_{1};
  std::vector<std::unique_ptr<Acceptor>> acceptors_;
  boost::asio::steady_timer stop_timer_;
  bool is_stopping_ = false;
  Connections connections_;
  std::atomic<size_t> count_{0};
};

}  // namespace awps::http_server
