#include "spool/id_reader.h"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace awps {

void IdReader::close() {
  reader_.reset();
  file_.reset();
  segment_ = 0;
  tries_ = 0;
}

Result<void, IoError> IdReader::open(const Segment& segment) {
  if (segment_ == segment.number) {
    reader_->extend_to(segment.end);
    return {};
  }
  close();
  Result<std::unique_ptr<File>, IoError> file = folder_.open_segment(segment.number);
  if (!file) return file.error();
  file_ = std::move(*file);
  reader_.emplace(*file_, segment.salt, SegmentHeader::kBytes, segment.end);
  frames_ = IdFrames();
  group_.reset();
  next_ = segment.first;
  is_damaged_ = false;
  segment_ = segment.number;
  return {};
}

// By the rules of recovery. False: it is not what it should be at this place.
bool IdReader::take(const SegmentReader::Frame& frame) {
  const FrameHeader& header = frame.header;
  if (group_) {
    const auto ahead = static_cast<int32_t>(header.group - *group_);
    if (ahead < 0 || (ahead == 0 && group_is_complete_)) return false;
  }
  const bool has_records = header.type == FrameType::kRecords;
  if (has_records && header.first < next_) return false;
  if (!is_well_formed(header, frame.payload)) return false;
  if (!frames_.take(header, frame.payload)) return false;
  if (has_records) next_ = header.first + header.count;
  group_ = header.group;
  group_is_complete_ = (header.flags & FrameHeader::kLastOfGroup) != 0;
  return true;
}

Result<bool, IoError> IdReader::read(const Segment& segment, const Visit& visit) {
  if (Result<void, IoError> opened = open(segment); !opened) {
    if (opened.error().code == ENOENT) return true;  // somebody has deleted it
    return opened.error();
  }
  const uint64_t end = reader_->at() + kMostAtOnce;
  while (!reader_->at_end()) {
    if (reader_->at() >= end) return false;
    std::optional<SegmentReader::Frame> frame = reader_->next();
    if (!frame && !reader_->failure()) {
      is_damaged_ = true;
      frame = reader_->search();
    }
    if (!frame && reader_->failure()) {
      if (++tries_ < kMostTries || !answers(*file_)) return *reader_->failure();
      tries_ = 0;
      is_damaged_ = true;
      reader_->skip_block();
      continue;
    }
    if (!frame) break;
    tries_ = 0;
    if (!take(*frame)) {
      is_damaged_ = true;
      continue;
    }
    // Of records behind `next` the positions were given again: they are not there.
    if (frames_.end() > segment.next) continue;
    for (KnownId id : frames_.ids()) {
      id.accepted_at = std::min(id.accepted_at, segment.newest_id);
      visit(id);
    }
  }
  return true;
}

}  // namespace awps
