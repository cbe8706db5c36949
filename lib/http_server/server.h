#pragma once

// Server: HTTP/1.1 on Unix sockets and TCP addresses, in a thread of its own.
//
// 1. The life: listen(), start(), stop(). Each once, from one thread (main).
// 2. stop() waits for a call of the handler that is under way, lets answers that are owed go out
//    for Limits::stop_time, and closes everything. For a call that may never return there is
//    stop_within().
// 3. What a client may take is bounded: see connection.h and server_loop.h.

#include <sys/types.h>

#include <functional>
#include <memory>
#include <semaphore>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "http_server/server_loop.h"
#include "net/listen_address.h"
#include "net/tcp_listener.h"
#include "net/unix_listener.h"

namespace awps::http_server {

class Server {
 public:
  struct Options {
    std::vector<ListenAddress> addresses;  // at least one
    mode_t socket_mode = 0600;             // of the Unix sockets
    std::string thread_name;               // at most 15 bytes
    ServerLoop::Options loop;
  };

  /// `handler` outlives it.
  Server(Options options, Handler& handler);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// On all, or an Error about the first that does not work.
  Result<void, ListenError> listen();
  void start();
  void stop();
  /// Instead of stop(): the thread ends, and the destructor frees the rest. False: a call of the
  /// handler has not returned in time, and the destructor would wait for it.
  bool stop_within(Duration patience);

  /// Mode and group of the Unix sockets from now on; an empty group stays what it is. Nothing over
  /// TCP. Any thread, between listen() and stop().
  Result<void, ListenError> set_access(mode_t mode, const std::string& group);

  /// Where it listens; after listen() with the ports that the kernel chose for port 0.
  const std::vector<ListenAddress>& addresses() const { return options_.addresses; }
  // Any thread; after listen() and before stop(), which whoever posts must not race with.
  size_t connections() const;
  /// Has it called in the server's thread; not at all if that ends before its turn comes.
  void post(std::function<void()> work);

 private:
  Result<int, ListenError> listen_on(ListenAddress& address);

  Options options_;
  Handler& handler_;
  std::vector<std::unique_ptr<UnixListener>> unix_listeners_;
  std::vector<TcpListener> tcp_listeners_;
  std::unique_ptr<ServerLoop> loop_;
  std::binary_semaphore ended_{0};  // the thread gives it as its last act
  std::jthread thread_;
};

}  // namespace awps::http_server
