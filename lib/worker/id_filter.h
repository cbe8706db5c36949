#pragma once

// IdFilter: which actions of the batches that enter a hub are duplicates of what it has accepted.
//
// 1. An id enters when its batch is taken in. What comes with it before it is accepted waits for
//    that, and shares its fate: see CommitGroup.
// 2. It changes nothing for actions that have no id of this kind (queue/duplicates.h).
//
// Pure; one thread.

#include <cstdint>
#include <utility>
#include <vector>

#include "queue/batch.h"
#include "worker/known_ids.h"

namespace awps {

class IdFilter {
 public:
  explicit IdFilter(const KnownIds::Options& options) : known_(options) {}

  /// What the hub has accepted before this process; in the order accepted.
  void restore(const std::vector<KnownId>& ids);

  /// Marks the duplicates of the batch, and takes them out of its encoded records. Returns how many
  /// they are.
  uint32_t mark(Batch& batch, WallTime now);
  /// What was taken in is accepted.
  void accept(WallTime now) { known_.restamp(std::exchange(pending_, 0), now); }
  /// It is not, and comes again as something new.
  void refuse();

  /// Lets go what does not count any more, with its memory. Ids accepted before this do not count:
  /// all of them, if none does.
  WallTime count_from(WallTime now);
  const KnownIds& known() const { return known_; }

 private:
  KnownIds known_;
  size_t pending_ = 0;  // of the last ones
};

}  // namespace awps
