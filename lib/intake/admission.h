#pragma once

// Admission: one connection's way into one hub: its account, the room it may take, and the batch
// that the present read fills.
//
// 1. Room is asked for in steps, since the budget's numbers are written by other threads: up to
//    what was granted, actions cost no look at them. Several intake threads may together exceed a
//    budget by a step each.
// 2. hand_over() ends a read, and wakes the worker if that sleeps. A batch has at most
//    kMostActions, since one action that waits for long keeps the memory of its whole batch.
// 3. The memory of a batch is allocated for what the rest of the read will bring, judged by what
//    came before, up to a page, and never for more than there is room. An action that does not fit
//    is the first of the next batch.
//
// Belongs to the intake thread of its connection.

#include <cstdint>
#include <memory>

#include "intake/hub_directory.h"
#include "intake/pending_receipts.h"
#include "queue/hub_entrance.h"
#include "queue/hub_queue.h"

namespace awps {

class Admission {
 public:
  /// `pending` is told of batches whose receipt comes later.
  Admission(const IntakeHub& hub, Account& account, int intake_thread, PendingReceipts& pending)
      : queue_(*hub.queue),
        entrance_(*hub.entrance),
        lease_(hub.lease),
        account_(account),
        intake_thread_(intake_thread),
        wants_lines_(entrance_.wants_lines()),
        pending_receipts_(pending) {}
  Admission(const Admission&) = delete;
  Admission& operator=(const Admission&) = delete;

  const HubQueue& queue() const { return queue_; }
  Account& account() { return account_; }

  /// There is room without a look at the budget.
  bool is_granted(uint64_t charge) const { return pending_ + charge <= granted_; }
  Budget::Room room_for(uint64_t charge);
  /// Registers for being told, then looks once more: true if there is no room even so. Only after
  /// hand_over().
  bool must_wait_for(uint64_t charge, bool for_storage_too = false);

  struct Arrival {
    uint64_t seq = 0;
    uint32_t charge = 0;
    uint32_t ordered_batch = 0;
    uint64_t line = 0;  // of its connection
  };
  /// What the read is: when it was, and how much of it is not processed, this line included.
  struct Read {
    Instant at;
    size_t bytes_left = 0;  // 0: not known
  };
  void add(const Action& action, const Arrival& arrival, const Read& read) {
    const Accepted::Place place{
        .seq = arrival.seq, .charge = arrival.charge, .ordered_batch = arrival.ordered_batch};
    if (batch_ != nullptr && !batch_->has_room_for(action, place)) push_batch(read.bytes_left);
    if (batch_ == nullptr) begin(read, arrival.charge);
    batch_->add(action, place);
    if (wants_lines_) batch_->uncommitted().lines.push_back(arrival.line);
    pending_ += arrival.charge;
    if (batch_->count() == kMostActions) push_batch(read.bytes_left);
  }
  /// The read is over but for `bytes_left`.
  void hand_over(size_t bytes_left);

 private:
  static constexpr uint32_t kMostActions = 32;

  void begin(const Read& read, uint32_t charge);
  void push_batch(size_t bytes_left);
  void note_share(size_t bytes_left);

  HubQueue& queue_;
  HubEntrance& entrance_;
  std::shared_ptr<const void> lease_;
  Account& account_;
  int intake_thread_;
  const bool wants_lines_;
  PendingReceipts& pending_receipts_;
  std::unique_ptr<Batch> batch_;
  uint64_t pending_ = 0;            // charge of batch_, not yet added to the budget
  uint64_t granted_ = 0;            // pending_ may grow up to this without a look at the budget
  size_t read_memory_ = 0;          // that the batches take that this read has pushed already
  size_t bytes_at_begin_ = 0;       // of the read, when its first batch was made
  double memory_per_byte_ = 1;      // of input, in the last read
  double memory_per_action_ = 128;  // in the last batch
};

}  // namespace awps
