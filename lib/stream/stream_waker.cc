#include "stream/stream_waker.h"

#include <utility>

namespace awps {

void StreamWaker::wake() {
  const MutexLock lock(mutex_);
  woken_ = true;
  is_woken_.notify_one();
}

void StreamWaker::wait(Duration at_most) {
  const MutexLock lock(mutex_);
  if (!woken_) is_woken_.wait_for(mutex_, at_most);
  woken_ = false;
}

}  // namespace awps
