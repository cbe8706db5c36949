#pragma once

// Sleeper: lets one thread sleep and others wake it, so that a wake-up (a system call) is paid only
// by who finds the thread asleep.
//
// The protocol is Dekker's: the sleeper declares itself asleep, then looks once more whether there
// is work; a waker publishes its work, then looks whether the sleeper is asleep. Both use
// sequentially consistent operations, so at least one of them sees the other.

#include <atomic>
#include <functional>
#include <utility>

namespace awps {

class Sleeper {
 public:
  /// `wake` interrupts the sleep; it is called from any thread.
  explicit Sleeper(std::function<void()> wake) : wake_(std::move(wake)) {}

  /// Sleeper's thread: from here on a waker interrupts. Look for work once more before sleeping.
  void prepare() {
    // The store pairs with the exchange, the fence with the fence in wake_if_asleep(): either the
    // waker sees the flag, or the look for work that follows sees the waker's work.
    asleep_.store(true, std::memory_order_seq_cst);
    std::atomic_thread_fence(std::memory_order_seq_cst);
  }
  /// Sleeper's thread: awake again.
  void done() { asleep_.store(false, std::memory_order_relaxed); }

  /// Any thread, after its work is visible.
  void wake_if_asleep() {
    // Pairs with the fence in prepare().
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if (!asleep_.load(std::memory_order_relaxed)) return;
    // Pairs with the store in prepare(). Of several wakers one gets true and pays.
    if (asleep_.exchange(false, std::memory_order_acq_rel)) wake_();
  }

 private:
  std::function<void()> wake_;
  std::atomic<bool> asleep_{false};
};

}  // namespace awps
