#pragma once

// LogStatus: the numbers of a log. LogCommitError: why a commit did nothing durable. Values.

#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "spool/io_error.h"
#include "spool/position.h"

namespace awps {

struct LogStatus {
  uint64_t bytes = 0;  // on disk
  uint64_t segments = 0;
  uint64_t records = 0;                    // live, committed
  uint64_t record_bytes = 0;               // about, of these
  Position committed = 1;                  // behind the last committed or reserved record
  std::optional<WallTime> oldest_since{};  // about when it came; nullopt: there is none
  uint64_t written_bytes = 0;              // by this process, like the rest
  uint64_t moved_bytes = 0;
  uint64_t released = 0;
};

struct LogCommitError {
  enum class Kind : uint8_t {
    kSpoolFull,  // spool.max_bytes
    kHubFull,    // LogOptions::max_bytes
    kDiskFull,   // spool.min_free_bytes, or nothing is free at all
    kFailed,     // `io` says what
  };
  Kind kind = Kind::kFailed;
  IoError io{};
};

}  // namespace awps
