#pragma once

// Signals as events: they are blocked in every thread and read from a descriptor by the main
// thread. No other signal ends the process but those that cannot be caught, and those that a fault
// of the program itself raises (SIGSEGV, SIGABRT, …), which leave their core, if there may be one.

#include <csignal>
#include <initializer_list>

#include "base/clock.h"
#include "base/unique_fd.h"

namespace awps {

class Signals {
 public:
  /// Blocks them for this thread and all that it starts later; construct it before any thread. All
  /// others that would end the process are ignored: what a stray `kill -USR1` or a log rotation
  /// sends, SIGPIPE, and SIGXFSZ, so that a write beyond the limit of a file's size fails instead.
  /// Nothing inherits that, since the daemon runs no other program.
  explicit Signals(std::initializer_list<int> signals);

  /// The next signal, or 0 after `timeout`, or once notify() was called.
  int wait(Duration timeout);
  /// Ends wait(); any thread.
  void notify();

 private:
  UniqueFd signals_;
  UniqueFd notification_;
};

}  // namespace awps
