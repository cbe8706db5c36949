#include "spool/log.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/fault_point.h"
#include "base/release_memory.h"
#include "spool/bytes.h"
#include "spool/recovery.h"

namespace awps {

namespace {

constexpr size_t kMostBufferKept = size_t{8} << 20U;

}  // namespace

// ---- the opening

Result<std::unique_ptr<Log>, LogOpenError> Log::open(FileSystem& files, SpoolSpace& space,
                                                     LogOptions options,
                                                     const LogProgress& progress) {
  Result<RecoveredLog, LogOpenError> found = recover(files, options, progress);
  if (!found) return found.error();
  return std::unique_ptr<Log>(new Log(files, space, std::move(options), std::move(*found)));
}

Log::Log(FileSystem& files, SpoolSpace& space, LogOptions options, RecoveredLog recovered)
    : space_(space),
      options_(std::move(options)),
      folder_(files, options_.folder, options_.kind),
      state_(std::move(recovered.state)),
      reader_(folder_, state_),
      looker_(folder_, state_),
      recovery_(std::move(recovered.found)),
      run_(std::max(recovered.next_run, options_.least_run)),
      store_(recovery_.other_store ? recovered.last_store : options_.store),
      group_number_(recovered.next_group),
      next_(recovered.next),
      committed_(recovered.next),
      written_(recovered.next),
      next_segment_(recovered.next_segment),
      id_reader_(folder_) {
  if (options_.max_ids > 0) state_.count_ids_from(options_.opened_at - options_.id_window);
  space_.took(state_.bytes());
  folder_.know(std::move(recovered.put_aside));
  // What nothing was written to goes; what is torn from its first byte is kept for a look.
  for (const std::string& name : recovered.empty) {
    (void)folder_.remove(
        *segment_number(name, options_.kind));  // else the next one that is made takes its place
  }
  for (const std::string& name : recovered.unused) {
    (void)folder_.put_aside(*segment_number(name, options_.kind));  // likewise
  }
  sync_last();
  folder_.close();
}

// After a kill the end of the log may be in the kernel's memory alone. From now on it counts as
// valid. A failure changes nothing: what was acknowledged was synced before.
void Log::sync_last() {
  if (state_.segments().empty()) return;
  Result<std::unique_ptr<File>, IoError> last =
      folder_.open_segment(state_.segments().back().number);
  if (last) (void)(*last)->sync();
}

Log::~Log() {
  space_.gave_back(state_.bytes());
  if (ahead_) space_.gave_back(ahead_->bytes);
}

// ---- the group

Position Log::add(std::string_view records, uint32_t count) {
  const Position first = next_;
  group_.add(records, count);
  next_ += count;
  return first;
}

Position Log::reserve(uint32_t count) {
  AWPS_CHECK(!group_.has_records());
  const Position first = next_;
  next_ += count;
  committed_ = next_;
  return first;
}

// What is behind all that was written needs no place of its own: it comes last in any case.
Position Log::keep(Position position, std::string_view record) {
  if (!kept_before_) kept_before_ = written_;
  if (position < *kept_before_) {
    group_.move(position, record);
    return position;
  }
  std::string bytes;
  add_number(bytes, static_cast<uint32_t>(record.size()));
  bytes += record;
  return add(bytes, 1);
}

void Log::release(PositionRange range) {
  AWPS_CHECK(range.end() <= committed_);
  counted_.released += state_.release(range);
  group_.release(range);
}

void Log::skip_to(Position position) {
  AWPS_CHECK(!group_.has_records() && position >= next_);
  if (position == next_) return;
  // So that the gap is told from damage, and positions go on behind it.
  group_.release({next_, position - next_});
  next_ = committed_ = position;
}

void Log::drop_records() {
  group_.drop_records();
  if (kept_before_) group_.drop_moved();
  next_ = committed_;
}

Result<void, Log::CommitError> Log::commit(WallTime now) {
  if (group_.empty() && !has_unsynced()) return {};
  return put(now, /*syncs=*/true);
}

Result<void, Log::CommitError> Log::write_out(WallTime now) {
  AWPS_CHECK(!group_.has_records());
  if (group_.empty()) return {};
  // Where they were before is given up at once: moved records that a commit has left are synced.
  return put(now, /*syncs=*/group_.has_moved());
}

void Log::adopt_store() {
  if (store_ == options_.store) return;
  store_ = options_.store;
  want_frame();
}

void Log::count_ids_known_to(std::function<bool(const IdHash&)> knows) {
  knows_id_ = std::move(knows);
}

Log::CommitError Log::failed(const IoError& error) {
  errors_.push_back(error);
  return {.kind = CommitError::Kind::kFailed, .io = error};
}

// Of the group's frames, and one that may end it.
uint64_t Log::bytes_to_write() {
  uint64_t bytes = FrameHeader::kBytes;
  for (const PlannedFrame& frame : group_.frames(written_, committed_)) {
    bytes += frame.header.frame_bytes();
  }
  return bytes;
}

// Once more in a new segment, if the present one fails.
Result<void, Log::CommitError> Log::put(WallTime now, bool syncs) {
  static constexpr int kTries = 2;
  CommitError last;
  for (int i = 0; i < kTries; ++i) {
    const uint64_t bytes = bytes_to_write();
    if (Result<void, CommitError> ready = ensure_segment(bytes, now); !ready) return ready;
    if (group_.has_records()) state_.mark_time(committed_, now);
    const Result<void, IoError> written = write_group(syncs);
    if (written) return {};
    last = failed(written.error());
    abandon_active();
  }
  return last;
}

Result<void, IoError> Log::write_group(bool syncs) {
  std::vector<PlannedFrame> frames = group_.frames(written_, committed_);
  // A sync ends the group, also on disk: see recovery.cc.
  if (frames.empty()) frames.push_back({.header = {.type = FrameType::kReleased}, .payload = {}});
  if (syncs) frames.back().header.flags = FrameHeader::kLastOfGroup;
  buffer_.clear();
  for (PlannedFrame& frame : frames) {
    frame.header.group = static_cast<uint32_t>(group_number_);
    append_frame(buffer_, frame.header, frame.payload, active_->header().salt());
  }
  const uint64_t begin = active_->end();
  Result<void, IoError> done = active_->write(buffer_);
  if (done) counted_.written_bytes += buffer_.size();
  if (done) pass(FaultPoint::kAfterWrite);
  if (done && syncs) done = active_->sync();
  if (buffer_.capacity() > kMostBufferKept) release_memory_of(buffer_);
  if (!done) return done;
  take_over(frames, begin);
  if (syncs) {
    ++group_number_;
    unsynced_.clear();
    wants_frame_ = false;
  } else {
    unsynced_.insert(unsynced_.end(), group_.released().begin(), group_.released().end());
  }
  group_.clear();
  return {};
}

// They are on disk.
void Log::take_over(const std::vector<PlannedFrame>& frames, uint64_t begin) {
  Segment& segment = state_.segments().back();
  segment.end = active_->end();
  for (const PositionRange& range : group_.replaced()) counted_.released += state_.release(range);
  for (const PlannedFrame& frame : frames) {
    const FrameHeader& header = frame.header;
    if (header.type == FrameType::kRecords) {
      state_.add({header.first, header.count}, frame.payload.size());
    } else if (header.type == FrameType::kMoved) {
      const auto moved = [&](Position position, std::string_view record) {
        const auto at = static_cast<uint32_t>(record.data() - frame.payload.data());
        const auto length = static_cast<uint32_t>(record.size());
        counted_.moved_bytes += length;
        const MovedPlace place{segment.number, begin, at, length};
        if (kept_before_) {
          state_.restore(position, place);
        } else {
          state_.move(position, place);
        }
      };
      AWPS_CHECK(visit_moved(frame.payload, header.count, moved));
    } else if (header.type == FrameType::kKnownIds) {
      state_.add_ids(header.count, newest_of_ids(frame.payload));
    }
    begin += header.frame_bytes();
  }
  if (committed_ != next_) written_ = next_;
  committed_ = next_;
}

std::vector<IoError> Log::take_errors() {
  return std::exchange(errors_, {});
}

Log::Status Log::status() const {
  Status status = counted_;
  status.bytes = state_.bytes() + (ahead_ ? ahead_->bytes : 0);
  status.segments = state_.segments().size() + (ahead_ ? 1 : 0);
  status.records = state_.live().size();
  status.record_bytes = state_.live_bytes();
  status.committed = committed_;
  status.oldest_since = state_.oldest_since();
  return status;
}

}  // namespace awps
