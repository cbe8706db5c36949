#pragma once

// Awaited: what one thread tells and another one waits for, unless it is of no use to wait any
// longer: the one that is to tell it may stand in a call of a disk that hangs. Either the one has
// promised to tell it, or the other has left, never both: so what is handed over in between is in
// the hands of one of them.
//
// One thread waits; any thread tells and asks.

#include <atomic>
#include <condition_variable>
#include <cstdint>

#include "base/clock.h"
#include "base/mutex.h"

namespace awps {

class Awaited {
 public:
  /// It is told at once, without a call of the disk: who waits for it stays. False: it has left.
  bool promise() {
    State state = State::kOpen;
    // Relaxed: nothing is handed over by this.
    (void)state_.compare_exchange_strong(state, State::kPromised, std::memory_order_relaxed);
    return state != State::kLeft;
  }
  bool has_left() const { return state_.load(std::memory_order_relaxed) == State::kLeft; }
  /// What was done before is seen by whoever learns of it.
  void tell() {
    {
      const MutexLock lock(mutex_);
      // Release pairs with the acquire in is_told().
      state_.store(State::kTold, std::memory_order_release);
    }
    condition_.notify_all();
  }
  /// Before it is to be told once more. The one that waits.
  void reset() {
    // Relaxed: nobody tells it before this thread has asked for it.
    state_.store(State::kOpen, std::memory_order_relaxed);
  }
  explicit operator bool() const { return is_told(); }

  /// Waits for it. False: it was not told, and `gives_up`, which is asked now and then, says so:
  /// this thread leaves.
  template <typename GivesUp>
  bool wait(const GivesUp& gives_up) {
    while (!wait_a_moment()) {
      if (!gives_up()) continue;
      State state = State::kOpen;
      // Acquire pairs with the release in tell().
      if (state_.compare_exchange_strong(state, State::kLeft, std::memory_order_acquire)) {
        return false;
      }
      if (state != State::kPromised) return state == State::kTold;
    }
    return true;
  }

 private:
  enum class State : uint8_t { kOpen, kPromised, kTold, kLeft };

  bool is_told() const {
    // Acquire pairs with the release in tell().
    return state_.load(std::memory_order_acquire) == State::kTold;
  }
  bool wait_a_moment() {
    static constexpr Duration kMoment = std::chrono::milliseconds(50);
    const MutexLock lock(mutex_);
    if (!is_told()) (void)condition_.wait_for(mutex_, kMoment);
    return is_told();
  }

  Mutex mutex_;
  std::condition_variable_any condition_;
  std::atomic<State> state_{State::kOpen};
};

}  // namespace awps
