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
#include "base/mutex.h"
#include "base/result.h"
#include "http_server/server_loop.h"
#include "net/listen_address.h"
#include "net/tcp_listener.h"
#include "net/unix_listener.h"

namespace awps::http_server {

class Server {
 public:
  struct Options {
    std::vector<ListenAddress> addresses;  // at least one, unless adopt() has brought one
    mode_t socket_mode = 0600;             // of the Unix sockets
    std::string thread_name;               // at most 15 bytes
    ServerLoop::Options loop;
  };

  /// `handler` outlives it.
  Server(Options options, Handler& handler);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Before listen(): takes over a listening TCP or Unix stream socket, as systemd hands it over.
  /// addresses() names it after those of the options. It is closed at the end, and a Unix socket's
  /// file stays. kConfig: it is no such socket.
  Result<void, ListenError> adopt(UniqueFd listening);
  /// On all, or an Error about the first that does not work.
  Result<void, ListenError> listen();
  void start();
  void stop();
  /// Instead of stop(): the thread ends, and the destructor frees the rest. False: a call of the
  /// handler has not returned in time, and the destructor would wait for it.
  bool stop_within(Duration patience);
  /// Between start() and stop(): the listeners close, and idle connections end. Any other ends with
  /// its next answer, which says `Connection: close`. Does not wait for it: see connections().
  void stop_accepting();

  /// Mode and group of the Unix sockets from now on; an empty group stays what it is. Nothing over
  /// TCP. Any thread, between listen() and stop().
  Result<void, ListenError> set_access(mode_t mode, const std::string& group);

  /// Where it listens; after listen() with the ports that the kernel chose for port 0.
  const std::vector<ListenAddress>& addresses() const { return options_.addresses; }
  // Any thread; after listen() and before stop(), which whoever posts must not race with.
  size_t connections() const;
  /// Has it called in the server's thread; not at all if that ends before its turn comes.
  void post(std::function<void()> work);
  /// Likewise, at that time or soon after (at most a second later if the machine slept). There is
  /// no way to take it back: what it does asks whether it is still wanted.
  void call_at(Instant at, std::function<void()> work);
  /// For TCP connections that are accepted from now on; none: without TLS. Those over a Unix socket
  /// never have it.
  void set_tls(std::shared_ptr<const TlsContext> tls);

 private:
  Result<int, ListenError> listen_on(ListenAddress& address) REQUIRES(mutex_);
  void close_listeners() REQUIRES(mutex_);

  Options options_;
  Handler& handler_;
  Mutex mutex_;
  std::vector<std::unique_ptr<UnixListener>> unix_listeners_ GUARDED_BY(mutex_);
  std::vector<TcpListener> tcp_listeners_ GUARDED_BY(mutex_);
  std::vector<ListenAddress> adopted_;  // and the descriptors of these:
  std::vector<int> listening_;
  std::unique_ptr<ServerLoop> loop_;
  std::binary_semaphore ended_{0};  // the thread gives it as its last act
  std::jthread thread_;
};

}  // namespace awps::http_server
