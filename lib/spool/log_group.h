#pragma once

// LogGroup: what a log is to write next: records, moved records, releases; and how it becomes
// frames.
//
// Pure; one thread.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/id_hash.h"
#include "spool/frame.h"
#include "spool/position.h"

namespace awps {

/// A frame without its place: what it needs of salt and group is not known yet.
struct PlannedFrame {
  FrameHeader header;
  std::string_view payload;
};

class LogGroup {
 public:
  /// `records`: `count` times u32 length, bytes.
  void add(std::string_view records, uint32_t count);
  /// Of the record with this number, counted from 0. In the order of the numbers.
  void know(const KnownId& id, uint64_t record) { ids_.push_back({id, record}); }
  void move(Position position, std::string_view record);
  void move(const KnownId& id) { moved_ids_.push_back(id); }
  void release(PositionRange range) { released_.push_back(range); }
  void release(const std::vector<PositionRange>& ranges) {
    released_.insert(released_.end(), ranges.begin(), ranges.end());
  }

  /// What the records replace: it shares their fate.
  void replace(PositionRange range) { replaced_.push_back(range); }

  bool empty() const { return records_.empty() && !has_moved() && released_.empty(); }
  bool has_records() const { return count_ > 0; }
  bool has_moved() const { return !moved_.empty() || !moved_ids_.empty(); }
  /// About, on disk.
  size_t bytes() const;

  /// The records first, each frame of them behind its ids (id_frames.h), then what is moved, then
  /// the releases. The first record gets the position `first`. Before it comes a release of what
  /// lies between `written`, the end of the records on disk, and `first`, so that nobody takes the
  /// gap for a loss. Valid until the group changes.
  std::vector<PlannedFrame> frames(Position written, Position first);

  const std::vector<PositionRange>& released() const { return released_; }
  const std::vector<PositionRange>& replaced() const { return replaced_; }
  void drop_records();
  void drop_moved();
  void clear();

 private:
  void plan_records(Position first, std::vector<PlannedFrame>& frames);
  void plan_gap(PositionRange gap, std::vector<PlannedFrame>& frames);
  void plan_ids(std::span<const KnownId> ids, Position end, std::vector<PlannedFrame>& frames);
  void plan_moved(std::vector<PlannedFrame>& frames);
  void plan_released(std::vector<PositionRange>& ranges, std::vector<PlannedFrame>& frames);
  static void join_ranges(std::vector<PositionRange>& ranges);

  struct Moved {
    Position position = 0;
    std::string record;
  };
  struct IdOfRecord {
    KnownId id;
    uint64_t record = 0;
  };
  std::string records_;
  uint32_t count_ = 0;
  std::vector<IdOfRecord> ids_;
  std::vector<Moved> moved_;
  size_t moved_bytes_ = 0;
  std::vector<KnownId> moved_ids_;
  std::vector<PositionRange> released_;
  std::vector<PositionRange> replaced_;
  std::vector<std::string> payloads_;  // of planned frames
};

}  // namespace awps
