#pragma once

// LogReader: the live records of a log in order of position, by one cursor.
//
// 1. A record is read where it was written first, or where it was moved to if that segment is gone.
// 2. A record that is damaged there is given up, and live no more. A disk that does not answer is
//    asked again, kMostTries times, before a block of it counts as damaged; and never, while other
//    places cannot be read, either.
//
// One thread, the log's. A segment is read in order, once; a frame of moved records once for all of
// them that follow each other.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "spool/log_folder.h"
#include "spool/log_state.h"
#include "spool/segment_reader.h"

namespace awps {

class LogReader {
 public:
  static constexpr int kMostTries = 60;

  LogReader(LogFolder& folder, LogState& state) : folder_(folder), state_(state) {}

  void begin(Position position);
  Position position() const { return position_; }

  using Visit = std::function<void(Position position, std::string_view bytes)>;
  /// Up to `end`, or until `max_bytes` were read.
  Result<void, IoError> read(Position end, size_t max_bytes, const Visit& visit);
  std::vector<PositionRange> take_lost() { return std::exchange(lost_, {}); }
  /// Keeps no file open until the next read().
  void close();

 private:
  Result<size_t, IoError> read_one(Position wanted, Position end, const Visit& visit);
  Result<size_t, IoError> read_at_home(const Segment& home, Position wanted, Position end,
                                       const Visit& visit);
  Result<size_t, IoError> is_not_at_home(Position wanted, Position end, const Visit& visit);
  Result<size_t, IoError> read_moved(Position wanted, const Visit& visit);
  Result<void, IoError> open_moved(const Segment& segment);
  size_t visit_frame(const SegmentReader::Frame& frame, Position end, const Visit& visit);
  Result<void, IoError> open_home(const Segment& home);
  bool tries_again();
  void give_up(PositionRange range);
  void lose(PositionRange range);

  LogFolder& folder_;
  LogState& state_;
  Position position_ = 1;
  uint64_t segment_ = 0;  // 0: none is open
  std::unique_ptr<File> file_;
  std::optional<SegmentReader> reader_;
  PositionRange elsewhere_{};   // positions that are not in frames of the open segment
  uint64_t moved_segment_ = 0;  // likewise, of moved records
  std::unique_ptr<File> moved_file_;
  std::optional<SegmentReader> moved_reader_;
  std::optional<SegmentReader::Frame> moved_frame_;  // that it has read last
  int tries_ = 0;
  std::vector<PositionRange> lost_;
};

}  // namespace awps
