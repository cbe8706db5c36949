#pragma once

// IdFrames: reads the known ids of a segment, and says which of them count.
//
// 1. A frame of ids stands before the frame with their records, and says where those end. They
//    count once that frame has been read: an id without its record would make its action be taken
//    for one that is there, and lost.
// 2. A frame that says 0 was written once more: its ids count at once.
// 3. A checksum that is right says nothing of what is in a frame: one that nobody writes is
//    malformed, and ids that are more than their records do not count.
//
// Pure; one thread. It keeps a copy of ids until it is known whether they count: of 16,384 at most.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/id_hash.h"
#include "spool/frame.h"

namespace awps {

class IdFrames {
 public:
  static constexpr size_t kIdBytes = sizeof(IdHash) + sizeof(int64_t);

  /// The next frame of the segment. False: it is one of ids, and malformed.
  [[nodiscard]] bool take(const FrameHeader& header, std::string_view payload);
  /// Those that count since the last take(), and behind which position their records end (0: these
  /// are elsewhere).
  const std::vector<KnownId>& ids() const { return counting_; }
  Position end() const { return end_; }

 private:
  std::vector<KnownId> waiting_;
  Position waiting_for_ = 0;
  std::vector<KnownId> counting_;
  Position end_ = 0;
};

/// Appends one as a frame has it.
void append_id(std::string& payload, const KnownId& id);
/// When the latest of a frame's ids was accepted.
WallTime newest_of_ids(std::string_view payload);

}  // namespace awps
