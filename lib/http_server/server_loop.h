#pragma once

// ServerLoop: takes connections from listening sockets and runs them, in one thread.
//
// 1. Clients that have shown who they are, and strangers, have a share each: nobody makes room for
//    one of the other kind. A new connection is a stranger. At the strangers' bound the oldest one
//    makes room, one that is closing first. At the bound of the known, one that is closing makes
//    room, then the one that has waited for a request longest. If each is at work, the new one is
//    answered with 503.
// 2. With Limits::waits_for_room there is one bound for all, and nobody is refused: see there.
// 3. At the bound of TLS handshakes the one that has lasted longest makes room.
// 4. Where the process has no descriptor left, accepting pauses (net/acceptor.h). It never ends for
//    an error.
//
// run() is the thread; stop(), stop_accepting(), post(), call_at(), set_tls() and connections() may
// be called from any; the rest, that thread.

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "http_server/alarms.h"
#include "http_server/connection.h"
#include "net/acceptor.h"

namespace awps::http_server {

class ServerLoop {
 public:
  struct Options {
    Limits limits;
    std::shared_ptr<const TlsContext> tls;  // over TCP; none: without TLS
  };

  /// The sockets of `listening` are borrowed, and non-blocking; `handler` outlives it.
  ServerLoop(std::span<const int> listening, const Options& options, Handler& handler);
  ~ServerLoop();
  ServerLoop(const ServerLoop&) = delete;
  ServerLoop& operator=(const ServerLoop&) = delete;

  /// Until stop() was called, and answers under way are written or their time is over.
  void run();
  void stop();
  /// Has it called in the loop's thread when no listening socket is used any more, and ends the
  /// connections as Server::stop_accepting() says.
  void stop_accepting(std::function<void()> on_stopped);
  /// Has it called in the loop's thread, if that still runs.
  void post(std::function<void()> work);
  void call_at(Instant at, std::function<void()> work);
  void set_tls(std::shared_ptr<const TlsContext> tls);
  size_t connections() const { return count_.load(std::memory_order_relaxed); }

 private:
  using Connections = std::map<uint64_t, std::shared_ptr<Connection>>;  // as they came

  void admit(UniqueFd socket);
  void limit_strangers();
  bool has_room_for_known();
  bool has_room_for_all();
  void limit_handshakes();
  bool is_crowded() const;
  void on_end(uint64_t connection);
  void give_room();
  void refuse_overdue();
  void wait_for_overdue();
  std::vector<std::shared_ptr<Connection>> all() const;
  void finish();
  void end_if_empty();

  Options options_;
  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  Alarms alarms_;
  ConnectionContext context_;
  std::vector<std::unique_ptr<Acceptor>> acceptors_;
  boost::asio::steady_timer stop_timer_;
  bool is_stopping_ = false;
  bool is_giving_room_ = false;
  bool waits_for_overdue_ = false;
  Connections connections_;
  uint64_t last_number_ = 0;
  std::atomic<size_t> count_{0};
};

}  // namespace awps::http_server
