#pragma once

// Budget: the bytes that a hub, and one producer in it, may hold. Kept outside of the queue, whose
// sizes are guesses.
//
// 1. Intake threads add what they accepted; the hub's worker takes away what has its Outcome.
// 2. A check and its add are two steps: several intake threads may together exceed the limit, each
//    by what it accepted since its check (a step, see Admission). An empty hub admits any one
//    action.
// 3. Who is refused for lack of room registers, and is told once there is room: at half of the
//    limit, so that a producer is not stopped and started again with every action.

#include <atomic>
#include <cstdint>
#include <functional>
#include <utility>

#include "base/mutex.h"
#include "queue/account.h"

namespace awps {

class Budget {
 public:
  struct Options {
    uint64_t max_bytes = uint64_t{256} << 20U;
    double max_producer_share = 0.5;  // (0, 1]
  };

  enum class Room { kFree, kHubFull, kProducerFull, kNotAdmitting };

  /// `room_again` is called by the worker when a registered waiter may look again; any thread.
  Budget(const Options& options, std::function<void()> room_again)
      : max_bytes_(options.max_bytes),
        producer_share_(options.max_producer_share),
        room_again_(std::move(room_again)) {}

  /// Intake: may `bytes` more be held, beside `pending` that were admitted but not yet added?
  Room room_for(uint64_t bytes, uint64_t pending, const Account& account) const;
  /// Intake: these are held from now on.
  void add(uint64_t bytes, Account& account);
  /// Intake: registers for room_again and looks once more: true if there is no room even so.
  bool must_wait(uint64_t bytes, const Account& account);

  /// Worker: these are free again.
  void release(uint64_t bytes, Account& account);

  uint64_t held_bytes() const { return held_bytes_.load(std::memory_order_relaxed); }
  /// Pairs with the store in set_options(), see must_wait().
  uint64_t max_bytes() const { return max_bytes_.load(std::memory_order_seq_cst); }
  /// Any thread. Who waits looks again.
  void set_options(const Options& options);
  /// Any thread: false: there is no room at all, not even in an empty hub.
  void set_admitting(bool admits);

 private:
  uint64_t producer_limit() const;
  void tell_waiters();

  std::atomic<uint64_t> max_bytes_;
  std::atomic<double> producer_share_;
  std::atomic<bool> admits_{true};
  std::function<void()> room_again_;
  alignas(kCacheLine) std::atomic<uint64_t> held_bytes_{0};
  std::atomic<bool> hub_waiters_{false};
  std::atomic<bool> producer_waiters_{false};
};

}  // namespace awps
