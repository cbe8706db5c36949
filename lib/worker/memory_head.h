#pragma once

// MemoryHead: what a hub that overflows to disk has in memory as it stops: the beginning of what it
// has. The worker hands it over, and waits; the committer writes it before what is on disk. A disk
// that hangs is not waited for: then the worker puts it elsewhere.
//
// One worker, one committer; each calls what is named so.

#include <atomic>
#include <string>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "spool/position.h"
#include "worker/awaited.h"

namespace awps {

struct HeadRecord {
  Position position = 0;  // reserved, as the log gave it
  std::string bytes;
};

class MemoryHead {
 public:
  /// The worker: in order of position. Then wake the committer, and wait_until_written().
  void hand_over(std::vector<HeadRecord> records) {
    const MutexLock lock(mutex_);
    records_ = std::move(records);
    done_.reset();
    // Release pairs with the acquire in is_waiting().
    state_.store(State::kWaits, std::memory_order_release);
  }
  /// The worker: is it on disk? False as well where `gives_up` ends the wait.
  template <typename GivesUp>
  bool wait_until_written(const GivesUp& gives_up) {
    // Acquire pairs with the release in done().
    return done_.wait(gives_up) && state_.load(std::memory_order_acquire) == State::kWritten;
  }

  /// The committer.
  bool is_waiting() const {
    // Acquire pairs with the release in hand_over(): the records are there.
    return state_.load(std::memory_order_acquire) == State::kWaits;
  }
  /// None, if the worker has put them elsewhere by now.
  std::vector<HeadRecord> take() {
    const MutexLock lock(mutex_);
    std::vector<HeadRecord> records = std::exchange(records_, {});
    if (done_.has_left()) records.clear();
    return records;
  }
  /// False: the worker has put them elsewhere meanwhile, written or not.
  bool done(bool is_written) {
    // Release pairs with the acquire in wait_until_written().
    state_.store(is_written ? State::kWritten : State::kFailed, std::memory_order_release);
    const bool is_awaited = done_.promise();
    done_.tell();
    return is_awaited;
  }

 private:
  enum class State : uint8_t { kIdle, kWaits, kWritten, kFailed };

  Mutex mutex_;
  std::vector<HeadRecord> records_ GUARDED_BY(mutex_);
  std::atomic<State> state_{State::kIdle};
  Awaited done_;
};

}  // namespace awps
