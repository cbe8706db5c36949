#pragma once

// SegmentHeader: the first 4,096 bytes of a segment (README.md has them), and a segment's name.
//
// Pure; any thread.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "spool/position.h"

namespace awps {

/// Whose records they are: a hash of the hub and of the host of the service that it goes to.
using StoreId = std::array<uint8_t, 16>;
StoreId store_id_of(std::string_view hub, std::string_view host);

struct SegmentHeader {
  static constexpr size_t kBytes = 4096;
  static constexpr uint32_t kLog = 1;      // of `kind`: what its records are
  static constexpr uint32_t kLetters = 2;  // dead letters

  uint64_t number = 0;
  StoreId store{};
  uint32_t kind = kLog;
  Position next = 1;          // when it was begun
  uint64_t previous_end = 0;  // of what is valid in the segment before
  WallTime begun{};
  uint64_t first_group = 1;
  uint32_t run = 1;

  uint32_t salt() const;
  friend bool operator==(const SegmentHeader&, const SegmentHeader&) = default;
};

std::string to_bytes(const SegmentHeader& header);

struct SegmentHeaderReading {
  enum class State : uint8_t { kGood, kEmpty, kBad, kNewer };
  State state = State::kBad;
  SegmentHeader header{};  // if it is good
};
/// kEmpty: nothing but zeros, or nothing at all.
SegmentHeaderReading read_segment_header(std::string_view bytes);

/// "log-%016x.seg", or "letters-%016x.seg"
std::string segment_name(uint64_t number, uint32_t kind = SegmentHeader::kLog);
/// The number of such a name; nullopt: it is none of this kind.
std::optional<uint64_t> segment_number(std::string_view name, uint32_t kind = SegmentHeader::kLog);
/// The same with ".damaged" behind, of one that was put aside.
std::string damaged_name(uint64_t number, uint32_t kind = SegmentHeader::kLog);
bool is_damaged_name(std::string_view name, uint32_t kind = SegmentHeader::kLog);

}  // namespace awps
