#pragma once

// LogCounters: publishes what a hub's log and its tail say of themselves. One thread: the
// committer's.

#include "metrics/counters.h"
#include "spool/log.h"
#include "worker/storage_state.h"
#include "worker/tail.h"

namespace awps {

class LogCounters {
 public:
  explicit LogCounters(SpoolCounters& counters) : counters_(counters) {}

  void publish(const Log& log, const Tail& tail, const StorageState& storage);
  /// A call of the system that failed.
  void count(const IoError& error) { counters_.errors_of(error.call).add(); }

 private:
  SpoolCounters& counters_;
};

}  // namespace awps
