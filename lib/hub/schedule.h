#pragma once

// Schedule: what waits for time: deferred operations, times to live, the end of a linger.
//
// A timer is not removed when its object is gone: the object's generation has moved on by then.
// Stale timers are swept out when they may be the half of all, so there are never many more than
// live ones. One thread. O(1), timers O(log n).

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "hub/entry.h"
#include "hub/operation.h"

namespace awps {

class Schedule {
 public:
  void set_timer(Instant at, Operation& operation);
  /// An entry has one timer at a time: check has_timer.
  void set_timer(Instant at, Entry& entry);
  /// The next object whose time has come; both nullptr: none.
  struct Due {
    Operation* operation = nullptr;
    Entry* entry = nullptr;
  };
  Due pop_timer(Instant now);
  /// When the next timer is due; it may be stale. kNever: there is none.
  Instant next_timer() const { return timers_.empty() ? kNever : timers_.front().at; }
  size_t timers() const { return timers_.size(); }
  /// All timers are stale: they go, with their memory.
  void release_memory();

 private:
  static constexpr size_t kFirstSweep = 1024;

  struct Timer {
    Instant at;
    Operation* operation = nullptr;
    Entry* entry = nullptr;
    uint32_t generation = 0;
    bool is_stale() const;
    friend bool operator>(const Timer& a, const Timer& b) { return a.at > b.at; }
  };

  void push_timer(const Timer& timer);

  std::vector<Timer> timers_;      // a heap, the earliest first
  size_t sweep_at_ = kFirstSweep;  // when stale timers are thrown out: at twice what was left
};

}  // namespace awps
