#pragma once

// Records for a log, and the reading of what lives in one, for tests.

#include <string>
#include <vector>

#include "base/check.h"
#include "spool/log.h"
#include "tests/spool/log_oracle.h"
#include "tests/support/disk_model.h"

namespace awps {

/// As Log::add() takes them.
inline void append_record(std::string& records, const std::string& record) {
  const auto length = static_cast<uint32_t>(record.size());
  for (int shift = 0; shift < 32; shift += 8) records += static_cast<char>(length >> shift);
  records += record;
}

/// Reads that fail are tried again, at last on a disk that is well.
inline std::vector<LiveRecord> read_all(DiskModel& disk, Log& log, Position from) {
  static constexpr int kTries = 25;
  std::vector<LiveRecord> live;
  log.begin_reading(from);
  Position before = 0;
  do {
    before = log.read_up_to();
    bool is_read = false;
    for (int i = 0; !is_read; ++i) {
      if (i == kTries) disk.heal();
      AWPS_CHECK(i <= 2 * kTries);
      is_read = log.read(4'000,
                         [&](Position position, std::string_view bytes) {
                           live.emplace_back(position, std::string(bytes));
                         })
                    .ok();
    }
  } while (before != log.read_up_to());
  return live;
}

}  // namespace awps
