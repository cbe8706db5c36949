#pragma once

// Frame: what a segment is made of (README.md has its bytes).
//
// Pure; any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "spool/position.h"

namespace awps {

enum class FrameType : uint8_t {
  kRecords = 1,
  kReleased = 2,
  kReleasedBits = 3,
  kMoved = 4,
  kRunStart = 5,
  kSealed = 6,
  kKnownIds = 7,
};

struct FrameHeader {
  static constexpr size_t kBytes = 32;
  static constexpr uint8_t kLastOfGroup = 1;

  uint32_t payload_bytes = 0;
  FrameType type = FrameType::kRecords;
  uint8_t flags = 0;
  uint32_t count = 0;
  uint32_t group = 0;
  Position first = 0;

  /// Of the whole frame, with what fills it up.
  uint64_t frame_bytes() const { return (kBytes + uint64_t{payload_bytes} + 7) & ~uint64_t{7}; }
  friend bool operator==(const FrameHeader&, const FrameHeader&) = default;
};

/// This version cannot read the log: neither is the type known, nor may it be skipped.
bool is_of_newer_version(FrameType type);

inline constexpr size_t kMostPayloadBytes = size_t{64} << 10U;  // but for one larger record
/// What no frame exceeds; a header that says more is damaged.
inline constexpr uint32_t kAbsurdPayloadBytes = uint32_t{64} << 20U;

/// Appends header, payload and filling; `header.payload_bytes` is set.
void append_frame(std::string& out, FrameHeader header, std::string_view payload, uint32_t salt);

/// What the first 32 bytes say; nullopt: they begin no frame of this salt. The payload is not
/// checked.
std::optional<FrameHeader> read_frame_header(std::string_view bytes, uint32_t salt);
/// `frame`: header and payload. Is it as it was written?
bool is_sound_frame(std::string_view frame, uint32_t salt);

/// Of the records in the payload of kRecords. `visit(bytes)` for each; false: it is malformed.
template <typename Visit>
bool visit_records(std::string_view payload, uint32_t count, Visit visit);
/// Of a frame of kRecords: there are as many as it says, and at least one.
bool are_records(const FrameHeader& header, std::string_view payload);
/// Of a frame of any type, but for known ids (id_frames.h): it has what it says.
bool is_well_formed(const FrameHeader& header, std::string_view payload);
/// Of kMoved: `visit(position, bytes)`.
template <typename Visit>
bool visit_moved(std::string_view payload, uint32_t count, Visit visit);
/// Of kReleased and kReleasedBits: `visit(range)`.
template <typename Visit>
bool visit_released(const FrameHeader& header, std::string_view payload, Visit visit);

}  // namespace awps

#include "spool/frame_payload.h"
