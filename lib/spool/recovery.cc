#include "spool/recovery.h"

#include <algorithm>
#include <cerrno>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "spool/find_segments.h"
#include "spool/frame.h"
#include "spool/recovered_ids.h"
#include "spool/segment_reader.h"

namespace awps {

namespace {

using HeaderState = SegmentHeaderReading::State;

// A gap in the positions beyond this is no gap, but nonsense.
constexpr uint64_t kMostLost = uint64_t{1} << 26U;
constexpr size_t kMostLostRanges = 1000;
constexpr Position kMostFirst = Position{1} << 61U;  // nobody ever counts so far
constexpr int kMostUnreadable = 64;  // blocks; with more the disk is ill, and nobody judges by it

class Recoverer {
 public:
  Recoverer(Folder& folder, const LogOptions& options)
      : folder_(folder), options_(options), ids_(options) {}

  Result<RecoveredLog, LogOpenError> run(const LogProgress& progress);

 private:
  StoreId store_near(const std::vector<FoundSegment>& segments, size_t i) const;
  void begin_anew();
  void begin(const FoundSegment& segment);
  void take_back(Position next);
  Result<void, LogOpenError> read(const FoundSegment& segment, std::optional<uint64_t> valid_end);
  static std::optional<SegmentReader::Frame> next(SegmentReader& reader);
  std::optional<SegmentReader::Frame> next_sound(SegmentReader& reader);
  bool is_ill(File& file) const;
  bool pass_damage(const FoundSegment& segment, SegmentReader& reader, uint64_t bad);
  void note_damage(const FoundSegment& segment, uint64_t begin, uint64_t end);
  std::optional<uint64_t> later_group_behind(const FoundSegment& segment, uint64_t from);
  bool apply(const FoundSegment& segment, const SegmentReader::Frame& frame);
  bool apply_records(const SegmentReader::Frame& frame);
  bool apply_moved(const FoundSegment& segment, const SegmentReader::Frame& frame);
  void lose(PositionRange gap);
  void release(PositionRange range);
  uint64_t group_of(const FrameHeader& header) const;
  void leave_out(const FoundSegment& segment);
  void finish();

  Folder& folder_;
  const LogOptions& options_;
  RecoveredLog log_;
  RecoveredIds ids_;
  LiveSet lost_;
  std::vector<PositionRange> released_ahead_;  // of records that were not found so far
  uint64_t group_ = 0;             // of the last good frame, or that the next one should have
  bool group_is_complete_ = true;  // group_ has had its last frame
  bool knows_group_ = false;       // else the first frame says where groups begin
  bool knows_next_ = false;        // the same of positions
  uint64_t synced_until_ = 0;      // in the segment that is read: what lies before it was synced
  bool is_synced_ = false;         // for certain, the segment that is read
  int unreadable_ = 0;
  std::optional<IoError> failure_;
};

Result<RecoveredLog, LogOpenError> Recoverer::run(const LogProgress& progress) {
  Result<FoundSegments, LogOpenError> found = find_segments(folder_, options_);
  if (!found) return found.error();
  std::vector<FoundSegment>& segments = found->segments;
  log_.empty = std::move(found->empty);
  log_.put_aside = std::move(found->put_aside);
  log_.found.remarks = std::move(found->remarks);
  uint64_t all = 0;
  for (const FoundSegment& segment : segments) all += segment.bytes;
  log_.next_group = options_.first_group;
  group_ = options_.first_group - 1;
  uint64_t done = 0;
  for (size_t i = 0; i < segments.size(); ++i) {
    FoundSegment& segment = segments[i];
    Result<std::unique_ptr<File>, IoError> file = folder_.open(segment.name);
    if (!file && is_deleted(file.error(), options_)) {
      begin_anew();
      continue;
    }
    if (!file) return unreadable_log(file.error());
    segment.file = std::move(*file);
    if (segment.reading.state == HeaderState::kBad) {
      segment.reading.header = {.number = segment.number, .store = store_near(segments, i)};
    }
    begin(segment);
    const FoundSegment* after = i + 1 < segments.size() ? &segments[i + 1] : nullptr;
    // Only the last one's header may be torn: behind it another one was begun.
    synced_until_ = after == nullptr ? 0 : SegmentHeader::kBytes;
    // The run that wrote it has synced it all if it has begun the next one, too.
    is_synced_ = after != nullptr && after->reading.state == HeaderState::kGood &&
                 after->reading.header.run == segment.reading.header.run;
    const Result<void, LogOpenError> is_read = read(segment, end_by_next(segment, after));
    if (!is_read) return is_read.error();
    if (log_.state.segments().back().end == 0 && i + 1 == segments.size()) leave_out(segment);
    segment.file.reset();
    done += segment.bytes;
    progress(done, all);
  }
  finish();
  return std::move(log_);
}

// The oldest segment goes first: what was read so far is gone, too.
void Recoverer::begin_anew() {
  log_.state = LogState();
  ids_.clear();
  knows_next_ = false;
  log_.found.damaged.clear();
  lost_ = LiveSet();
  released_ahead_.clear();
}

// Of a segment without a good header, whose frames are told by the salt that it should have.
StoreId Recoverer::store_near(const std::vector<FoundSegment>& segments, size_t i) const {
  if (!log_.state.segments().empty()) return log_.state.segments().back().store;
  for (const FoundSegment& later : std::span(segments).subspan(i)) {
    if (later.reading.state == HeaderState::kGood) return later.reading.header.store;
  }
  return options_.store;
}

// ---- a segment

void Recoverer::begin(const FoundSegment& segment) {
  const bool is_good = segment.reading.state == HeaderState::kGood;
  SegmentHeader header = segment.reading.header;
  if (!is_good) header.next = log_.next;
  if (is_good && header.next > log_.next) {
    const PositionRange gap{log_.next, header.next - log_.next};
    if (knows_next_ && gap.count <= kMostLost) lose(gap);
    log_.next = header.next;
  }
  if (header.next < log_.next) take_back(header.next);
  knows_group_ |= is_good;
  knows_next_ |= is_good || segment.number == 1;  // there positions begin with 1
  if (is_good) {
    // Those of the same group may stand in two segments: see Log.
    group_ = std::clamp(group_, header.first_group - 1, header.first_group);
    group_is_complete_ = group_ < header.first_group;
    log_.next_run = std::max(log_.next_run, header.run + 1);
    log_.last_store = header.store;
  }
  log_.state.segments().push_back({.number = segment.number,
                                   .store = header.store,
                                   .salt = header.salt(),
                                   .bytes = segment.bytes,
                                   .first = log_.next,
                                   .next = log_.next});
  ids_.begin_segment();
  if (is_good) log_.state.mark_time(log_.next, header.begun);
}

// Whoever began the segment could not read those from `next` on, and gave their positions again.
void Recoverer::take_back(Position next) {
  log_.state.release({next, log_.next - next});
  ids_.take_back(next);
  for (Segment& segment : log_.state.segments()) {
    segment.first = std::min(segment.first, next);
    segment.next = std::min(segment.next, next);
  }
  log_.next = next;
}

// Reads that fail are tried again: what one failed read hides is no damage.
std::optional<SegmentReader::Frame> Recoverer::next(SegmentReader& reader) {
  std::optional<SegmentReader::Frame> frame = reader.next();
  for (int i = 1; !frame && reader.failure() && i < kSegmentReadTries; ++i) frame = reader.next();
  return frame;
}

// A block that cannot be read for good is damage.
std::optional<SegmentReader::Frame> Recoverer::next_sound(SegmentReader& reader) {
  std::optional<SegmentReader::Frame> frame = reader.search();
  int tries = 1;
  while (!frame && reader.failure() && unreadable_ <= kMostUnreadable) {
    if (tries++ % kSegmentReadTries == 0) {
      ++unreadable_;
      failure_ = reader.failure();
      reader.skip_block();
    }
    frame = reader.next();
    if (!frame && !reader.failure()) frame = reader.search();
  }
  return frame;
}

Result<void, LogOpenError> Recoverer::read(const FoundSegment& segment,
                                           std::optional<uint64_t> valid_end) {
  Segment& known = log_.state.segments().back();
  const uint64_t end = std::min(valid_end.value_or(segment.bytes), segment.bytes);
  synced_until_ = valid_end.value_or(synced_until_);
  SegmentReader reader(*segment.file, known.salt, SegmentHeader::kBytes, end);
  bool goes_on = true;
  if (segment.reading.state == HeaderState::kBad) {
    goes_on = pass_damage(segment, reader, 0);
  } else {
    known.end = std::min<uint64_t>(SegmentHeader::kBytes, end);
  }
  while (goes_on && !reader.at_end()) {
    const std::optional<SegmentReader::Frame> frame = next(reader);
    if (frame && is_of_newer_version(frame->header.type)) return newer_log(segment.name);
    if (frame && apply(segment, *frame)) {
      known.end = reader.at();
    } else {
      goes_on = pass_damage(segment, reader, frame ? frame->at : reader.at());
    }
    if (is_ill(*segment.file)) return unreadable_log(*failure_);
  }
  if (!valid_end) return {};
  known.end = end;
  if (*valid_end > segment.bytes) note_damage(segment, segment.bytes, *valid_end);
  return {};
}

// Damage is what cannot be read where other places can.
bool Recoverer::is_ill(File& file) const {
  return failure_ && (unreadable_ > kMostUnreadable || !answers(file));
}

// At `bad` there is no good frame. True: the reader stands before the next one, which is read, too.
// False: the log ends at `bad`, or nothing good follows in what is valid.
bool Recoverer::pass_damage(const FoundSegment& segment, SegmentReader& reader, uint64_t bad) {
  const uint64_t before = std::max<uint64_t>(bad, SegmentHeader::kBytes - 8);
  // What cannot be read is not torn: nobody knows what stands there.
  if (bad >= synced_until_ && !reader.failure()) {
    const std::optional<uint64_t> later = later_group_behind(segment, before);
    if (!later) return false;
    synced_until_ = *later;
  }
  reader.skip_to(before);
  const std::optional<SegmentReader::Frame> frame = next_sound(reader);
  note_damage(segment, bad, frame ? frame->at : reader.end());
  if (frame) reader.skip_to(frame->at);
  return frame.has_value();
}

void Recoverer::note_damage(const FoundSegment& segment, uint64_t begin, uint64_t end) {
  log_.state.segments().back().is_damaged = true;
  log_.found.damaged.push_back({.file = segment.name, .offset = begin, .bytes = end - begin});
}

// Where the first good frame behind `from` is that belongs to a later group than what is torn.
std::optional<uint64_t> Recoverer::later_group_behind(const FoundSegment& segment, uint64_t from) {
  std::optional<uint64_t> torn;
  const bool is_known =
      segment.reading.state == HeaderState::kGood || from >= SegmentHeader::kBytes;
  if (is_known) torn = group_is_complete_ ? group_ + 1 : group_;
  SegmentReader ahead(*segment.file, log_.state.segments().back().salt, from, segment.bytes);
  std::optional<SegmentReader::Frame> frame = next_sound(ahead);
  while (frame) {
    const uint64_t group = group_of(frame->header);
    if (!torn) torn = group;  // the first frame's: it was written with the header
    if (static_cast<int64_t>(group - *torn) > 0) return frame->at;
    frame = next(ahead);
    if (!frame) frame = next_sound(ahead);
  }
  return std::nullopt;
}

// ---- a frame

uint64_t Recoverer::group_of(const FrameHeader& header) const {
  const uint32_t difference = header.group - static_cast<uint32_t>(group_);
  if (!knows_group_) return group_ + difference;
  return group_ + static_cast<uint64_t>(int64_t{static_cast<int32_t>(difference)});
}

// False: it is not what it should be at this place.
bool Recoverer::apply(const FoundSegment& segment, const SegmentReader::Frame& frame) {
  const uint64_t group = group_of(frame.header);
  const bool goes_back =
      static_cast<int64_t>(group - group_) < 0 || (group == group_ && group_is_complete_);
  if (goes_back && knows_group_) return false;
  bool is_good = true;
  switch (frame.header.type) {
    case FrameType::kRecords:
      is_good = apply_records(frame);
      break;
    case FrameType::kMoved:
      is_good = apply_moved(segment, frame);
      break;
    case FrameType::kReleased:
    case FrameType::kReleasedBits:
      is_good = visit_released(frame.header, frame.payload,
                               [this](PositionRange range) { release(range); });
      break;
    default:
      break;
  }
  if (!is_good || !ids_.take(frame.header, frame.payload, log_.state)) return false;
  group_ = group;
  knows_group_ = true;
  group_is_complete_ = (frame.header.flags & FrameHeader::kLastOfGroup) != 0;
  return true;
}

bool Recoverer::apply_records(const SegmentReader::Frame& frame) {
  const FrameHeader& header = frame.header;
  Position next = log_.next;
  if (!knows_next_) next = std::max(next, std::min(header.first, kMostFirst));
  if (header.first < next || header.first - next > kMostLost) return false;
  uint64_t bytes = 0;
  const bool is_good = visit_records(frame.payload, header.count,
                                     [&](std::string_view record) { bytes += record.size(); });
  if (!is_good || header.count == 0) return false;
  if (header.first > next) lose({next, header.first - next});
  knows_next_ = true;
  log_.state.add({header.first, header.count}, bytes);
  log_.next = header.first + header.count;
  return true;
}

void Recoverer::release(PositionRange range) {
  if (range.count == 0 || range.end() < range.first) return;
  log_.state.release(range);
  lost_.remove(range);
  if (range.end() <= log_.next) return;
  const bool follows = knows_next_ && range.first <= log_.next && range.end() <= kMostFirst;
  if (follows) return void(log_.next = range.end());  // it was only reserved
  released_ahead_.push_back(range);
}

// What was released before the gap is seen is no loss.
void Recoverer::lose(PositionRange gap) {
  lost_.add(gap);
  for (const PositionRange range : released_ahead_) lost_.remove(range);
  released_ahead_.clear();
}

bool Recoverer::apply_moved(const FoundSegment& segment, const SegmentReader::Frame& frame) {
  return visit_moved(
      frame.payload, frame.header.count, [&](Position position, std::string_view record) {
        if (!knows_next_ && position < kMostFirst) log_.next = std::max(log_.next, position + 1);
        if (position >= log_.next) return;  // never written by us
        // After a sync that failed it may be in memory alone: where it was is not given up for it.
        if (!is_synced_ && log_.state.live().contains(position)) return;
        const auto place = static_cast<uint32_t>(record.data() - frame.payload.data());
        log_.state.restore(position, {.segment = segment.number,
                                      .frame = frame.at,
                                      .record = place,
                                      .length = static_cast<uint32_t>(record.size())});
        lost_.remove({position, 1});
      });
}

// The last one, in which nothing is valid. Where no frame is sound, a power cut has torn its first
// write; else it may be worth a look.
void Recoverer::leave_out(const FoundSegment& segment) {
  SegmentReader reader(*segment.file, log_.state.segments().back().salt, SegmentHeader::kBytes - 8,
                       segment.bytes);
  const bool has_frames = next_sound(reader).has_value();
  (has_frames ? log_.unused : log_.empty).push_back(segment.name);
  log_.state.segments().pop_back();
}

void Recoverer::finish() {
  LogState& state = log_.state;
  log_.found.known_ids = ids_.finish();
  // A new log goes on behind the damaged segments that are kept: no name is given twice.
  for (const std::string& name : log_.put_aside) {
    const auto number = segment_number(name.substr(0, name.rfind('.')), options_.kind);
    log_.next_segment = std::max(log_.next_segment, number.value_or(0) + 1);
  }
  if (!state.segments().empty()) log_.next_segment = state.segments().back().number + 1;
  log_.next_group = std::max(log_.next_group, group_ + 1);
  log_.found.segments = state.segments().size();
  log_.found.bytes = state.bytes();
  log_.found.records = state.live().size();
  log_.found.lost_records = lost_.size();
  for (auto at = lost_.first_from(0); at && log_.found.lost.size() < kMostLostRanges;) {
    const Position end = lost_.first_gap_from(*at);
    log_.found.lost.push_back({*at, end - *at});
    at = lost_.first_from(end);
  }
  // What it has nothing of may go anywhere.
  log_.found.other_store = log_.found.records > 0 && log_.last_store != options_.store;
}

}  // namespace

Result<RecoveredLog, LogOpenError> recover(FileSystem& files, const LogOptions& options,
                                           const LogProgress& progress) {
  const Result<std::unique_ptr<Folder>, IoError> folder = files.open_folder(options.folder);
  if (folder) return Recoverer(**folder, options).run(progress);
  if (folder.error().code == EPERM) return not_ours_error(options.folder);
  if (folder.error().code != ENOENT) return unreadable_log(folder.error());
  return RecoveredLog{.next_group = options.first_group};
}

}  // namespace awps
