#pragma once

// LiveSet: which positions are live, a bit each. Positions come in ascending order, and go in any,
// mostly in that order, too.
//
// Pure; one thread. add() and remove() cost O(log n) for each 4,096 positions that they touch;
// memory is 512 bytes for each 4,096 positions of which at least one is live.

#include <array>
#include <cstdint>
#include <map>
#include <optional>

#include "spool/position.h"

namespace awps {

class LiveSet {
 public:
  void add(PositionRange range);
  /// Returns how many of them were live.
  uint64_t remove(PositionRange range);

  bool contains(Position position) const;
  uint64_t size() const { return size_; }
  /// How many of these are live.
  uint64_t count(PositionRange range) const;
  /// The first live one that is not before `position`.
  std::optional<Position> first_from(Position position) const;
  /// The first one that is not live and not before `position`.
  Position first_gap_from(Position position) const;

 private:
  static constexpr uint64_t kBits = 4096;
  struct Block {
    std::array<uint64_t, kBits / 64> words{};
    uint32_t live = 0;
  };

  std::map<uint64_t, Block> blocks_;  // by position / kBits; none is empty
  uint64_t size_ = 0;
};

}  // namespace awps
