#pragma once

// PlacedFrame: where a frame lies in a segment, and what it says, so that a test can damage it and
// knows what that may cost.
//
// Pure; any thread.

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "spool/frame.h"

namespace awps {

struct PlacedFrame {
  std::string path;
  uint64_t at = 0;
  FrameHeader header;
  std::set<Position> records{};
  std::set<Position> released{};

  uint64_t end() const { return at + header.frame_bytes(); }
};

/// The frames of a segment with these bytes, up to the first one that is not sound.
std::vector<PlacedFrame> frames_in(const std::string& path, const std::string& bytes);

}  // namespace awps
