#pragma once

// Interrupts: Ctrl-C and its like as events while a command waits, so that it can put the terminal
// right, or say what is still open, before it ends. While one lives these signals do nothing else;
// where none does they end the process, as everywhere.
//
// One thread; the only one of the process.

#include <csignal>
#include <initializer_list>

#include "base/clock.h"
#include "base/unique_fd.h"

namespace awps {

class Interrupts {
 public:
  /// SIGINT, SIGTERM and SIGHUP, and those given besides.
  explicit Interrupts(std::initializer_list<int> more = {});
  ~Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

  /// Readable while a signal waits to be taken.
  int fd() const { return descriptor_.get(); }
  /// The next one, or 0.
  int take();

  static bool is_end(int signal) {
    return signal == SIGINT || signal == SIGTERM || signal == SIGHUP;
  }

 private:
  sigset_t before_{};
  UniqueFd descriptor_;
};

}  // namespace awps
