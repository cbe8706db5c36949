// What a log does with its segments: it begins and abandons them, makes them ahead of time, takes
// old ones away, and moves what keeps them alive. See log.h.

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/fault_point.h"
#include "spool/log.h"

namespace awps {

namespace {

constexpr size_t kMostMoved = size_t{1} << 20U;  // bytes of one group
constexpr size_t kMostMovedAgain = 1024;         // records
constexpr int kMostIdMoves = 4;                  // each reads IdReader::kMostAtOnce at most
constexpr uint64_t kSmallSegment = uint64_t{256} << 10U;
constexpr Duration kAfterFailure = std::chrono::seconds(1);

}  // namespace

// ---- segments

Result<void, Log::CommitError> Log::ensure_segment(uint64_t bytes, WallTime now) {
  const bool is_ours = active_ && active_->header().store == store_;
  if (is_ours && active_->room() >= bytes) return {};
  const uint64_t needed = bytes + SegmentHeader::kBytes;
  // Releases make room, and what is kept at the end has no other place.
  const bool may_exceed = !group_.has_records() || kept_before_.has_value();
  const bool has_ahead = ahead_ && ahead_->bytes >= needed;
  const uint64_t size = size_for(needed);
  if (const auto full = no_room_for(size); full && !has_ahead && !may_exceed) {
    lacking_ = size;
    return CommitError{.kind = *full};
  }
  if (ahead_ && !has_ahead) remove_ahead();
  if (!ahead_) {
    Result<Ahead, CommitError> made =
        make_segment(may_exceed ? size_beyond(needed) : size, may_exceed);
    if (!made && !may_exceed) lacking_ = size;
    if (!made) return made.error();
    ahead_ = std::move(*made);
  }
  // Not before: where there is no room for another one, this one may have some for releases.
  if (active_) {
    if (Result<void, IoError> closed = close_active(); !closed) {
      (void)failed(closed.error());
      abandon_active();
      bytes = bytes_to_write();
      return ensure_segment(bytes, now);
    }
  }
  begin_segment(std::move(*ahead_), now);
  ahead_.reset();
  return {};
}

// What was written to it without a sync is synced: the next segment says that it is valid.
Result<void, IoError> Log::close_active() {
  if (active_->has_unsynced()) {
    if (Result<void, IoError> synced = active_->sync(); !synced) return synced;
    unsynced_.clear();
  }
  active_.reset();
  return {};
}

// Each has twice the bytes of the one before.
uint64_t Log::next_size() const {
  const uint64_t most = std::max(options_.segment_bytes, options_.first_segment_bytes);
  return std::clamp(2 * last_size_, options_.first_segment_bytes, most);
}

// A small one where there is no room for that.
uint64_t Log::size_for(uint64_t needed) const {
  const uint64_t size = std::max(needed, next_size());
  return no_room_for(size) ? std::max(needed, options_.first_segment_bytes) : size;
}

// The same for what may exceed the limits.
uint64_t Log::size_beyond(uint64_t needed) const {
  const uint64_t size = size_for(needed);
  return lacks_room_for(size) ? std::max(needed, kSmallSegment) : size;
}

std::optional<Log::CommitError::Kind> Log::no_room_for(uint64_t bytes) const {
  const uint64_t own = state_.bytes() + (ahead_ ? ahead_->bytes : 0);
  if (options_.max_bytes > 0 && own + bytes > options_.max_bytes)
    return CommitError::Kind::kHubFull;
  switch (space_.room_for(bytes)) {
    case SpoolSpace::Room::kFree:
      return std::nullopt;
    case SpoolSpace::Room::kSpoolFull:
      return CommitError::Kind::kSpoolFull;
    case SpoolSpace::Room::kDiskFull:
      return CommitError::Kind::kDiskFull;
  }
  return std::nullopt;
}

// Also as far as attempts have told.
bool Log::lacks_room_for(uint64_t bytes) const {
  return refused_ > 0 || no_room_for(bytes).has_value();
}

std::optional<Log::CommitError::Kind> Log::full_for(uint64_t bytes) {
  const uint64_t here = (active_ ? active_->room() : 0) + (ahead_ ? ahead_->bytes : 0);
  lacking_ = 0;
  if (here >= bytes + 2 * SegmentHeader::kBytes) return std::nullopt;
  const uint64_t size = size_for(bytes + SegmentHeader::kBytes);
  const std::optional<CommitError::Kind> full = no_room_for(size);
  if (full) lacking_ = size;
  return full;
}

// `may_exceed`: the limits do not hold, since it makes room.
Result<Log::Ahead, Log::CommitError> Log::make_segment(uint64_t bytes, bool may_exceed) {
  if (const std::optional<CommitError::Kind> full = no_room_for(bytes); full && !may_exceed) {
    return CommitError{.kind = *full};
  }
  const uint64_t number = next_segment_;
  Result<std::unique_ptr<File>, IoError> file = folder_.make_segment(number, bytes);
  if (!file) {
    // Found out by the attempt, where what is free does not say it: a quota, say.
    if (!means_full(file.error())) return failed(file.error());
    refused_ = bytes;
    return CommitError{.kind = CommitError::Kind::kDiskFull};
  }
  refused_ = 0;
  space_.took(bytes);
  return Ahead{.number = number, .bytes = bytes, .file = std::move(*file)};
}

void Log::begin_segment(Ahead made, WallTime now) {
  std::deque<Segment>& segments = state_.segments();
  const bool is_next = !segments.empty() && segments.back().number + 1 == made.number;
  const SegmentHeader header{.number = made.number,
                             .store = store_,
                             .kind = options_.kind,
                             .next = written_,
                             .previous_end = is_next ? segments.back().end : 0,
                             .begun = now,
                             .first_group = group_number_,
                             .run = run_};
  segments.push_back({.number = made.number,
                      .store = header.store,
                      .salt = header.salt(),
                      .bytes = made.bytes,
                      .first = written_,
                      .next = written_});
  active_.emplace(std::move(made.file), header, made.bytes);
  next_segment_ = made.number + 1;
  last_size_ = made.bytes;
  lacking_ = 0;
}

// Never to be touched again. What its last sync covers is valid: the next segment says so.
void Log::abandon_active() {
  Segment& segment = state_.segments().back();
  segment.end = active_->synced_end();
  const bool is_void = segment.end == 0;
  active_.reset();
  group_.release(std::exchange(unsynced_, {}));
  if (!is_void) return;
  // Its number is used once more: the segment before must be spoken of by a header that is there.
  (void)folder_.remove(segment.number);  // else make_segment() does
  space_.gave_back(segment.bytes);
  next_segment_ = segment.number;
  state_.segments().pop_back();
  if (ahead_) remove_ahead();
}

// ---- housekeeping

void Log::tend(WallTime now, bool is_idle) {
  if (failed_at_ && now >= *failed_at_ && now - *failed_at_ < kAfterFailure) return;
  const size_t errors = errors_.size();
  drop_empty();
  if (state_.wants_moving()) move_some(now);
  for (int i = 0; i < kMostIdMoves && errors_.size() == errors && must_move_ids(); ++i) {
    move_ids(now);
  }
  while (is_full_of_ids() && remove_first()) {
  }
  const bool nothing_lives = state_.live().size() == 0;
  const bool is_written = group_.empty() && unsynced_.empty();
  if (is_idle && nothing_lives && is_written && !state_.keeps_ids()) {
    remove_all();
  } else if (!is_idle || !nothing_lives) {
    make_ahead();
  }
  failed_at_ = errors_.size() == errors ? std::nullopt : std::optional(now);
}

bool Log::remove_first() {
  const Segment& first = state_.segments().front();
  pass(FaultPoint::kBeforeUnlink);
  Result<void, IoError> gone =
      first.is_damaged ? folder_.put_aside(first.number) : folder_.remove(first.number);
  if (!gone) {
    (void)failed(gone.error());
    return false;
  }
  pass(FaultPoint::kAfterUnlink);
  refused_ = 0;
  space_.gave_back(first.bytes);
  state_.drop_first();
  return true;
}

void Log::drop_empty() {
  while (state_.to_go() != nullptr) {
    if (!remove_first()) return;
  }
}

// What lives in the first segment is written once more, a part of it each time.
void Log::move_some(WallTime now) {
  if (group_.has_records() || group_.has_moved()) return;  // a commit of theirs has failed
  const Segment& first = state_.segments().front();
  LogReader reader(folder_, state_);
  const auto move = [&](Position position, std::string_view record) {
    if (state_.is_in(first, position)) group_.move(position, record);
  };
  for (const Position position : state_.moved_to(first, kMostMovedAgain)) {
    reader.begin(position);
    if (!reader.read(position + 1, 1, move)) break;
  }
  move_from_ = std::max(move_from_, first.first);
  reader.begin(move_from_);
  if (first.live > 0 && reader.read(first.next, kMostMoved, move)) move_from_ = reader.position();
  for (const PositionRange& range : reader.take_lost()) lost_.push_back(range);
  if (group_.has_moved() && commit(now)) pass(FaultPoint::kMovedSynced);  // else they stay in it
}

// Also where there is no room for another segment, unless they are most of what stands in it: then
// that was done before. Not where they have no place either.
bool Log::must_move_ids() const {
  if (state_.segments().empty()) return false;
  const Segment& first = state_.segments().front();
  if (!first.is_empty() || !state_.keeps_ids(first)) return false;
  const bool is_alone = state_.segments().size() == 1;
  const bool has_place = ahead_ || (!is_alone && active_ && active_->room() >= bytes_for_ids());
  const uint64_t made = size_beyond(SegmentHeader::kBytes + bytes_for_ids());
  if (!has_place && refused_ > 0 && made >= refused_) return false;
  if (state_.wants_moving_ids()) return true;
  const uint64_t id_bytes = first.ids * IdFrames::kIdBytes;
  const bool is_thin = first.end > SegmentHeader::kBytes + 4 * id_bytes;
  if (!is_thin || !lacks_room_for(std::max(next_size(), lacking_))) return false;
  if (has_place || !is_alone || made < first.bytes) return true;
  // A segment as large, and emptier, is for what waits alone: else each commit would make one.
  return lacking_ > 0 && first.end > first.bytes / 2;
}

// Then those of the first segment are given up: what waits for room is worth more.
bool Log::is_full_of_ids() const {
  if (state_.segments().size() < 2 || lacking_ == 0 || must_move_ids()) return false;
  const Segment& first = state_.segments().front();
  return first.is_empty() && state_.keeps_ids(first) && lacks_room_for(lacking_);
}

// Of the first segment, written once more.
uint64_t Log::bytes_for_ids() const {
  const uint64_t bytes = state_.segments().front().ids * IdFrames::kIdBytes;
  const uint64_t frames = 2 + bytes / (kMostPayloadBytes - IdFrames::kIdBytes);
  return bytes + frames * (FrameHeader::kBytes + 8);
}

// The ids of the first segment that count are written once more, a part of it each time. It may be
// the one that is written to.
void Log::move_ids(WallTime now) {
  if (group_.has_records() || group_.has_moved()) return;  // a commit of theirs has failed
  if (active_ && state_.segments().size() == 1) {
    // Not before there is another one: what is left of it would be lost.
    if (!ahead_) {
      Result<Ahead, CommitError> made =
          make_segment(size_beyond(SegmentHeader::kBytes + bytes_for_ids()), /*may_exceed=*/true);
      if (!made) return;
      ahead_ = std::move(*made);
    }
    if (Result<void, IoError> closed = close_active(); !closed) {
      (void)failed(closed.error());
      return abandon_active();
    }
  }
  Segment& first = state_.segments().front();
  const uint64_t number = first.number;
  const Result<bool, IoError> read = id_reader_.read(first, [this](const KnownId& id) {
    if (id.accepted_at >= state_.ids_since() && knows_id_(id.hash)) group_.move(id);
  });
  if (!read) return (void)failed(read.error());
  first.is_damaged |= id_reader_.has_found_damage();
  if (group_.has_moved()) {
    // Those of a commit that fails stay in the group: this part of the segment is not read again.
    if (commit(now)) pass(FaultPoint::kMovedSynced);
  }
  if (!*read || group_.has_moved()) return;
  id_reader_.close();
  if (state_.segments().front().number == number) state_.segments().front().ids = 0;
  drop_empty();
}

Result<void, IoError> Log::look(Position& from, size_t max_bytes, const Visit& visit) {
  looker_.begin(from);
  Result<void, IoError> done = looker_.read(committed_, max_bytes, visit);
  from = looker_.position();
  for (const PositionRange& range : looker_.take_lost()) lost_.push_back(range);
  return done;
}

std::vector<PositionRange> Log::take_lost() {
  std::vector<PositionRange> lost = reader_.take_lost();
  lost.insert(lost.end(), lost_.begin(), lost_.end());
  lost_.clear();
  return lost;
}

void Log::make_ahead() {
  if (options_.kind == SegmentHeader::kLetters) return;
  // Where one was refused, the next try is that of whoever needs it.
  if (!active_ || ahead_ || refused_ > 0 || !active_->is_half_full()) return;
  Result<Ahead, CommitError> made = make_segment(next_size(), /*may_exceed=*/false);
  if (made) ahead_ = std::move(*made);
}

void Log::remove_ahead() {
  (void)folder_.remove(ahead_->number);  // else make_segment() does
  space_.gave_back(ahead_->bytes);
  ahead_.reset();
}

void Log::remove_all() {
  reader_.close();
  looker_.close();
  id_reader_.close();
  if (ahead_) remove_ahead();
  active_.reset();
  while (state_.segments().size() > (options_.keeps_last ? 1U : 0U)) {
    if (!remove_first()) return;
  }
  last_size_ = 0;
  (void)folder_.sync_removals();  // else the last one may come back, with all of its releases
  folder_.close();
}

}  // namespace awps
