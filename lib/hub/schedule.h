#pragma once

// Schedule: what waits for a permit (ready entries, due operations), and what waits for time
// (deferred operations, times to live). First come, first served within each.
//
// A timer is not removed when its object is gone: the object's generation has moved on by then.
// One thread. O(1), timers O(log n).

#include <cstdint>
#include <functional>
#include <queue>
#include <vector>

#include "base/clock.h"
#include "hub/entry.h"
#include "hub/operation.h"

namespace awps {

class Schedule {
 public:
  void push_ready(Entry& entry);
  void remove_ready(Entry& entry);
  Entry* first_ready() const { return first_ready_; }

  void push_due(Operation& operation);
  Operation* first_due() const { return first_due_; }
  Operation* pop_due();

  void set_timer(Instant at, Operation& operation);
  void set_timer(Instant at, Entry& entry);
  /// The next object whose time has come; both nullptr: none.
  struct Due {
    Operation* operation = nullptr;
    Entry* entry = nullptr;
  };
  Due pop_timer(Instant now);
  /// When the next timer is due; it may be stale. kNever: there is none.
  Instant next_timer() const { return timers_.empty() ? kNever : timers_.top().at; }

 private:
  struct Timer {
    Instant at;
    Operation* operation = nullptr;
    Entry* entry = nullptr;
    uint32_t generation = 0;
    friend bool operator>(const Timer& a, const Timer& b) { return a.at > b.at; }
  };

  Entry* first_ready_ = nullptr;
  Entry* last_ready_ = nullptr;
  Operation* first_due_ = nullptr;
  Operation* last_due_ = nullptr;
  std::priority_queue<Timer, std::vector<Timer>, std::greater<>> timers_;
};

}  // namespace awps
