#pragma once

// ForkGuard: tells a forked child from the process that made this object, by a page that the kernel
// empties in children (madvise(2), MADV_WIPEONFORK): one load, no system call and no handler of the
// whole process. Where the kernel has no such pages, by the process id. Any thread.

#include <sys/types.h>

namespace awps::client {

class ForkGuard {
 public:
  ForkGuard();
  ~ForkGuard();
  ForkGuard(const ForkGuard&) = delete;
  ForkGuard& operator=(const ForkGuard&) = delete;

  bool is_child() const;

 private:
  const pid_t owner_;
  char* page_ = nullptr;
};

}  // namespace awps::client
