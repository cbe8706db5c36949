#pragma once

// StreamWaker: how a stream's thread sleeps, and how others wake it. Made before the source and the
// writer of letters, which wake by it, and shared by all of them.
//
// 1. A wake() that comes while nobody sleeps makes the next wait end at once.
//
// wake(): any thread. wait(): the stream's thread.

#include <condition_variable>

#include "base/clock.h"
#include "base/mutex.h"

namespace awps {

class StreamWaker {
 public:
  void wake();
  /// Until somebody wakes, at most as long as that. Awake time counts.
  void wait(Duration at_most);

 private:
  Mutex mutex_;
  std::condition_variable_any is_woken_;
  bool woken_ GUARDED_BY(mutex_) = false;
};

}  // namespace awps
