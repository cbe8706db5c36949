// A committer's housekeeping, and its end.

#include <algorithm>
#include <utility>

#include "worker/committer.h"

namespace awps {

namespace {

constexpr Duration kHousePause = std::chrono::seconds(1);
constexpr Duration kQuiet = std::chrono::seconds(10);
constexpr Duration kLookPause = std::chrono::seconds(10);
constexpr Duration kLongestTelling = std::chrono::seconds(5);
// While nothing but known ids keeps a log.
constexpr Duration kPauseForIds = std::chrono::seconds(10);

}  // namespace

void Committer::look_through() {
  std::vector<PositionRange> released;
  const bool is_at_end = disk_.during([&] { return tail_.look_through(released); });
  for (const PositionRange& range : released) log_->release(range);
  if (is_at_end) next_look_ = parts_.clock.now() + kLookPause;
  if (!released.empty()) write_releases(parts_.clock.now());
}

void Committer::hand_over_unreadable() {
  std::vector<UnreadableRecord> records = tail_.take_unreadable();
  if (records.empty()) return;
  for (const UnreadableRecord& record : records) lines_.unreadable(record.reason);
  mail_.post_unreadable(std::move(records));
  parts_.window.wake_worker();
}

// As the log has it, which the next process reads: by the wall clock as it is set now.
WallTime Committer::ids_from() {
  const WallTime from = group_.ids().count_from(run_.now());
  return from == WallTime::max() ? from : from + (parts_.clock.wall_now() - run_.now());
}

void Committer::keep_house(Instant now) {
  // A full log in which nothing lives gives its room back, also while records wait for some.
  const bool is_full = storage_.kind() == StorageState::Kind::kFull;
  const bool is_quiet = !has_arrivals() && group_.empty() && has_passed(last_record_, kQuiet, now);
  const bool is_idle = is_quiet || is_full;
  // What is leaving needs no log to know them by.
  log_->count_ids_from(is_leaving() ? WallTime::max() : ids_from());
  disk_.during([&] { log_->tend(parts_.clock.wall_now(), is_idle || passes_through_); });
  tail_.sweep();
  note_holders();
  lines_.lost(tail_.lost());
  lines_.tick(now);
  const Log::Status status = log_->status();
  const bool is_written = !log_->has_group() && !log_->has_unsynced();
  if (is_leaving() && status.records == 0 && is_written && !closed_) {
    passes_through_ = true;
    storage_.succeeded();
  }
  const bool knows_ids = group_.ids().known().size() > 0;
  const bool is_busy = status.segments > 0 || knows_ids || !has_passed(last_commit_, kQuiet, now);
  const bool waits_for_ids = is_quiet && status.records == 0 && knows_ids;
  const Duration pause = waits_for_ids && !is_full ? kPauseForIds : kHousePause;
  next_house_ = is_busy || storage_.kind() != StorageState::Kind::kGood ? now + pause : kNever;
}

void Committer::note_holders() {
  static constexpr size_t kMost = 5;
  std::vector<TailHolder> holders = tail_.largest_holders(kMost);
  const MutexLock lock(told_mutex_);
  holders_.swap(holders);
}

// Of those that another try made good, nobody else would learn.
void Committer::note_errors(Instant now) {
  for (const IoError& error : log_->take_errors()) {
    counters_.count(error);
    if (storage_.kind() != StorageState::Kind::kFailed) lines_.overcome(error, now);
  }
}

// ---- the end

// What only memory has comes first, in the worker's hands, and what follows stays behind it. It is
// handed over before a call of the disk in which the worker may leave. Once it has, only the log
// can have something; so nothing more is accepted before it is there.
void Committer::end_window(Instant now) {
  release_settled();
  const bool is_first_in_memory = passes_through_ || (overflows() && tail_.is_direct());
  if (is_first_in_memory || closed_.has_left()) hand_over_last();
  // What would be in nobody's hands is written after all, for the next start.
  passes_through_ = false;
  for (bool may_go_on = true; may_go_on && has_waiting();) {
    fill_group(now);
    if (log_->has_group() || group_.is_in_log()) write_group(now);
    may_go_on = storage_.kind() == StorageState::Kind::kGood;
  }
  if (!closed_) hand_over_last();
  if (has_waiting()) refuse_all();
}

// The window is closed with that. A worker that has left takes nothing from it.
void Committer::hand_over_last() {
  if (closed_.promise()) {
    if (passes_through_) {
      pass_through();
    } else if (overflows()) {
      hand_over_all();
    } else {
      refuse_all();
    }
  }
  closed_.tell();
}

void Committer::finish() {
  const Instant now = parts_.clock.now();
  if (!closed_) end_window(now);
  release_settled();
  if (log_->has_group() || log_->has_unsynced()) write_group(now);
  // A hub that has ended may not come again: nothing is kept for it that nobody wants.
  if (log_->status().records == 0) {
    const bool keeps_ids = !is_leaving() && !parts_.arrivals.is_removed();
    log_->count_ids_from(keeps_ids ? ids_from() : WallTime::max());
    disk_.during([&] { log_->tend(parts_.clock.wall_now(), /*is_idle=*/true); });
  }
  disk_.during([&] { tail_.tell_kept(now + kLongestTelling); });
  note_synced();
  reporter_.leave();  // the doors may end before this object does
  lines_.stopped(kept(), lost());
  counters_.publish(*log_, tail_, storage_);
}

}  // namespace awps
