#include "spool/frame.h"

#include "base/check.h"

namespace awps {

namespace {

constexpr uint32_t kMagic = 0x4D415246;  // "FRAM"
constexpr size_t kChecked = 8;           // the checksum begins here
constexpr uint8_t kFirstTypeToSkip = 128;

}  // namespace

void append_frame(std::string& out, FrameHeader header, std::string_view payload, uint32_t salt) {
  AWPS_CHECK(payload.size() <= kAbsurdPayloadBytes);
  header.payload_bytes = static_cast<uint32_t>(payload.size());
  const size_t begin = out.size();
  AWPS_CHECK(begin % 8 == 0);
  out.append(FrameHeader::kBytes, '\0');
  char* head = out.data() + begin;
  put_number(head, kMagic ^ salt);
  put_number(head + 8, header.payload_bytes);
  put_number(head + 12, static_cast<uint8_t>(header.type));
  put_number(head + 13, header.flags);
  put_number(head + 16, header.count);
  put_number(head + 20, header.group);
  put_number(head + 24, header.first);
  out += payload;
  const std::string_view checked = std::string_view(out).substr(begin + kChecked);
  put_number(out.data() + begin + 4, crc32c(checked, salt));
  out.append(header.frame_bytes() - FrameHeader::kBytes - payload.size(), '\0');
}

std::optional<FrameHeader> read_frame_header(std::string_view bytes, uint32_t salt) {
  if (bytes.size() < FrameHeader::kBytes) return std::nullopt;
  if (get_number<uint32_t>(bytes, 0) != (kMagic ^ salt)) return std::nullopt;
  FrameHeader header;
  header.payload_bytes = get_number<uint32_t>(bytes, 8);
  header.type = static_cast<FrameType>(get_number<uint8_t>(bytes, 12));
  header.flags = get_number<uint8_t>(bytes, 13);
  header.count = get_number<uint32_t>(bytes, 16);
  header.group = get_number<uint32_t>(bytes, 20);
  header.first = get_number<uint64_t>(bytes, 24);
  if (header.payload_bytes > kAbsurdPayloadBytes) return std::nullopt;
  return header;
}

bool is_sound_frame(std::string_view frame, uint32_t salt) {
  return crc32c(frame.substr(kChecked), salt) == get_number<uint32_t>(frame, 4);
}

bool are_records(const FrameHeader& header, std::string_view payload) {
  return header.count > 0 && visit_records(payload, header.count, [](std::string_view) {});
}

bool is_well_formed(const FrameHeader& header, std::string_view payload) {
  switch (header.type) {
    case FrameType::kRecords:
      return are_records(header, payload);
    case FrameType::kMoved:
      return visit_moved(payload, header.count, [](Position, std::string_view) {});
    case FrameType::kReleased:
    case FrameType::kReleasedBits:
      return visit_released(header, payload, [](PositionRange) {});
    default:
      return true;
  }
}

bool is_of_newer_version(FrameType type) {
  const bool is_known = type >= FrameType::kRecords && type <= FrameType::kKnownIds;
  return !is_known && static_cast<uint8_t>(type) < kFirstTypeToSkip;
}

}  // namespace awps
