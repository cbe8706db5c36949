#pragma once

// WorkerMail: what a committer has for the hub's worker beside batches: records that cannot be
// read, and letters that are written as actions again. Rare; a look at one flag is all that it
// costs a turn.
//
// post…() and take…() are for any thread.

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <iterator>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "worker/refill.h"

namespace awps {

class WorkerMail {
 public:
  void post_unreadable(std::vector<UnreadableRecord> records) {
    const MutexLock lock(mutex_);
    std::ranges::move(records, std::back_inserter(unreadable_));
    has_any_.store(true, std::memory_order_relaxed);
  }
  void post_letters(const std::vector<uint64_t>& numbers) {
    const MutexLock lock(mutex_);
    letters_.insert(letters_.end(), numbers.begin(), numbers.end());
    has_any_.store(true, std::memory_order_relaxed);
  }

  struct Mail {
    std::vector<UnreadableRecord> unreadable;
    std::vector<uint64_t> letters;
  };
  Mail take() {
    // A flag that is seen late is seen in the next turn, for which the poster wakes the worker.
    if (!has_any_.load(std::memory_order_relaxed)) return {};
    const MutexLock lock(mutex_);
    has_any_.store(false, std::memory_order_relaxed);
    return {std::exchange(unreadable_, {}), std::exchange(letters_, {})};
  }

 private:
  Mutex mutex_;
  std::vector<UnreadableRecord> unreadable_ GUARDED_BY(mutex_);
  std::vector<uint64_t> letters_ GUARDED_BY(mutex_);
  std::atomic<bool> has_any_{false};
};

}  // namespace awps
