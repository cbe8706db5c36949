#pragma once

// SegmentReader: the frames of one segment, one after the other.
//
// 1. It gives out sound frames alone. Where there is none, it says so, and may search for the next.
// 2. Nothing behind `end` is looked at.
//
// One thread. It reads the file in pieces of kPieceBytes, and keeps one.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "spool/file.h"
#include "spool/frame.h"
#include "spool/io_error.h"

namespace awps {

class SegmentReader {
 public:
  static constexpr size_t kPieceBytes = size_t{1} << 20U;

  /// From `begin` to `end`, offsets in `file`, which outlives this object.
  SegmentReader(File& file, uint32_t salt, uint64_t begin, uint64_t end)
      : file_(file), salt_(salt), at_(begin), end_(end) {}

  struct Frame {
    uint64_t at = 0;
    FrameHeader header;
    std::string_view payload;  // until the next call
  };
  /// The next frame; nullopt: at at() there is none. Then failure() says whether the disk is why.
  std::optional<Frame> next();
  /// After a next() that brought none: goes on at the first sound frame behind at(), and returns
  /// it. nullopt: there is none up to the end, or failure().
  std::optional<Frame> search();

  /// Where the next frame would begin.
  uint64_t at() const { return at_; }
  bool at_end() const { return at_ >= end_; }
  uint64_t end() const { return end_; }
  /// The segment has grown.
  void extend_to(uint64_t end) { end_ = end; }
  /// Goes on there, forward or back.
  void skip_to(uint64_t offset) { at_ = offset; }
  /// Goes on behind the block of the disk that cannot be read.
  void skip_block() { at_ = (at_ / kBlockBytes + 1) * kBlockBytes; }
  /// Why the last call could not read.
  const std::optional<IoError>& failure() const { return failure_; }

 private:
  static constexpr uint64_t kBlockBytes = 4096;

  /// `bytes` from `offset` on, or fewer at the end.
  std::string_view bytes_at(uint64_t offset, size_t bytes);
  std::optional<Frame> frame_at(uint64_t offset);

  File& file_;
  uint32_t salt_;
  uint64_t at_;
  uint64_t end_;
  std::string piece_;
  uint64_t piece_at_ = 0;
  std::optional<IoError> failure_;
};

/// Can the first bytes of the file be read? Where they cannot, the disk is ill, not a block of it.
bool answers(File& file);

}  // namespace awps
