#pragma once

// LogState: what a log knows of its segments: which records live, and where. The policy of what
// goes, and what is moved, is here.
//
// 1. A live record is in one segment: the one where its position was written, or the last to which
//    it was moved.
// 2. Segments stand in the order of their numbers. Only the first one goes.
//
// Pure; one thread. O(log n) for each range and segment that it touches.

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "spool/live_set.h"
#include "spool/position.h"
#include "spool/segment_header.h"

namespace awps {

struct Segment {
  uint64_t number = 0;
  StoreId store{};
  uint32_t salt = 0;
  uint64_t bytes = 0;    // of the file
  uint64_t end = 0;      // of what is valid: committed, or found at the start
  Position first = 1;    // of the records that were written here
  Position next = 1;     // behind the last of them
  uint64_t records = 0;  // these positions may have gaps
  uint64_t record_bytes = 0;
  uint64_t live = 0;         // of them, and still here
  uint64_t moved_live = 0;   // live ones that were moved here
  uint64_t moved_bytes = 0;  // of these
  bool is_damaged = false;
  uint64_t ids = 0;      // known ones that stand here
  WallTime newest_id{};  // when the latest of them was accepted

  bool is_empty() const { return live + moved_live == 0; }
  /// About, of what is live here.
  uint64_t live_bytes() const;
};

/// Where a moved record is.
struct MovedPlace {
  uint64_t segment = 0;
  uint64_t frame = 0;   // offset of the frame in the segment
  uint32_t record = 0;  // offset of the record in the frame's payload
  uint32_t length = 0;
};

class LogState {
 public:
  std::deque<Segment>& segments() { return segments_; }
  const std::deque<Segment>& segments() const { return segments_; }
  const LiveSet& live() const { return live_; }
  const std::map<Position, MovedPlace>& moved() const { return moved_; }

  /// They were written to the last segment.
  void add(PositionRange range, uint64_t bytes);
  /// A live record has another place now. False: it is not live.
  bool move(Position position, const MovedPlace& to);
  /// Recovery: a moved record is live, whether or not its first segment is still there.
  void restore(Position position, const MovedPlace& at);
  /// Returns how many of them were live.
  uint64_t release(PositionRange range);

  /// The number of the segment where the live record is; 0: none that is there.
  uint64_t place_of(Position position) const;
  /// The live record is in this segment.
  bool is_in(const Segment& segment, Position position) const;
  /// The first live records that were moved to this segment.
  std::vector<Position> moved_to(const Segment& segment, size_t most) const;
  Segment* segment(uint64_t number);
  /// Where the position was written; nullptr: that segment is gone.
  const Segment* home_of(Position position) const;
  uint64_t bytes() const;
  uint64_t live_bytes() const;

  /// Known ids were written to the last segment.
  void add_ids(uint64_t count, WallTime newest);
  /// Those that were accepted earlier do not count any more.
  void count_ids_from(WallTime since) { ids_since_ = since; }
  WallTime ids_since() const { return ids_since_; }
  /// Ids stand in it that count.
  bool keeps_ids(const Segment& segment) const {
    return segment.ids > 0 && segment.newest_id >= ids_since_;
  }
  bool keeps_ids() const;

  /// The first segment keeps too much alive: see README.md, Space.
  bool wants_moving() const;
  /// Nothing but ids keeps the first segment, and there are too many segments.
  bool wants_moving_ids() const;
  /// The first segment, if nothing in it lives or counts, and it is not the last one.
  const Segment* to_go() const;
  void drop_first() { segments_.pop_front(); }

  /// When the oldest live record came, within a second or a segment; nullopt: none is live.
  std::optional<WallTime> oldest_since() const;
  /// The next records are as old as this.
  void mark_time(Position next, WallTime now);

 private:
  struct Mark {
    Position position = 0;
    WallTime at{};
  };

  uint64_t id_bytes() const;
  bool is_thin() const;

  std::deque<Segment> segments_;
  LiveSet live_;
  std::map<Position, MovedPlace> moved_;
  std::deque<Mark> marks_;
  Duration between_marks_{};
  WallTime ids_since_ = WallTime::max();
};

}  // namespace awps
