#pragma once

// LapsedLeases: operations whose turn has come, with actions of a stream that may not count on
// owning its partitions now (queue/stream_lease.h). They start once it may again, or are withdrawn.
//
// One thread: the hub's worker. Where nothing lapses, an operation costs a look at each member's
// account.

#include <chrono>
#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "hub/operation_list.h"

namespace awps {

struct Operation;

class LapsedLeases {
 public:
  enum class Extent : uint8_t { kNobody, kSome, kAll };
  /// Of how many members the lease is over.
  static Extent extent_of(const Operation& operation, Instant now);

  /// Its members are deferred, and it is in no list.
  void wait(Operation& operation, Instant now);
  /// Those that may start by now. It looks each kEach only.
  std::vector<Operation*> take_covered(Instant now);
  /// When take_covered() looks again; kNever: nobody waits.
  Instant looks_at() const { return waiting_.empty() ? kNever : next_look_; }

 private:
  static constexpr Duration kEach = std::chrono::milliseconds(100);

  OperationList waiting_;
  Instant next_look_{};
};

}  // namespace awps
