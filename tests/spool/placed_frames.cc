#include "tests/spool/placed_frames.h"

#include <string_view>

#include "spool/segment_header.h"

namespace awps {

std::vector<PlacedFrame> frames_in(const std::string& path, const std::string& bytes) {
  const uint32_t salt = read_segment_header(bytes).header.salt();
  std::vector<PlacedFrame> frames;
  uint64_t at = SegmentHeader::kBytes;
  while (const auto header = read_frame_header(std::string_view(bytes).substr(at), salt)) {
    const std::string_view frame =
        std::string_view(bytes).substr(at, FrameHeader::kBytes + header->payload_bytes);
    if (!is_sound_frame(frame, salt)) break;
    PlacedFrame placed{.path = path, .at = at, .header = *header};
    for (uint32_t i = 0; header->type == FrameType::kRecords && i < header->count; ++i) {
      placed.records.insert(header->first + i);
    }
    if (header->type == FrameType::kReleased || header->type == FrameType::kReleasedBits) {
      visit_released(*header, frame.substr(FrameHeader::kBytes), [&](PositionRange range) {
        for (Position p = range.first; p < range.end(); ++p) placed.released.insert(p);
      });
    }
    frames.push_back(placed);
    at = placed.end();
  }
  return frames;
}

}  // namespace awps
