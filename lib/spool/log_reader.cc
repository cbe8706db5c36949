#include "spool/log_reader.h"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace awps {

void LogReader::begin(Position position) {
  // Going on is what it mostly does; a frame before the cursor needs another look.
  if (position < position_) close();
  position_ = position;
}

void LogReader::close() {
  reader_.reset();
  file_.reset();
  segment_ = 0;
  elsewhere_ = {};
  moved_frame_.reset();
  moved_reader_.reset();
  moved_file_.reset();
  moved_segment_ = 0;
}

Result<void, IoError> LogReader::read(Position end, size_t max_bytes, const Visit& visit) {
  for (size_t bytes = 0; bytes < max_bytes;) {
    const std::optional<Position> wanted = state_.live().first_from(position_);
    if (!wanted || *wanted >= end) {
      position_ = std::max(position_, end);
      return {};
    }
    const Result<size_t, IoError> read = read_one(*wanted, end, visit);
    if (!read) return read.error();
    bytes += *read;
  }
  return {};
}

Result<size_t, IoError> LogReader::read_one(Position wanted, Position end, const Visit& visit) {
  const Segment* home = state_.home_of(wanted);
  if (home == nullptr) return read_moved(wanted, visit);
  const bool is_elsewhere = elsewhere_.first <= wanted && wanted < elsewhere_.end();
  if (is_elsewhere) return is_not_at_home(wanted, elsewhere_.end(), visit);
  return read_at_home(*home, wanted, end, visit);
}

// False: it was tried often enough.
bool LogReader::tries_again() {
  if (++tries_ < kMostTries) return true;
  tries_ = 0;
  return false;
}

// Of what was to be read at home: what was moved is elsewhere, too.
void LogReader::give_up(PositionRange range) {
  for (Position at = range.first; at < range.end();) {
    const std::optional<Position> live = state_.live().first_from(at);
    if (!live || *live >= range.end()) break;
    at = *live + 1;
    if (state_.moved().contains(*live)) continue;
    while (at < range.end() && state_.live().contains(at) && !state_.moved().contains(at)) ++at;
    lose({*live, at - *live});
  }
}

void LogReader::lose(PositionRange range) {
  lost_.push_back(range);
  // It is put aside when it goes, for whoever examines it.
  if (Segment* segment = state_.segment(state_.place_of(range.first))) segment->is_damaged = true;
  state_.release(range);
}

Result<void, IoError> LogReader::open_home(const Segment& home) {
  if (segment_ == home.number) {
    reader_->extend_to(home.end);
    return {};
  }
  close();
  Result<std::unique_ptr<File>, IoError> file = folder_.open_segment(home.number);
  if (!file) return file.error();
  file_ = std::move(*file);
  reader_.emplace(*file_, home.salt, SegmentHeader::kBytes, home.end);
  segment_ = home.number;
  return {};
}

// Returns how many bytes of records it visited; 0: the record is not there.
Result<size_t, IoError> LogReader::read_at_home(const Segment& home, Position wanted, Position end,
                                                const Visit& visit) {
  if (Result<void, IoError> opened = open_home(home); !opened) {
    // It is there, and may be opened another time: without descriptors it is not, for one.
    if (opened.error().code != ENOENT) return opened.error();
    return is_not_at_home(wanted, home.next, visit);
  }
  while (!reader_->at_end()) {
    std::optional<SegmentReader::Frame> frame = reader_->next();
    if (!frame && !reader_->failure()) frame = reader_->search();
    if (!frame && reader_->failure()) {
      if (tries_again() || !answers(*file_)) return *reader_->failure();
      reader_->skip_block();
      continue;
    }
    if (!frame) break;
    tries_ = 0;
    const FrameHeader& header = frame->header;
    const bool may_hold =
        header.type == FrameType::kRecords && header.first + header.count > wanted;
    // Recovery has passed over those that are malformed.
    if (!may_hold || !are_records(header, frame->payload)) continue;
    if (header.first > wanted) {
      // It was between this frame and the one before.
      reader_->skip_to(frame->at);
      return is_not_at_home(wanted, std::min(header.first, home.next), visit);
    }
    // Positions behind home.next, if there are any here, were given again.
    return visit_frame(*frame, std::min(end, home.next), visit);
  }
  return is_not_at_home(wanted, home.next, visit);
}

// Nor are those behind it, up to `end`.
Result<size_t, IoError> LogReader::is_not_at_home(Position wanted, Position end,
                                                  const Visit& visit) {
  elsewhere_ = {wanted, end - wanted};
  if (state_.moved().contains(wanted)) return read_moved(wanted, visit);
  give_up({wanted, end - wanted});
  return size_t{0};
}

size_t LogReader::visit_frame(const SegmentReader::Frame& frame, Position end, const Visit& visit) {
  Position at = frame.header.first;
  size_t bytes = 0;
  (void)visit_records(frame.payload, frame.header.count, [&](std::string_view record) {
    if (at >= position_ && at < end && state_.live().contains(at)) {
      bytes += record.size();
      visit(at, record);
    }
    ++at;
  });  // it is well-formed
  position_ = std::max(position_, std::min(end, frame.header.first + frame.header.count));
  return bytes;
}

Result<void, IoError> LogReader::open_moved(const Segment& segment) {
  if (moved_segment_ == segment.number) {
    moved_reader_->extend_to(segment.end);
    return {};
  }
  Result<std::unique_ptr<File>, IoError> file = folder_.open_segment(segment.number);
  if (!file) return file.error();
  moved_frame_.reset();
  moved_reader_.reset();
  moved_file_ = std::move(*file);
  moved_reader_.emplace(*moved_file_, segment.salt, SegmentHeader::kBytes, segment.end);
  moved_segment_ = segment.number;
  return {};
}

Result<size_t, IoError> LogReader::read_moved(Position wanted, const Visit& visit) {
  const MovedPlace place = state_.moved().at(wanted);
  const Segment* segment = state_.segment(place.segment);
  const Result<void, IoError> opened =
      segment != nullptr ? open_moved(*segment) : Result<void, IoError>();
  if (!opened && opened.error().code != ENOENT) return opened.error();
  if (segment == nullptr || !opened) {
    lose({wanted, 1});
    return size_t{0};
  }
  if (!moved_frame_ || moved_frame_->at != place.frame) {
    moved_reader_->skip_to(place.frame);
    moved_frame_ = moved_reader_->next();
    const bool has_failed = !moved_frame_ && moved_reader_->failure();
    if (has_failed && (tries_again() || !answers(*moved_file_))) return *moved_reader_->failure();
    tries_ = 0;
  }
  if (!moved_frame_ || moved_frame_->payload.size() < uint64_t{place.record} + place.length) {
    lose({wanted, 1});
    return size_t{0};
  }
  position_ = wanted + 1;
  visit(wanted, moved_frame_->payload.substr(place.record, place.length));
  return size_t{place.length};
}

}  // namespace awps
