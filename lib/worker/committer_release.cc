// What a committer does with positions whose outcomes are told: it releases them in the log.

#include <algorithm>

#include "base/fault_point.h"
#include "spool/position.h"
#include "worker/committer.h"

namespace awps {

void Committer::release_settled() {
  if (!settled_.any()) return;
  const SettledPositions::Taken taken = settled_.take();
  for (const PositionRange& range : taken.ranges) {
    tail_.note_release(range);
    log_->release(range);
  }
  released_ = taken.generation;
}

// Also what a sync has covered that was made for another reason.
void Committer::note_synced() {
  if (log_->has_group() || log_->has_unsynced()) return;
  // Release pairs with the acquire in synced_generation().
  synced_.store(released_, std::memory_order_release);
}

void Committer::write_releases(Instant now) {
  if (storage_.kind() == StorageState::Kind::kFailed) return;
  // Without a sync the log writes no records: those of a group that failed come with the next one.
  if (group_.is_in_log()) return;
  last_release_ = now;
  release_settled();
  pass(FaultPoint::kBeforeReleaseWrite);
  const bool was_synced = !log_->has_unsynced();
  const auto written = disk_.during([this] { return log_->write_out(parts_.clock.wall_now()); });
  if (!written) return note_failure(written.error(), now);
  if (was_synced) unsynced_since_ = now;
  next_house_ = std::min(next_house_, now);
}

}  // namespace awps
