#pragma once

// DiskWait: how long a call of the disk has been under way. A disk that hangs does not fail: who
// waits for it can say nothing, so others must see it, and must not wait as well.
//
// One thread at a time begins and ends; any thread asks.

#include <atomic>
#include <cstdint>

#include "base/clock.h"
#include "base/mutex.h"

namespace awps {

class DiskWait {
 public:
  /// A stop waits for one answer of a disk no longer than this. A disk that is slow answers: what a
  /// call has to write is bounded.
  static constexpr Duration kLongestAnswer = std::chrono::seconds(20);

  explicit DiskWait(const Clock& clock) : clock_(clock) {}

  /// Calls `with_disk`, and returns what it returns.
  template <typename Call>
  auto during(Call with_disk) NO_THREAD_SAFETY_ANALYSIS {
    const Ended ended{*this};
    since_.store(clock_.awake_now().time_since_epoch().count(), std::memory_order_relaxed);
    return with_disk();
  }
  /// Zero: none is.
  Duration lasts() const {
    const int64_t since = since_.load(std::memory_order_relaxed);
    return since == 0 ? Duration::zero() : clock_.awake_now().time_since_epoch() - Duration(since);
  }
  /// Nobody knows whether it will ever answer.
  bool hangs() const { return lasts() >= kLongestAnswer; }

 private:
  struct Ended {
    DiskWait& wait;
    ~Ended() { wait.since_.store(0, std::memory_order_relaxed); }
  };

  const Clock& clock_;
  std::atomic<int64_t> since_{0};  // ns of an AwakeInstant
};

}  // namespace awps
