#pragma once

// Lanes: which actions may start. A lane is the queue of one target; it serves its actions in the
// order accepted and opens to as many as commute at its front.
//
// 1. The links of a lane stand in the order accepted. The open ones are a prefix, and all commute.
// 2. An entry's `blocked_by` is the number of its lanes and barriers that are not open to it.
// 3. A lane without links does not exist.
// 4. The links of one run commute, and nothing that does not was ever accepted between them; the
//    last run is the one that an entry accepted now would join, if it commutes. So a link of the
//    last run says that nothing that conflicts with it was accepted after it. Values of one target
//    are a run, too, though they are alone in the lane (see append).
//
// Every operation is O(1), or O(number of links opened). One thread.

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "hub/lane_mode.h"

namespace awps {

struct Entry;
struct Lane;

/// An entry's place in one lane.
struct LaneLink {
  Lane* lane = nullptr;  // while it is in one
  LaneLink* previous = nullptr;
  LaneLink* next = nullptr;
  uint32_t run = 0;
  LaneMode mode = LaneMode::kAlone;
  bool open : 1 = false;
  bool in_detached_part : 1 = false;  // see DetachedLanes
  uint8_t number = 0;                 // among those of its entry, behind which they stand

  Entry* entry() const;  // hub/entry.h
};

/// A lane's key is a hash: it need not be hashed again.
struct LaneKeyHash {
  using is_avalanching = void;
  size_t operator()(uint64_t key) const { return key; }
};

struct Lane {
  uint64_t key = 0;
  LaneLink* first = nullptr;
  LaneLink* last = nullptr;
  LaneLink* first_waiting = nullptr;  // the first that is not open; nullptr: all are
  uint32_t open_count = 0;
  uint32_t count = 0;           // of its links
  uint32_t detached_count = 0;  // of its links, those of detached entries, see Order
  uint32_t last_run = 0;
  LaneMode last_mode = LaneMode::kAlone;  // of the link appended last, which may have left
  uint64_t last_values = 0;               // likewise
};

class LaneTable {
 public:
  /// Appends the link to the lane `key`; whether it is open at once. `values`: not 0 for the values
  /// of a target, of which only the latest of each conflationKey matters; equal for one target.
  bool append(LaneLink& link, uint64_t key, uint64_t values);
  /// The last link of the lane; nullptr: there is no such lane.
  LaneLink* last(uint64_t key) const;
  /// Takes the link out; entries that it opened the lane to are appended to `opened`.
  void remove(LaneLink& link, std::vector<Entry*>& opened);

  /// There are no lanes: the memory of those that were goes back.
  void release_memory();

  size_t size() const { return lanes_.size(); }
  /// Calls `visit` for lanes, in no order, as long as it returns true.
  template <typename Visit>
  void for_each(const Visit& visit) const {
    for (const auto& [key, lane] : lanes_) {
      if (!visit(*lane)) return;
    }
  }
  /// Lanes in which somebody waits.
  size_t contended() const { return contended_; }

 private:
  Lane& lane_of(uint64_t key);
  void open_front(Lane& lane, std::vector<Entry*>& opened);

  boost::unordered_flat_map<uint64_t, Lane*, LaneKeyHash> lanes_;
  std::deque<Lane> pool_;  // a lane's address is stable
  std::vector<Lane*> free_;
  size_t contended_ = 0;
};

}  // namespace awps
