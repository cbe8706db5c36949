// How a committer writes only what memory has no room for (CommitterOptions::Writes::kOverflow).
//
// As long as nothing is on disk alone, and the window has room, batches go to the worker and are
// not written. Each has a place in the log's order all the same: so a stop can write them before
// what came later. What the window has no room for is taken into the group, which is accepted then,
// and goes to the window after all if that has room before the group is written: after a second, or
// with commit_bytes.

#include <algorithm>
#include <utility>

#include "queue/memory_position.h"
#include "worker/committer.h"

namespace awps {

bool Committer::takes_directly() const {
  if (!overflows() || closed_ || !tail_.is_direct()) return false;
  const Budget& window = parts_.window.budget();
  // What is in the group already waits for more room, or it would come and go with each action.
  if (!group_.empty()) return window.held_bytes() <= window.max_bytes() / 2;
  return window.held_bytes() < window.max_bytes();
}

// It is written before one producer alone would have to wait for that.
bool Committer::is_large() const {
  const Budget& doors = parts_.arrivals.budget();
  return log_->group_bytes() >= options_.commit_bytes ||
         doors.held_bytes() >= doors.producer_limit() / 2;
}

// Doors are let in as long as there is room in memory.
Budget::Room Committer::room_at_doors() const {
  if (!overflows()) return storage_.room();
  const bool waits = has_waiting();
  const bool is_full = storage_.kind() == StorageState::Kind::kFull;
  return waits && is_full ? storage_.room() : Budget::Room::kFree;
}

void Committer::pass_directly() {
  static constexpr size_t kMostBatches = 256;
  size_t passed = takes_directly() ? take_group_back() : 0;
  std::unique_ptr<Batch> batch;
  while (passed < kMostBatches && group_.empty() && takes_directly() &&
         parts_.arrivals.pop({&batch, 1}) > 0) {
    group_.add(std::move(batch), run_.now());
    for (CommitGroup::Member& member : group_.take(run_.now())) publish_directly(std::move(member));
    ++passed;
  }
  receipts_.give(reporter_);
  if (passed > 0) parts_.window.wake_worker();
  // It tells once there is room again.
  const bool waits = tail_.is_direct() && has_waiting();
  if (waits && !closed_) (void)parts_.window.budget().must_wait_for_half();
}

// As much of it as the window has room for; how many.
size_t Committer::take_group_back() {
  if (group_.empty()) return 0;
  log_->drop_records();
  size_t taken = 0;
  for (CommitGroup::Member& member : group_.take(run_.now())) {
    if (group_.empty() && takes_directly()) {
      publish_directly(std::move(member));
      ++taken;
    } else {
      member.first = 0;
      group_.put_back(std::move(member));
    }
  }
  return taken;
}

void Committer::publish_directly(CommitGroup::Member member) {
  accept(member);
  if (member.batch->has_ids()) take_out_duplicates(*member.batch);
  if (member.batch->count() == 0) return;
  const Position first = log_->reserve(member.batch->count()) | kInMemory;
  to_window(std::move(member.batch), first);
}

// Those that the group has got are accepted, before they are written.
void Committer::accept_group() {
  for (CommitGroup::Member& member : group_.members()) accept(member);
  group_.ids().accept(run_.now());
  receipts_.give(reporter_);
}

// At the end: what has no place on disk is the worker's, which ends it.
void Committer::hand_over_all() {
  log_->drop_records();
  std::unique_ptr<Batch> batch;
  while (parts_.arrivals.pop({&batch, 1}) > 0) group_.add(std::move(batch), run_.now());
  for (CommitGroup::Member& member : group_.take(run_.now())) publish_directly(std::move(member));
  receipts_.give(reporter_);
  parts_.window.wake_worker();
}

// ---- the head, at a stop

bool Committer::keep(std::vector<HeadRecord> records) {
  head_.hand_over(std::move(records));
  parts_.wake();
  return head_.wait_until_written([this] { return disk_.hangs(); });
}

void Committer::write_head(Instant now) {
  std::vector<Position> kept;
  for (const HeadRecord& record : head_.take()) {
    kept.push_back(log_->keep(record.position & ~kInMemory, record.bytes));
  }
  const auto written = disk_.during([this] { return log_->commit(parts_.clock.wall_now()); });
  if (!written) {
    note_failure(written.error(), now);
    log_->drop_records();
  }
  if (head_.done(written.ok()) || !written) return;
  // They are in the file of undelivered actions, too: nobody is to send them twice.
  for (const PositionRange& range : ranges_of(std::move(kept))) log_->release(range);
}

}  // namespace awps
