#pragma once

// SocketThread: one event loop with the connections that were given to it, and their slot in the
// stage: accounts, and the queue of what is reported of their actions.
//
// 1. A turn of a connection is one read, so that none holds up the others for longer.
// 2. A connection is read only while its session asks for it: back-pressure is not reading.
// 3. What connections hold of their input is bounded over all threads together (`held`). At the
//    bound they are not read. A line is refused only where nothing of what is held would become
//    free: then it is the longest of this thread's.
// 4. After stop_reading() has run nothing is pushed to a hub any more.
//
// run() is the thread. What is marked so may be called from any thread; all else is its own.

#include <atomic>
#include <future>
#include <memory>
#include <unordered_map>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "intake/source_slot.h"
#include "net/farewells.h"
#include "socket/connection.h"

namespace awps {

class SocketThread {
 public:
  struct Options {
    Session::Options session;
    size_t read_buffer_bytes = size_t{256} << 10U;
    Duration favour = std::chrono::seconds(2);  // for a line on which others wait, without a byte
    int number = 0;
    std::function<void(const std::string& line)> warn{};  // from this thread
  };

  SocketThread(const Options& options, std::shared_ptr<const HubDirectory> hubs,
               IntakeCounters& counters, HeldInput& held);
  ~SocketThread();
  SocketThread(const SocketThread&) = delete;
  SocketThread& operator=(const SocketThread&) = delete;

  /// Returns once finish() was called and every connection is closed.
  void run();

  /// Any thread.
  boost::asio::io_context& io() { return io_; }
  ReportQueue& reports() { return slot_.reports(); }
  void adopt(UniqueFd socket, Peer peer);
  void room_again();
  /// Who asks for a hub from now on finds it in `hubs`.
  void use(std::shared_ptr<const HubDirectory> hubs);
  /// `done` is set once nothing is pushed any more.
  void stop_reading(std::promise<void> done);
  /// Closes each connection once its replies are written, all at `deadline`.
  void finish(Instant deadline);
  int connections() const { return connection_count_.load(std::memory_order_relaxed); }

 private:
  void add_connection(UniqueFd socket, const Peer& peer);
  void wait_readable(Connection& connection);
  void wait_writable(Connection& connection);
  void on_readable(Connection& connection);
  void advance(Connection& connection);
  void wait_for_what_is_next(Connection& connection);
  void close(Connection& connection);
  void erase_if_unused(Connection& connection);

  void touch(Connection& connection);
  bool advance_touched();
  bool take_reports();
  bool take_some_reports();
  bool resume_waiting();
  size_t may_read(Connection& connection);
  void wait_for_memory(Connection& connection, size_t wanted);
  void watch_favourite(Connection& connection);
  void look_at_favourite(uint64_t watched);
  void count_held_bytes(Connection& connection);
  void refuse_longest_line();
  void refuse_line(Connection& connection);
  void release_scratch_later();
  void sweep_accounts();
  void sweep_later();

  Options options_;
  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  SourceSlot slot_;
  ActionDecoder decoder_;
  IntakeCounters& counters_;
  RefusalNotes refusals_;
  SocketServices services_;
  HeldInput& held_;
  std::vector<char> read_buffer_;

  std::unordered_map<uint64_t, std::unique_ptr<Connection>> connections_;
  std::vector<Connection*> waiting_for_room_;  // in the order they came
  std::vector<Connection*> touched_;           // have something to do before the thread sleeps
  Farewells farewells_;
  boost::asio::steady_timer favour_timer_;
  boost::asio::steady_timer scratch_timer_;
  boost::asio::steady_timer sweep_timer_;
  boost::asio::steady_timer deadline_timer_;
  bool sweep_is_planned_ = false;
  bool favour_is_watched_ = false;
  bool release_is_planned_ = false;
  bool stopping_ = false;
  bool finishing_ = false;

  std::atomic<bool> has_room_again_{false};
  std::atomic<int> connection_count_{0};  // those handed over, too
};

}  // namespace awps
