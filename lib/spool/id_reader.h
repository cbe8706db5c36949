#pragma once

// IdReader: reads the known ids of a segment back, a part of it at a time, so that they may be
// written once more before the segment goes.
//
// 1. It takes what recovery takes (recovery.h), and passes over the rest: an id that counts without
//    its record would make its action be taken for one that is there.
// 2. No id is later than the segment's latest one, as the log knows it.
//
// One thread, the log's. It reads the whole segment, records included: mostly from the kernel's
// memory, since ids count for a short while.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "base/result.h"
#include "spool/id_frames.h"
#include "spool/log_folder.h"
#include "spool/log_state.h"
#include "spool/segment_reader.h"

namespace awps {

class IdReader {
 public:
  static constexpr uint64_t kMostAtOnce = uint64_t{4} << 20U;
  static constexpr int kMostTries = 60;

  explicit IdReader(LogFolder& folder) : folder_(folder) {}

  using Visit = std::function<void(const KnownId& id)>;
  /// Goes on in `segment`, or begins with it. True: it has come to its end. An error: the disk; the
  /// next call tries again, and after some passes over a block.
  Result<bool, IoError> read(const Segment& segment, const Visit& visit);
  /// The next read() begins anew.
  void close();
  /// What it has read of the segment has damage.
  bool has_found_damage() const { return is_damaged_; }

 private:
  bool take(const SegmentReader::Frame& frame);
  Result<void, IoError> open(const Segment& segment);

  LogFolder& folder_;
  uint64_t segment_ = 0;  // 0: none is open
  std::unique_ptr<File> file_;
  std::optional<SegmentReader> reader_;
  IdFrames frames_;
  std::optional<uint32_t> group_;  // of the last frame
  bool group_is_complete_ = false;
  Position next_ = 0;  // behind the last record
  bool is_damaged_ = false;
  int tries_ = 0;
};

}  // namespace awps
