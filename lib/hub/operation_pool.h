#pragma once

// OperationPool: makes operations, and takes members out of them. Addresses are stable, memory is
// reused, and given back only once nobody has a pointer into it. So a stale timer is recognised by
// its operation's generation.
//
// One thread. O(1) amortised, a split O(members).

#include <deque>
#include <span>
#include <vector>

#include "hub/operation.h"

namespace awps {

class OperationPool {
 public:
  /// The entries have their turns.
  Operation& make(OperationForm form, std::span<Entry* const> entries);
  /// Moves the later half of the members to an operation of its own.
  Operation& split(Operation& operation);
  /// Takes the entry out of its operation, if it is in one; what was known of it. An operation
  /// without members is never sent: whoever took the last one out frees it.
  static Member leave(Entry& entry);
  /// The entry, which is in an operation, carries another action: as a member without a past. With
  /// others it leaves them for an operation of its own, with the same time of its next attempt.
  Operation& begin_anew(Entry& entry);
  void free(Operation& operation);
  /// All are free, and nobody remembers one.
  void release_memory();
  template <typename Visit>
  void for_each(const Visit& visit) {
    for (Operation& operation : operations_) visit(operation);
  }

 private:
  Operation& take();

  std::deque<Operation> operations_;
  std::vector<Operation*> free_;
};

}  // namespace awps
