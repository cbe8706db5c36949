#pragma once

// Check of a spool: what the logs of its hubs hold, and what is damaged there. It reads and changes
// nothing; a daemon may be writing meanwhile, whose last records it then may miss.
//
// One thread.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "spool/file.h"
#include "spool/log_open_error.h"
#include "spool/log_options.h"
#include "spool/position.h"
#include "spool/segment_header.h"

namespace awps {

struct LogCheck {
  LogRecovery found;
  uint64_t released = 0;                 // of the records in the segments that are there
  uint64_t moved = 0;                    // of the live ones
  std::optional<WallTime> oldest{};      // about, of the live ones
  std::vector<std::string> put_aside{};  // damaged segments of before
};

/// Of the segments of one kind in the folder. Visits each live record, in order of position.
using VisitRecord = std::function<void(Position position, std::string_view bytes)>;
Result<LogCheck, LogOpenError> check_log(FileSystem& files, const std::string& folder,
                                         const VisitRecord& visit,
                                         uint32_t kind = SegmentHeader::kLog);

}  // namespace awps
