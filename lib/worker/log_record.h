#pragma once

// A record as a hub's log has it: its producer is one of the run that wrote it, and it says when it
// was accepted. Pure; any thread.

#include <string>

#include "base/clock.h"
#include "queue/batch.h"

namespace awps {

/// Of an action of the batch.
struct LogRecord {
  const Accepted& accepted;
  const Batch& batch;
  const std::string& hub;  // canonical
  WallTime accepted_at{};  // by LogRun
  uint32_t run = 0;
  uint64_t letter = 0;  // the dead letter that it was; 0: none
};

/// Appends the record's bytes.
void append_log_record(std::string& out, const LogRecord& record);

}  // namespace awps
