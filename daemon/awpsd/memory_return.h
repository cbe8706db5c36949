#pragma once

// MemoryReturn: gives memory that nobody uses any more back to the system. The allocator keeps what
// was freed within its arenas; after a burst that is most of the process.
//
// It looks at what is resident beyond what is held, at each turn of the main thread, and trims when
// that is worth it. A trim that brought little makes the next one wait, up to five minutes; once
// the last of a backlog is gone, it is tried again soon. It may hold up a thread that allocates for
// some milliseconds.
//
// One thread (main).

#include <cstddef>
#include <functional>

#include "base/clock.h"

namespace awps {

class MemoryReturn {
 public:
  struct Parts {
    std::function<size_t()> resident;  // bytes
    std::function<void()> trim;
  };

  /// Before there is work.
  explicit MemoryReturn(Parts parts);

  /// `held`: bytes of input and accepted actions. Returns whether it is worth looking again within
  /// seconds.
  bool tick(size_t held, Instant now);

 private:
  Parts parts_;
  size_t base_;           // resident before there was work
  bool is_busy_ = false;  // something was held at the last turn
  int patience_ = 0;      // so many trims may bring little
  Duration wait_{};
  bool soon_ = false;  // another trim may bring something
  Instant next_{};
};

/// Of this process, by /proc and malloc_trim().
MemoryReturn::Parts system_memory();

}  // namespace awps
