#pragma once

// DetachedLanes: the detached entries of the lanes (order.h), and who waits for them there. Lanes
// without any are not in it.
//
// An entry waits in a lane for those before it with which it does not commute. So everything from
// the first such one behind a detached entry to the lane's end waits for it, directly or not. To
// walk over each of them once:
// 1. Of a lane, one part is remembered: a stretch of links whose entries are all detached. A walk
//    goes from the lane's end towards the detached link, jumps over the part, and makes it longer.
// 2. It ends at the links of the detached one's own run, none of which waits for another, or at an
//    open link: the open ones are a prefix of the lane.
//
// One thread. O(1) amortised for each link that is appended or detached.

#include <array>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <vector>

#include "hub/lanes.h"

#include "base/release_memory.h"

namespace awps {

class DetachedLanes {
 public:
  /// The link's entry is detached.
  void note(const LaneLink& link);
  /// It is about to leave the lane.
  void forget(const LaneLink& link);
  /// Does the link, the last of its lane, wait there for a detached entry?
  bool is_behind(const LaneLink& link) const {
    return !link.open && link.lane->detached_count > 0 && waits_for_some(link);
  }
  /// Appends to `behind` the entries that wait for `link`, which is detached, in its lane; those
  /// that earlier calls have found are left out. The caller detaches them.
  void collect_behind(const LaneLink& link, std::vector<Entry*>& behind);
  /// Nobody is detached.
  void release_memory() { release_memory_of(parts_); }

 private:
  struct Part {
    LaneLink* first = nullptr;
    LaneLink* last = nullptr;
    std::array<uint32_t, kLaneModes> detached{};  // of the whole lane, by mode
  };

  bool waits_for_some(const LaneLink& link) const;

  boost::unordered_flat_map<const Lane*, Part> parts_;
};

}  // namespace awps
