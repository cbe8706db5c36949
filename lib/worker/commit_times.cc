#include "worker/commit_times.h"

#include <algorithm>

namespace awps {

namespace {

using Kind = StorageState::Kind;

constexpr Duration kLongestInGroup = std::chrono::seconds(1);

Instant sync_at(const CommitWork& work) {
  return work.unsynced_since == kNever ? kNever : work.unsynced_since + kLongestUnsynced;
}

// Of the group of a hub that overflows. What a disk takes that was not well opens the doors.
Instant write_at(const CommitWork& work) {
  const bool is_well = work.storage.kind() == Kind::kGood;
  return work.is_large || !is_well ? Instant::min() : work.group_since + kLongestInGroup;
}

}  // namespace

Instant CommitTimes::commit_at(const CommitWork& work) const {
  const bool has_records = work.has_arrivals || work.has_group;
  const bool is_full = work.storage.kind() == Kind::kFull;
  const Instant next =
      work.last_commit == Instant::min() ? work.last_commit : work.last_commit + commit_interval_;
  Instant at = sync_at(work);
  if (work.storage.kind() == Kind::kFailed && work.may_only_try) at = Instant::min();
  const bool commits_records = has_records && !overflows_ && !work.waits_for_window;
  if (commits_records || (is_full && work.has_releases)) at = std::min(at, next);
  if (at != kNever) at = std::max(at, work.storage.try_at());
  return has_records && overflows_ ? std::min(at, std::max(next, group_at(work))) : at;
}

// As far as it is for a hub that overflows, and its disk, to say.
Instant CommitTimes::group_at(const CommitWork& work) const {
  const bool fills = work.group_has_room && work.storage.kind() != Kind::kFull;
  if (work.has_arrivals && fills) return Instant::min();
  return std::max(work.is_in_log ? write_at(work) : Instant::min(), work.storage.try_at());
}

bool CommitTimes::is_write_due(const CommitWork& work, Instant now) const {
  if (!overflows_) return true;
  if (work.storage.kind() == Kind::kFailed && !work.storage.may_try(now)) return false;
  return !work.is_in_log || now >= std::min(write_at(work), sync_at(work));
}

}  // namespace awps
