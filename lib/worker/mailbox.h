#pragma once

// Mailbox: what operators ask of a hub's worker, carried out in its thread between two turns. Not
// on the way of an action: a look at one flag is all that it costs a turn.

#include <atomic>
#include <functional>
#include <vector>

#include "base/mutex.h"

namespace awps {

class Mailbox {
 public:
  using Command = std::function<void()>;

  /// Any thread; wake the worker after it. Once it is closed the command is thrown away.
  void post(Command command) {
    const MutexLock lock(mutex_);
    if (is_closed_) return;
    commands_.push_back(std::move(command));
    // Release pairs with the acquire in run(). The commands themselves are the lock's.
    has_commands_.store(true, std::memory_order_release);
  }

  /// Worker: carries out what is there, in order.
  void run() {
    // Acquire pairs with the release in post(). A flag that is seen late is seen in the next turn,
    // for which the poster wakes the worker.
    if (!has_commands_.load(std::memory_order_acquire)) return;
    std::vector<Command> commands;
    {
      const MutexLock lock(mutex_);
      commands.swap(commands_);
      has_commands_.store(false, std::memory_order_relaxed);
    }
    for (const Command& command : commands) command();
  }
  /// Worker: nothing is carried out any more; what is there is thrown away.
  void close() {
    std::vector<Command> commands;  // freed after the lock
    const MutexLock lock(mutex_);
    is_closed_ = true;
    commands.swap(commands_);
  }

 private:
  Mutex mutex_;
  std::vector<Command> commands_ GUARDED_BY(mutex_);
  bool is_closed_ GUARDED_BY(mutex_) = false;
  std::atomic<bool> has_commands_{false};
};

}  // namespace awps
