#pragma once

// Signals as events: they are blocked in every thread and read from a descriptor by the main
// thread.

#include <csignal>
#include <initializer_list>

#include "base/clock.h"
#include "base/unique_fd.h"

namespace awps {

class Signals {
 public:
  /// Blocks them for this thread and all that it starts later; construct it before any thread.
  /// SIGPIPE is ignored.
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
