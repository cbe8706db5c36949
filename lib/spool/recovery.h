#pragma once

// recover(): what a log's folder holds, by the rules of README.md, Recovery. It reads, and changes
// nothing.
//
// One thread. It reads each segment once; the last one, behind its end, a second time.

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "spool/file.h"
#include "spool/log_open_error.h"
#include "spool/log_options.h"
#include "spool/log_state.h"

namespace awps {

struct RecoveredLog {
  LogState state;
  LogRecovery found;
  Position next = 1;
  uint64_t next_segment = 1;
  uint64_t next_group = 1;
  uint32_t next_run = 1;
  StoreId last_store{};               // of the last segment whose header is good
  std::vector<std::string> empty{};   // segments that nothing was written to
  std::vector<std::string> unused{};  // the last one, where its header is bad and nothing is valid
  std::vector<std::string> put_aside{};  // with the name of damaged ones
};

/// Of options.folder, which need not be there.
Result<RecoveredLog, LogOpenError> recover(FileSystem& files, const LogOptions& options,
                                           const LogProgress& progress);

}  // namespace awps
