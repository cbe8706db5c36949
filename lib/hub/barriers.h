#pragma once

// Barrier: an order between kinds of actions of one producer, whatever their targets: "after all of
// this kind accepted before, before all accepted after". Counters, not an entry in every lane.
//
// A barrier is a sequence of runs of actions that commute. The front run is open; when its count
// falls to 0, the next one opens. An action that is alone is a run of one.
//
// Entering and leaving are O(1) amortised. One thread.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "hub/lane_mode.h"

namespace awps {

struct Entry;

class Barrier {
 public:
  /// Where an entry stands.
  struct Place {
    uint32_t run = 0;
    uint32_t index = 0;  // in its run's waiting list, if it waits
    bool open = true;
  };

  /// Joins the last run, or begins a new one.
  Place enter(Entry& entry, LaneMode mode);
  /// The number of the run that was entered last. An entry whose run it is knows that nothing that
  /// conflicts with it entered after it.
  uint32_t last_run() const {
    return first_run_ + static_cast<uint32_t>(runs_.size() - front_) - 1;
  }
  /// The entry no longer counts: it is settled, or nobody shall wait for it any longer (it may
  /// still wait itself). Entries of runs that open are appended to `opened`.
  void leave(const Place& place, std::vector<Entry*>& opened);
  /// The entry does not wait any longer either. Only for a place that is not open.
  void forget(const Place& place);

 private:
  struct Run {
    LaneMode mode = LaneMode::kAbsent;
    uint32_t count = 0;
    std::vector<Entry*> waiting;  // nullptr: forgotten; empty in the open run
  };

  Run& run_at(uint32_t number);
  void open_next_runs(std::vector<Entry*>& opened);

  std::vector<Run> runs_;  // runs_[front_] is run number first_run_
  size_t front_ = 0;
  uint32_t first_run_ = 0;  // may wrap: only differences count
};

}  // namespace awps
