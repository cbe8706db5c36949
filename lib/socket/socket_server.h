#pragma once

// SocketServer: the producers' socket. It accepts connections, spreads them over its threads, and
// ends them in an orderly way.
//
// 1. The life: listen(), start(), stop_reading(), finish(). Each once, from one thread (main).
// 2. A connection belongs to one intake thread for its life; the thread with the fewest gets it.
// 3. After stop_reading() has returned nothing is pushed to a hub any more. Outcomes still reach
//    the producers who wait for them, until finish().
// 4. Hubs' workers are to have reported their last outcome before finish(), and to have ended
//    before this object does: they hold its accounts.
//
// room_again() and reports() may be used from any thread.

#include <algorithm>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "intake/refusal_notes.h"
#include "net/acceptor.h"
#include "net/farewells.h"
#include "net/unix_listener.h"
#include "socket/socket_thread.h"

namespace awps {

class SocketServer {
 public:
  struct Options {
    UnixListener::Options socket;
    AccessList access;
    int max_connections = 4096;
    int files_for_connections = INT32_MAX;  // fewer than max_connections: what the system permits
    size_t max_partial_bytes = size_t{64} << 20U;  // see HeldInput
    /// For the log: connections that are refused, and what else an operator must know. From thread
    /// 0. May be empty.
    std::function<void(const std::string&)> warn = {};
    SocketThread::Options thread;  // `number` is set here
  };

  /// One intake thread for each of `counters`, which outlive this object.
  SocketServer(const Options& options, std::vector<IntakeHub> hubs, std::string_view default_hub,
               std::span<IntakeCounters> counters);
  ~SocketServer();
  SocketServer(const SocketServer&) = delete;
  SocketServer& operator=(const SocketServer&) = delete;

  /// Takes the path of the options, or `activated_fd` (socket activation) if that is not negative.
  Result<void, ListenError> listen(int activated_fd = -1);
  void start();

  /// No more connections and lines: producers get `shutting_down`, and the end once their replies
  /// are written.
  void stop_reading();
  /// Every connection is closed and every thread has ended when this returns.
  void finish(Instant deadline);

  /// Other hubs, or other access to them, from now on, also for connections that are open. One
  /// whose hub is gone is refused action by action. Any thread, one at a time.
  void set_hubs(std::vector<IntakeHub> hubs, std::string_view default_hub);

  /// A hub's budget has room for those who waited (HubQueue's callback).
  void room_again();
  ReportQueue& reports(int thread) { return threads_[static_cast<size_t>(thread)]->reports(); }
  int connections() const;
  /// Where it listens; also of a socket that systemd handed over. Any thread, after listen().
  std::string address() const { return listener_->address(); }
  /// Why nobody can connect any more, and the remedy; empty: they can. Until stop_reading(); any
  /// thread.
  std::string lost_reason() const;
  /// Of input, see HeldInput. Any thread.
  size_t held_bytes() const { return static_cast<size_t>(held_.counted_bytes()); }

 private:
  void on_connection(UniqueFd socket);
  int most_connections() const {
    return std::min(options_.max_connections, options_.files_for_connections);
  }
  void refuse(UniqueFd socket, RejectCode code, std::string message);
  void note_refusal(uint64_t reason, const std::string& what);
  void note_pause(int error);

  Options options_;
  IntakeCounters& accept_counters_;  // of thread 0, which accepts
  HeldInput held_;
  std::vector<std::unique_ptr<SocketThread>> threads_;
  std::unique_ptr<UnixListener> listener_;
  std::unique_ptr<Acceptor> acceptor_;    // belongs to thread 0 once that runs
  std::unique_ptr<Farewells> farewells_;  // likewise
  RefusalNotes notes_;                    // likewise
  bool is_full_ = false;                  // of connections
  uint64_t last_number_ = 0;              // of a connection
  std::vector<std::jthread> running_;
};

}  // namespace awps
