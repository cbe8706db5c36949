#pragma once

// What a log is told at its opening, and what it tells of it.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/id_hash.h"
#include "spool/position.h"
#include "spool/segment_header.h"

namespace awps {

struct LogOptions {
  std::string folder;  // of this hub alone
  StoreId store{};
  uint64_t segment_bytes = uint64_t{64} << 20U;       // of a large log's segments
  uint64_t first_segment_bytes = uint64_t{1} << 20U;  // each next one has twice the bytes
  uint64_t max_bytes = 0;                             // of this log; 0: only what its space says
  uint64_t first_group = 1;                           // of a log that is empty
  uint32_t kind = SegmentHeader::kLog;                // of letters: none is made ahead
  bool keeps_last = false;    // when all are empty, so that positions go on at the next start
  uint32_t least_run = 1;     // the run has this number at least
  bool is_of_others = false;  // a daemon may be writing it, and deleting its oldest segments
  size_t max_ids = 0;         // known ids that may count; 0: none does
  Duration id_window{};       // since it was accepted, an id counts so long
  WallTime opened_at{};       // now; what is later than this counts as now
};

/// A place where frames should be, and are damaged.
struct DamagedRange {
  std::string file;
  uint64_t offset = 0;
  uint64_t bytes = 0;
};

/// What was found.
struct LogRecovery {
  uint64_t segments = 0;
  uint64_t bytes = 0;
  uint64_t records = 0;  // live
  uint64_t lost_records = 0;
  std::vector<PositionRange> lost{};  // where they were; the first ones, if there are very many
  std::vector<DamagedRange> damaged{};
  bool other_store = false;            // what is live was accepted for another service
  std::vector<std::string> remarks{};  // for whoever logs: what is not ours
  std::vector<KnownId> known_ids{};    // those that may count, in the order accepted
};

/// Told of the bytes read so far, and of all, now and then.
using LogProgress = std::function<void(uint64_t done, uint64_t all)>;

}  // namespace awps
