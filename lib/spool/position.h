#pragma once

// Position: the number of a record in its log, from 1. It only grows, and is never used again while
// a record with it may be on disk.

#include <cstdint>

namespace awps {

using Position = uint64_t;

struct PositionRange {
  Position first = 0;
  uint64_t count = 0;

  Position end() const { return first + count; }
  friend bool operator==(const PositionRange&, const PositionRange&) = default;
};

}  // namespace awps
