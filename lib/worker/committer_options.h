#pragma once

// CommitterOptions: how a committer writes; a value. CommitterParts: what it works with, and all of
// it outlives the committer.

#include <spdlog/logger.h>

#include <cstdint>
#include <functional>
#include <vector>

#include "base/clock.h"
#include "metrics/counters.h"
#include "queue/hub_queue.h"
#include "spool/position.h"
#include "worker/known_ids.h"

namespace awps {

struct CommitterOptions {
  /// What of the hub's actions is written to disk.
  enum class Writes : uint8_t {
    kAll,       // a durable hub's
    kOverflow,  // what memory has no room for
    kNothing,   // the hub is one in memory now; what its log has is delivered, and the log goes
  };

  Duration commit_interval = std::chrono::milliseconds(2);
  uint64_t commit_bytes = uint64_t{4} << 20U;
  Duration release_interval = std::chrono::milliseconds(100);
  uint64_t producer_spool_bytes = UINT64_MAX;  // of one producer, on disk alone
  int worker_place = 1;                        // in arrivals, for what is sent again
  KnownIds::Options ids{.most = 0};            // of producers that ask for deduplication
  Writes writes = Writes::kAll;
  /// Live ones in the log, ascending, that are not sent: they are dead letters already, and
  /// settled() releases them.
  std::vector<Position> withheld{};
};

struct CommitterParts {
  HubQueue& arrivals;
  HubQueue& window;
  const Clock& clock;
  SpoolCounters& counters;
  spdlog::logger& logger;
  std::function<void()> wake;  // the committer's thread; any thread
  /// After adopt_service(), in the committer's thread: a crash would not undo it any more, or the
  /// disk takes nothing now.
  std::function<void()> adopted = [] {};
};

}  // namespace awps
