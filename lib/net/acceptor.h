#pragma once

// Acceptor: takes connections from a listening socket as they come, and hands each on. When the
// process has no descriptor left, or no memory, it pauses and tries again ten times a second; those
// who connect wait in the kernel's backlog. So they do where its gate is shut.
//
// Belongs to the thread that runs `io`.

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <utility>

#include "base/unique_fd.h"

namespace awps {

class Acceptor {
 public:
  /// `listening` is borrowed, and non-blocking. `on_pause`, if there is one: it pauses, for this
  /// error of accept(2); 0: it goes on. Once each. Others have their turn after `at_once`
  /// connections.
  Acceptor(boost::asio::io_context& io, int listening, std::function<void(UniqueFd)> on_connection,
           std::function<void(int)> on_pause = {}, int at_once = 64);
  ~Acceptor() { stop(); }
  Acceptor(const Acceptor&) = delete;
  Acceptor& operator=(const Acceptor&) = delete;

  void start() { wait(); }
  /// Before start(): asked before each connection is taken. False: it waits in the kernel's backlog
  /// until open(), or a tenth of a second.
  void set_gate(std::function<bool()> gate) { gate_ = std::move(gate); }
  /// The gate has closed, and somebody waits.
  bool is_shut() const { return shut_; }
  void open();
  void stop();

 private:
  void wait();
  void accept_all();
  void pause(int error);
  void try_later();

  boost::asio::posix::stream_descriptor socket_;
  boost::asio::steady_timer timer_;
  std::function<void(UniqueFd)> on_connection_;
  std::function<void(int)> on_pause_;
  std::function<bool()> gate_;
  const int at_once_;
  bool shut_ = false;
  bool waiting_ = false;
  bool paused_ = false;
  bool stopped_ = false;
};

}  // namespace awps
