#pragma once

// HubEntrance: where batches enter a hub. It decides when what is in them is accepted, and says so
// by a Receipt. MemoryEntrance accepts at once; one that writes to disk first gives the receipt by
// the account's ReportQueue, once the bytes are safe.
//
// 1. Every batch that entered gets its Receipt, or its actions are refused late (LateRefusal),
//    unless the process ends before; also one whose actions have their Outcomes, since those of
//    most producers are not reported.
// 2. Receipts of one account come in the order in which its batches entered.
//
// Intake threads.

#include <memory>
#include <optional>

#include "queue/batch.h"
#include "queue/receipt.h"

namespace awps {

class HubQueue;

class HubEntrance {
 public:
  virtual ~HubEntrance() = default;

  /// Called by the intake thread with that number. The hub is charged for the batch from now on.
  /// Returns the receipt for all of the batch if it is accepted already.
  virtual std::optional<Receipt> enter(int intake_thread, std::unique_ptr<Batch> batch) = 0;
  /// Once after the batches of a read: wakes whoever takes them.
  virtual void end_read() = 0;
  /// May it refuse late? Then a batch says the lines of its actions (Batch::Uncommitted).
  virtual bool wants_lines() const { return false; }
};

class MemoryEntrance final : public HubEntrance {
 public:
  explicit MemoryEntrance(HubQueue& queue) : queue_(queue) {}

  std::optional<Receipt> enter(int intake_thread, std::unique_ptr<Batch> batch) override;
  void end_read() override;

 private:
  HubQueue& queue_;
};

}  // namespace awps
