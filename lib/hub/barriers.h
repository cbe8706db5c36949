#pragma once

// Barrier: an order between kinds of actions of one producer, whatever their targets: "after all of
// this kind accepted before, before all accepted after". Counters, not an entry in every lane.
//
// A barrier is a sequence of runs of actions that commute. The front run is open; when its count
// falls to 0, the next one opens. An action that is alone is a run of one.
//
// Detached entries (order.h) may be noted, so that those that wait for them can be found.
//
// Every operation is O(1) amortised. One thread.

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/check.h"
#include "hub/lane_mode.h"

namespace awps {

struct Entry;

/// Where an entry stands in a barrier.
struct BarrierPlace {
  uint32_t run = 0;
  uint32_t index : 28 = 0;  // in its run's waiting list, if it waits
  LaneMode mode : 3 = LaneMode::kAbsent;
  bool open : 1 = true;
};

class Barrier {
 public:
  using Place = BarrierPlace;

  /// Joins the last run, or begins a new one.
  Place enter(Entry& entry, LaneMode mode) {
    const bool is_one_run = runs_.size() == front_ + 1;
    if (!is_one_run || !commute(runs_.back().mode, mode)) return enter_behind(entry, mode);
    ++runs_.back().count;
    Place place{.run = first_run_};
    place.mode = mode;
    return place;
  }
  /// The number of the run that was entered last. An entry whose run it is knows that nothing that
  /// conflicts with it entered after it.
  uint32_t last_run() const { return first_run_ + static_cast<uint32_t>(runs()) - 1; }
  /// How many runs it keeps.
  size_t runs() const { return runs_.size() - front_; }
  /// The entry no longer counts: it is settled, or nobody shall wait for it any longer (it may
  /// still wait itself). Entries of runs that open are appended to `opened`.
  void leave(const Place& place, std::vector<Entry*>& opened) {
    Run& run = run_at(place.run);
    AWPS_CHECK(run.count > 0);
    --run.count;
    if (run.count == 0 && place.run == first_run_) open_next_runs(opened);
  }
  /// The entry does not wait any longer either. Only for a place that is not open.
  void forget(const Place& place);
  /// Throws out what those that were forgotten left behind, if that is the half of all. `place_of`:
  /// the place of an entry in this barrier, which moves.
  template <typename PlaceOf>
  void tidy(const PlaceOf& place_of) {
    if (forgotten_ >= kFewestForgotten && forgotten_ > waiting_) compact(place_of);
  }

  /// An entry in this mode is detached, and goes on counting.
  void note_detached(LaneMode mode) { ++detached_[static_cast<size_t>(mode)]; }
  /// It leaves.
  void note_detached_left(LaneMode mode) { --detached_[static_cast<size_t>(mode)]; }
  /// Is one detached that does not commute with this mode?
  bool has_detached_against(LaneMode mode) const;
  /// Appends to `behind` the entries that wait for the one at `place`, which is detached, but for
  /// those that earlier calls found. The caller detaches them.
  void collect_behind(const Place& place, std::vector<Entry*>& behind);

 private:
  struct Run {
    LaneMode mode = LaneMode::kAbsent;
    uint32_t count = 0;
    uint32_t collected = 0;       // of `waiting`: the first that collect_behind() has found
    std::vector<Entry*> waiting;  // nullptr: forgotten; empty in the open run
  };
  static constexpr size_t kFewestForgotten = 64;
  static constexpr uint32_t kLastIndex = (1U << 28U) - 1;  // a Place knows no more

  Run& run_at(uint32_t number) {
    Run* run = runs_.data() + front_ + (number - first_run_);
    AWPS_CHECK(run < runs_.data() + runs_.size());
    return *run;
  }
  Place enter_behind(Entry& entry, LaneMode mode);
  void open_next_runs(std::vector<Entry*>& opened);
  /// Empty runs go, and their neighbours become one: what left them never ran, so it is as if it
  /// had not been accepted.
  template <typename PlaceOf>
  void compact(const PlaceOf& place_of);

  std::vector<Run> runs_;  // runs_[front_] is run number first_run_
  size_t front_ = 0;
  uint32_t first_run_ = 0;                       // may wrap: only differences count
  size_t waiting_ = 0;                           // entries in all waiting lists
  size_t forgotten_ = 0;                         // and those that were
  std::array<uint32_t, kLaneModes> detached_{};  // entries in all runs, by mode
  // The runs from one to another in which everybody was found, but for those who came since.
  uint32_t first_collected_ = 0;
  uint32_t last_collected_ = 0;
  bool has_collected_ = false;
};

template <typename PlaceOf>
void Barrier::compact(const PlaceOf& place_of) {
  size_t kept = front_ + 1;
  for (size_t from = front_ + 1; from < runs_.size(); ++from) {
    Run& run = runs_[from];
    std::erase(run.waiting, nullptr);
    if (run.waiting.empty()) continue;
    const bool joins = kept > front_ + 1 && commute(runs_[kept - 1].mode, run.mode);
    if (!joins) {
      if (kept != from) runs_[kept] = Run{.mode = run.mode, .waiting = {}};
      ++kept;
    }
    Run& into = runs_[kept - 1];
    into.collected = 0;
    const bool moves = &into != &run;
    for (uint32_t i = 0; i < run.waiting.size(); ++i) {
      Place& place = place_of(*run.waiting[i]);
      place.run = first_run_ + static_cast<uint32_t>(kept - 1 - front_);
      place.index = (moves ? static_cast<uint32_t>(into.waiting.size()) : i) & kLastIndex;
      if (moves) into.waiting.push_back(run.waiting[i]);
    }
    if (moves) into.count += run.count;
  }
  runs_.resize(kept);
  forgotten_ = 0;
  has_collected_ = false;
}

}  // namespace awps
