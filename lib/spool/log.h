#pragma once

// Log: the records of one hub that are accepted and not settled, on disk. README.md has the format,
// and what may be lost when.
//
// 1. What commit() has written is live until it is released, over any crash.
// 2. The group: what add() and release() collect, until a commit() has succeeded. After a failure
//    it is still there, and goes into a new segment: one whose write or sync failed is never
//    touched again.
// 3. Nothing is made on disk before the first commit. A log without live records makes itself
//    small again, see tend().
// 4. It reads in order of position, by one cursor: read(). A second one, ahead of it, is look().
// 5. What is in memory alone may reserve a place in the order, and be written at a stop: keep().
//
// One thread. commit() costs a write and a sync, release() O(1) a range and 4,096 positions. It
// takes a bit for each live position, and less than 100 bytes for each moved record.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "spool/file.h"
#include "spool/id_reader.h"
#include "spool/log_folder.h"
#include "spool/log_group.h"
#include "spool/log_open_error.h"
#include "spool/log_options.h"
#include "spool/log_reader.h"
#include "spool/log_state.h"
#include "spool/log_status.h"
#include "spool/position.h"
#include "spool/segment_writer.h"
#include "spool/space.h"

namespace awps {

struct RecoveredLog;

class Log {
 public:
  /// Reads what is there. What it makes on disk, it makes later.
  static Result<std::unique_ptr<Log>, LogOpenError> open(FileSystem& files, SpoolSpace& space,
                                                         LogOptions options,
                                                         const LogProgress& progress);
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  const LogRecovery& recovery() const { return recovery_; }
  /// Of this process: one more than that of the last which left something.
  uint32_t run() const { return run_; }

  // ---- the group
  /// `records`: `count` times u32 length, bytes. They are copied. Returns the first one's position.
  Position add(std::string_view records, uint32_t count);
  /// Positions that nothing is written for. They are behind what is committed, and before what
  /// comes next. Not while the group has records.
  Position reserve(uint32_t count);
  /// At the end: a record with a reserved position is written after all, beyond any limit. In order
  /// of position; no other records are added any more. Returns which position it has then.
  Position keep(Position position, std::string_view record);
  /// The next record has this position; none between ever lived. Not while it has records.
  void skip_to(Position position);
  /// They are not live any more. Only of committed records.
  void release(PositionRange range);
  bool lives(Position position) const { return state_.live().contains(position); }
  /// The same once the group's records are committed, which replace them; dropped with these.
  void replace(PositionRange range) { group_.replace(range); }
  /// The id of the record at `position`, which was added and is not committed.
  void know(const KnownId& id, Position position) { group_.know(id, position - committed_); }
  bool has_group() const { return !group_.empty(); }
  size_t group_bytes() const { return group_.bytes(); }
  using CommitError = LogCommitError;
  /// The group is on disk, and synced; what write_out() wrote before as well.
  Result<void, CommitError> commit(WallTime now);
  /// Writes a group of releases without a sync. Not while it has records.
  Result<void, CommitError> write_out(WallTime now);
  /// There is something for a commit, beside the group: what no sync covers, or a wanted frame.
  bool has_unsynced() const { return !unsynced_.empty() || wants_frame_; }
  void want_frame() { wants_frame_ = true; }  // also if there is nothing to write
  /// The group's records will not be committed: others have them, or were told. Its releases stay.
  void drop_records();
  /// Is there room for segments that hold `bytes` more? Never kFailed.
  std::optional<CommitError::Kind> full_for(uint64_t bytes);

  /// What is recovered may go to the options' service: the next commit says so, for any restart.
  void adopt_store();

  /// Ids that the last run left and that may count, in the order accepted; once.
  std::vector<KnownId> take_known_ids() { return std::exchange(recovery_.known_ids, {}); }
  /// Those accepted before `since` do not count any more. Those that do stay, see README.md, Space.
  void count_ids_from(WallTime since) { state_.count_ids_from(since); }
  /// Nor do those that it does not know: damage may hide from one reader what another one finds.
  void count_ids_known_to(std::function<bool(const IdHash&)> knows);

  // ---- reading

  /// read() goes on with the first live record at or behind `position`.
  void begin_reading(Position position) { reader_.begin(position); }
  /// Up to where it has read: the next record that it visits is there, or behind.
  Position read_up_to() const { return reader_.position(); }
  /// Visits live records until `max_bytes` were read or all that is committed was. `bytes` are
  /// valid during the visit. An error: the disk, this time; the next call tries again, and gives a
  /// place up after some.
  using Visit = LogReader::Visit;
  Result<void, IoError> read(size_t max_bytes, const Visit& visit) {
    return reader_.read(committed_, max_bytes, visit);
  }
  /// The same by the other cursor; `from` is where it goes on, and then where it has come to.
  Result<void, IoError> look(Position& from, size_t max_bytes, const Visit& visit);
  void end_looking() { looker_.close(); }
  /// Live records that read() or look() found damaged, since the last call. They are live no more.
  std::vector<PositionRange> take_lost();

  // ---- housekeeping

  /// Once in a while, and after commits: makes the next segment ahead of time, takes away old ones
  /// that nothing lives in, moves stragglers. `is_idle`: nothing is expected soon, so that a log
  /// without live records closes its files and deletes them. What fails is tried again later.
  void tend(WallTime now, bool is_idle);
  using Status = LogStatus;
  Status status() const;
  /// Calls that failed since the last time, but for reads; also what was made good.
  std::vector<IoError> take_errors();

 private:
  struct Ahead {
    uint64_t number = 0;
    uint64_t bytes = 0;
    std::unique_ptr<File> file;
  };

  Log(FileSystem& files, SpoolSpace& space, LogOptions options, RecoveredLog recovered);
  uint64_t bytes_to_write();
  Result<void, CommitError> put(WallTime now, bool syncs);
  Result<void, IoError> write_group(bool syncs);
  void take_over(const std::vector<PlannedFrame>& frames, uint64_t begin);
  Result<void, CommitError> ensure_segment(uint64_t bytes, WallTime now);
  Result<void, IoError> close_active();
  Result<Ahead, CommitError> make_segment(uint64_t bytes, bool is_needed);
  std::optional<CommitError::Kind> no_room_for(uint64_t bytes) const;
  uint64_t next_size() const;
  uint64_t size_for(uint64_t needed) const;
  uint64_t size_beyond(uint64_t needed) const;
  bool lacks_room_for(uint64_t bytes) const;
  void begin_segment(Ahead made, WallTime now);
  void abandon_active();
  void sync_last();
  void drop_empty();
  void move_some(WallTime now);
  bool must_move_ids() const;
  bool is_full_of_ids() const;
  uint64_t bytes_for_ids() const;
  void move_ids(WallTime now);
  void make_ahead();
  void remove_all();
  bool remove_first();
  void remove_ahead();
  CommitError failed(const IoError& error);

  SpoolSpace& space_;
  const LogOptions options_;
  LogFolder folder_;
  LogState state_;
  LogReader reader_;
  LogReader looker_;
  LogRecovery recovery_;
  uint32_t run_;
  StoreId store_;  // of the segments that are begun
  uint64_t group_number_;
  Position next_;                        // of the next record that is added
  Position committed_;                   // behind the last one that is, and what is reserved
  Position written_;                     // behind the last one that has a frame
  std::optional<Position> kept_before_;  // keep() began: what is before has a later record
  uint64_t next_segment_;
  uint64_t last_size_ = 0;  // of the segment that was begun last
  LogGroup group_;
  std::vector<PositionRange> unsynced_;  // releases that were written
  bool wants_frame_ = false;
  std::optional<SegmentWriter> active_;
  std::optional<Ahead> ahead_;
  Position move_from_ = 0;  // what lives before it in the first segment was moved
  IdReader id_reader_;      // of the first segment
  std::function<bool(const IdHash&)> knows_id_ = [](const IdHash&) { return true; };
  uint64_t lacking_ = 0;  // a segment that there was no room for, when it was asked last
  uint64_t refused_ = 0;  // one that the disk did not take; 0: something has made room since
  std::vector<PositionRange> lost_;
  std::string buffer_;
  Status counted_;  // what status() takes over
  std::vector<IoError> errors_;
  std::optional<WallTime> failed_at_;
};

}  // namespace awps
