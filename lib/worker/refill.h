#pragma once

// Refill: records that are read from the log become batches for the worker: of one producer each,
// accepted at one time, at most 32 actions, in the order of their positions.
//
// An action that comes back is as old as it would be in memory: its batch was accepted as long ago
// as wall time says, so that its time to live goes on.
//
// One thread: the committer's.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "queue/batch.h"
#include "record/record.h"
#include "spool/position.h"
#include "worker/log_run.h"
#include "worker/tail_accounts.h"

namespace awps {

/// A record that this program cannot read.
struct UnreadableRecord {
  Position position = 0;
  std::string bytes;
  std::string reason;
};

class Refill {
 public:
  /// What a record takes of a producer's spooled_bytes.
  static uint64_t bytes_of(std::string_view record) { return record.size() + sizeof(uint32_t); }

  Refill(TailAccounts& accounts, const Clock& clock, const LogRun& run)
      : accounts_(accounts), clock_(clock), run_(run) {}

  void add(Position position, std::string_view record);

  struct Refilled {
    std::unique_ptr<Batch> batch;
    uint64_t producer = 0;  // as in its records
    uint64_t bytes = 0;     // of them, see bytes_of()
  };
  std::vector<Refilled> take_batches();
  std::vector<UnreadableRecord> take_unreadable() { return std::exchange(unreadable_, {}); }

 private:
  static constexpr uint32_t kMostActions = 32;

  void begin_batch(const Record& record, std::string_view bytes);

  TailAccounts& accounts_;
  const Clock& clock_;
  const LogRun& run_;
  RecordReader reader_;
  std::vector<Refilled> batches_;
  std::vector<UnreadableRecord> unreadable_;
  WallTime accepted_at_{};      // of the last batch
  uint32_t count_of_last_ = 1;  // of the batch before: as many are expected
};

}  // namespace awps
