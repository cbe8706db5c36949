#pragma once

// SettledPositions: the way of positions from the hub's worker, which has told their outcomes, to
// the committer, which releases them in the log.
//
// What is added is of a generation, one more each time; the committer learns with what it takes of
// which generation that is, and all before.
//
// add(), any() and generation() are for any thread, take() for the committer. Nothing waits for
// long.

#include <atomic>
#include <cstdint>
#include <vector>

#include "base/mutex.h"
#include "spool/position.h"

namespace awps {

class SettledPositions {
 public:
  /// Takes all of them. True: there were none before, so the committer may not know.
  bool add(std::vector<uint64_t>& positions);
  bool any() const { return any_.load(std::memory_order_relaxed); }
  /// Of what was added last; 1: nothing was.
  uint64_t generation() const { return generation_.load(std::memory_order_relaxed); }
  struct Taken {
    std::vector<PositionRange> ranges;  // in ascending order
    uint64_t generation = 0;            // it is all up to this one
  };
  /// What was added.
  Taken take();

 private:
  Mutex mutex_;
  std::vector<uint64_t> positions_ GUARDED_BY(mutex_);
  std::atomic<bool> any_{false};
  std::atomic<uint64_t> generation_{1};  // written under the lock
};

/// Each position once, in any order.
std::vector<PositionRange> ranges_of(std::vector<uint64_t> positions);

}  // namespace awps
