#pragma once

// ServerLoop: accepts connections to the admin interface and runs them, in one thread.
//
// 1. At the bound of connections one makes room: first one that is closing, then one that waits
//    for a request, then one whose request has not shown the token; of these the one that has been
//    so longest. One with bytes to be read, with a request that showed the token, or to which an
//    answer is owed stays: if all are such, the new one is refused with 503.
// 2. Where the process has no descriptor left, accepting pauses: who connects waits in the kernel's
//    backlog. It never ends for an error.
//
// run() is the thread; stop() and connections() may be called from any.

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <memory>
#include <vector>

#include "admin/connection.h"

namespace awps::admin {

class ServerLoop {
 public:
  /// `listening` is borrowed, and non-blocking; `handler` outlives it.
  ServerLoop(int listening, const HttpLimits& limits, RequestHandler& handler);
  ~ServerLoop();
  ServerLoop(const ServerLoop&) = delete;
  ServerLoop& operator=(const ServerLoop&) = delete;

  /// Until stop() was called, and answers under way are written or their time is over.
  void run();
  void stop();
  size_t connections() const { return count_.load(std::memory_order_relaxed); }

 private:
  using Connections = std::vector<std::shared_ptr<Connection>>;

  void wait();
  void accept_all();
  void pause();
  void admit(UniqueFd socket);
  bool make_room();
  void refuse(const UniqueFd& socket) const;
  void on_end(const Connection* connection);
  void finish();

  HttpLimits limits_;
  RequestHandler& handler_;
  boost::asio::io_context io_{1};
  boost::asio::posix::stream_descriptor listening_;
  boost::asio::steady_timer timer_;  // of a pause, and of the stop
  bool is_stopping_ = false;
  Connections connections_;
  std::atomic<size_t> count_{0};
};

}  // namespace awps::admin
