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
// 4. Two of them stand in a row in a durable hub: the doors' counts what is not on disk yet, and
//    the worker's what is in memory; see Options::charges and account.h.

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
    AccountBytes charges = &Account::held_bytes;
  };

  enum class Room : uint8_t {
    kFree,
    kHubFull,
    kProducerFull,
    kNotAdmitting,
    kProducerSpoolFull,  // its share of what may be on disk
    kSpoolFull,          // these three: see close()
    kHubSpoolFull,
    kDiskFull,
    kRecovering,     // likewise: its log is still being read
    kStorageFailed,  // likewise; most do not wait for it
  };

  /// `room_again` is called by the hub's worker or committer when a registered waiter may look
  /// again; any thread.
  Budget(const Options& options, std::function<void()> room_again)
      : max_bytes_(options.max_bytes),
        producer_share_(options.max_producer_share),
        charges_(options.charges),
        room_again_(std::move(room_again)) {}

  /// Intake: may `bytes` more be held, beside `pending` that were admitted but not yet added?
  Room room_for(uint64_t bytes, uint64_t pending, const Account& account) const;
  /// Intake: these are held from now on.
  void add(uint64_t bytes, Account& account);
  /// Intake: registers for room_again and looks once more: true if there is no room even so, and
  /// waiting may help.
  /// `for_storage_too`: what kStorageFailed refuses may wait for a disk that is well again.
  bool must_wait(uint64_t bytes, const Account& account, bool for_storage_too = false);

  /// The hub's worker or committer: these are free again.
  void release(uint64_t bytes, Account& account);

  uint64_t held_bytes() const { return held_bytes_.load(std::memory_order_relaxed); }
  /// Who finds it empty sees what was done before the last release: acquire pairs with release().
  bool is_empty() const { return held_bytes_.load(std::memory_order_acquire) == 0; }
  /// Pairs with the store in set_options(), see must_wait().
  uint64_t max_bytes() const { return max_bytes_.load(std::memory_order_seq_cst); }
  /// What one producer may hold.
  uint64_t producer_limit() const;
  /// Any thread. Who waits looks again.
  void set_options(const Options& options);
  /// Any thread: false: there is no room at all, not even in an empty hub.
  void set_admitting(bool admits);

  // For the committer of a durable hub.

  /// There is no room at all, and why; kFree: there is again. Who waits looks again.
  void close(Room why);
  Room closed() const { return closed_.load(std::memory_order_relaxed); }
  /// What one producer may have on disk alone.
  void set_producer_spool_limit(uint64_t bytes);
  /// A producer's spooled_bytes went down, from `before` to `now`.
  void note_spooled(uint64_t before, uint64_t now);
  /// Of the worker's budget: registers for room_again, and looks once more: true if more than half
  /// of it is in use even so.
  bool must_wait_for_half();

 private:
  void tell_waiters();
  void tell_producers();

  std::atomic<uint64_t> max_bytes_;
  std::atomic<double> producer_share_;
  const AccountBytes charges_;
  std::atomic<bool> admits_{true};
  std::atomic<Room> closed_{Room::kFree};
  std::atomic<uint64_t> producer_spool_limit_{UINT64_MAX};
  std::function<void()> room_again_;
  alignas(kCacheLine) std::atomic<uint64_t> held_bytes_{0};
  std::atomic<bool> hub_waiters_{false};
  std::atomic<bool> producer_waiters_{false};
};

}  // namespace awps
