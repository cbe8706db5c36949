#include "spool/space.h"

namespace awps {

namespace {

// Of two that may add up to more than a number holds.
bool has_room(uint64_t all, uint64_t taken, uint64_t bytes) {
  return taken <= all && bytes <= all - taken;
}

}  // namespace

SpoolSpace::Room SpoolSpace::room_for(uint64_t bytes) const {
  if (!has_room(options_.max_bytes, used(), bytes)) return Room::kSpoolFull;
  const Result<uint64_t, IoError> free = files_.free_bytes(options_.path);
  // Where the disk does not say, the making of the segment will.
  if (free && !has_room(*free, options_.min_free_bytes, bytes)) return Room::kDiskFull;
  return Room::kFree;
}

}  // namespace awps
