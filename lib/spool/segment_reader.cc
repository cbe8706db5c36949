#include "spool/segment_reader.h"

#include <algorithm>
#include <array>

namespace awps {

std::string_view SegmentReader::bytes_at(uint64_t offset, size_t bytes) {
  const uint64_t most = offset >= end_ ? 0 : end_ - offset;
  bytes = static_cast<size_t>(std::min<uint64_t>(bytes, most));
  const bool is_there = offset >= piece_at_ && offset + bytes <= piece_at_ + piece_.size();
  if (!is_there) {
    piece_.resize(static_cast<size_t>(std::min<uint64_t>(std::max(bytes, kPieceBytes), most)));
    piece_at_ = offset;
    const Result<size_t, IoError> read = file_.read(offset, {piece_.data(), piece_.size()});
    if (!read) failure_ = read.error();
    piece_.resize(read ? *read : 0);
  }
  return std::string_view(piece_).substr(offset - piece_at_, bytes);
}

std::optional<SegmentReader::Frame> SegmentReader::frame_at(uint64_t offset) {
  const std::optional<FrameHeader> header =
      read_frame_header(bytes_at(offset, FrameHeader::kBytes), salt_);
  if (!header || header->frame_bytes() > end_ - offset) return std::nullopt;
  const size_t checked = FrameHeader::kBytes + header->payload_bytes;
  const std::string_view frame = bytes_at(offset, checked);
  if (frame.size() < checked || !is_sound_frame(frame, salt_)) return std::nullopt;
  return Frame{.at = offset, .header = *header, .payload = frame.substr(FrameHeader::kBytes)};
}

std::optional<SegmentReader::Frame> SegmentReader::next() {
  failure_.reset();
  std::optional<Frame> frame = frame_at(at_);
  if (frame) at_ += frame->header.frame_bytes();
  return frame;
}

std::optional<SegmentReader::Frame> SegmentReader::search() {
  failure_.reset();
  static constexpr uint64_t kStep = 8;
  for (at_ += kStep; at_ + FrameHeader::kBytes <= end_; at_ += kStep) {
    // What follows is mostly zeros, or payload: only what looks like a header is examined.
    const std::string_view head = bytes_at(at_, FrameHeader::kBytes);
    if (failure_ || head.size() < FrameHeader::kBytes) break;
    if (!read_frame_header(head, salt_)) continue;
    if (std::optional<Frame> frame = frame_at(at_)) {
      at_ += frame->header.frame_bytes();
      return frame;
    }
    if (failure_) break;
  }
  return std::nullopt;
}

bool answers(File& file) {
  std::array<char, FrameHeader::kBytes> bytes{};
  return file.read(0, bytes).ok();
}

}  // namespace awps
