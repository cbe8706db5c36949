#pragma once

// StreamPosts: what other threads have to tell a stream: work that its thread does in its next
// turn. Shared, since a hub may tell something after the stream has ended; that is dropped.
//
// post() and close(): any thread. run(): the stream's.

#include <functional>
#include <utility>
#include <vector>

#include "base/mutex.h"

namespace awps {

class StreamPosts {
 public:
  /// `wake` must outlive the stream, too.
  explicit StreamPosts(std::function<void()> wake) : wake_(std::move(wake)) {}

  void post(std::function<void()> work) {
    {
      const MutexLock lock(mutex_);
      if (is_closed_) return;
      posts_.push_back(std::move(work));
    }
    wake_();
  }
  /// Nothing is taken or done any more.
  void close() {
    const MutexLock lock(mutex_);
    is_closed_ = true;
    posts_.clear();
  }
  void run() {
    for (const std::function<void()>& work : take()) work();
  }

 private:
  std::vector<std::function<void()>> take() {
    const MutexLock lock(mutex_);
    return std::exchange(posts_, {});
  }

  const std::function<void()> wake_;
  Mutex mutex_;
  bool is_closed_ GUARDED_BY(mutex_) = false;
  std::vector<std::function<void()>> posts_ GUARDED_BY(mutex_);
};

}  // namespace awps
