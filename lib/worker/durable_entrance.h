#pragma once

// DurableEntrance: where batches enter a hub that writes them to disk first. It encodes the records
// of a batch, in the thread of the door, and pushes it to the committer, which gives the receipt
// once they are synced (committer.h).
//
// Intake threads, and the hub's worker for what it sends again; it has no state of its own.

#include <cstdint>
#include <memory>
#include <optional>

#include "queue/hub_entrance.h"
#include "queue/hub_queue.h"
#include "worker/log_run.h"

namespace awps {

class DurableEntrance final : public HubEntrance {
 public:
  /// `arrivals` is the committer's queue, `run` its log's; both outlive this object.
  DurableEntrance(HubQueue& arrivals, const LogRun& run) : arrivals_(arrivals), run_(run) {}

  std::optional<Receipt> enter(int intake_thread, std::unique_ptr<Batch> batch) override;
  void end_read() override { arrivals_.wake_worker(); }
  bool wants_lines() const override { return true; }

 private:
  HubQueue& arrivals_;
  const LogRun& run_;
};

}  // namespace awps
