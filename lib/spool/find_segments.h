#pragma once

// find_segments(): which segments a log's folder has, by their names and headers; and what else
// lies there. It reads, and changes nothing.
//
// One thread. Each segment is open only while its header is read.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "spool/file.h"
#include "spool/log_open_error.h"
#include "spool/log_options.h"
#include "spool/segment_header.h"

namespace awps {

/// A read that fails is made again so often.
inline constexpr int kSegmentReadTries = 3;

struct FoundSegment {
  uint64_t number = 0;
  std::string name;
  uint64_t bytes = 0;
  SegmentHeaderReading reading{};
  std::unique_ptr<File> file{};  // for whoever reads it
};

struct FoundSegments {
  std::vector<FoundSegment> segments;  // by number; none of them is empty
  std::vector<std::string> empty;      // names of those that nothing was written to
  std::vector<std::string> put_aside;  // names of damaged ones
  std::vector<std::string> remarks;    // what is none of ours
};

/// Where what is valid in it ends, as the header of the next one says.
std::optional<uint64_t> end_by_next(const FoundSegment& segment, const FoundSegment* next);

/// By the daemon whose log it is, since it was seen.
bool is_deleted(const IoError& error, const LogOptions& options);

Result<FoundSegments, LogOpenError> find_segments(Folder& folder, const LogOptions& options);

}  // namespace awps
