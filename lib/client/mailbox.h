#pragma once

// Mailbox: the Outbox between the threads that call and the thread that writes, and all waiting.
//
// 1. Nothing is written, read or called while the lock is held.
// 2. A caller waits only here: for room, or for outcomes, each with a deadline. In a callback, that
//    is on the worker's own thread, nothing waits.
//    Who came first gets room first; a later call passes only where room is left for all that wait,
//    so that a large action is not kept waiting by small ones.
// 3. The worker is woken only where it sleeps, so that a busy one costs a caller no system call.

#include <sys/uio.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include <awps/client/options.h>
#include <awps/client/result.h>

#include "base/mutex.h"
#include "base/unique_fd.h"
#include "client/outbox.h"

namespace awps::client {

using SteadyTime = std::chrono::steady_clock::time_point;

class Mailbox {
 public:
  struct Bounds {
    size_t max_bytes = 0;
    bool blocks = true;
    std::chrono::milliseconds block_timeout{0};
    std::string socket_path;  // for messages
  };
  Mailbox(Bounds bounds, UniqueFd wake);

  // Any thread's side.
  Result<uint64_t> put(std::string line, uint64_t tag, std::optional<size_t> id_place);
  Result<Nothing> flush(SteadyTime deadline);
  Result<Nothing> close(SteadyTime deadline);
  Status status();
  bool is_worker();

  // The worker's side.
  void begin_work();
  /// Readable when there is something to do.
  int wake_fd() const { return wake_.get(); }
  void take_wake();
  bool must_end();
  /// Whether something is to be written; if not, the next put() wakes the worker.
  bool has_work_before_sleep();
  /// The daemon has greeted a new connection, and knows ids again for that long. How many actions
  /// are sent again.
  uint64_t begin_connection(std::chrono::milliseconds dedupe_window);
  void end_connection(const std::string& problem);
  size_t gather(std::span<iovec> parts);
  void advance(size_t bytes);
  /// Settles the front of `replies`, and drops what is settled from it; a bounded number of
  /// outcomes at a time. False: the daemon speaks of what was never sent.
  bool settle(std::span<Reply>& replies, std::vector<Outcome>& outcomes);
  /// The next outcomes of those that are given up; none: that was all.
  void give_up(std::vector<Outcome>& outcomes);
  /// on_outcome has returned for all that was settled until now.
  void note_reported();
  void end_work();

 private:
  Error full(bool has_waited) const REQUIRES(mutex_);
  Error unconfirmed(const char* call, uint64_t last) const REQUIRES(mutex_);
  std::string problem_in_brackets() const REQUIRES(mutex_);
  struct Waiter {
    std::condition_variable_any may_go;  // it is the first, and there may be room
  };
  bool await_room(const std::string& line) REQUIRES(mutex_);
  void let_first_go() REQUIRES(mutex_);
  bool await_reported(uint64_t number, SteadyTime deadline) REQUIRES(mutex_);
  void wake();

  const Bounds bounds_;
  const UniqueFd wake_;

  Mutex mutex_;
  std::condition_variable_any changed_;
  Outbox outbox_ GUARDED_BY(mutex_);
  std::thread::id worker_ GUARDED_BY(mutex_);
  Status status_ GUARDED_BY(mutex_);                 // but for what outbox_ knows
  uint64_t reported_below_ GUARDED_BY(mutex_) = 1;   // on_outcome has returned for smaller numbers
  uint64_t waits_for_ GUARDED_BY(mutex_);            // the smallest number that a flush awaits
  std::vector<Waiter*> waiters_ GUARDED_BY(mutex_);  // for room, the first first; on their stacks
  size_t awaited_bytes_ GUARDED_BY(mutex_) = 0;      // by all of them
  bool sleeps_ GUARDED_BY(mutex_) = false;
  bool is_closed_ GUARDED_BY(mutex_) = false;  // put() takes no more
  bool must_end_ GUARDED_BY(mutex_) = false;
  bool has_ended_ GUARDED_BY(mutex_) = false;
  std::vector<uint64_t> given_up_ GUARDED_BY(mutex_);  // numbers, in their order
};

}  // namespace awps::client
