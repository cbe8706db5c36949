#pragma once

// CommitTimes: when a committer has something to do with its disk: the one place that says so.
//
// 1. Commits begin `commit_interval` apart at least. What is written and not synced waits for a
//    second at most.
// 2. A disk that has failed, or is full, is asked no sooner than its state says, storage_state.h. A
//    failed one is asked then also if nothing is there to write. A full one is asked for releases
//    alone, too, since they make room.
// 3. A hub that overflows fills its group at once, and writes it after a second. Sooner, if the
//    group is large, or if the disk was not well the last time: until it has taken something, doors
//    are shut.
//
// Pure; any thread.

#include "base/clock.h"
#include "worker/storage_state.h"

namespace awps {

/// What a committer has to do, and since when.
struct CommitWork {
  bool has_arrivals = false;      // batches that no group has got
  bool has_group = false;         // batches in it
  bool is_in_log = false;         // their records are in the log's group
  bool group_has_room = true;     // for more of them
  bool is_large = false;          // of a hub that overflows: worth a commit before its time
  bool has_releases = false;      // that are not written
  bool may_only_try = true;       // a failed disk is to be tried, also if nothing is there to write
  bool waits_for_window = false;  // so batches do
  Instant group_since{};          // when its first batch came
  Instant unsynced_since = kNever;
  Instant last_commit = Instant::min();  // when it began
  StorageState storage{};
};

class CommitTimes {
 public:
  /// `overflows`: the hub writes only what memory has no room for.
  CommitTimes(Duration commit_interval, bool overflows)
      : commit_interval_(commit_interval), overflows_(overflows) {}

  /// The next commit: it fills the group, and writes if that is due. kNever: not by time.
  Instant commit_at(const CommitWork& work) const;
  /// A commit writes what there is. Else it has only filled the group.
  bool is_write_due(const CommitWork& work, Instant now) const;

 private:
  Instant group_at(const CommitWork& work) const;

  const Duration commit_interval_;
  const bool overflows_;
};

/// What is written and not synced has no longer than this.
inline constexpr Duration kLongestUnsynced = std::chrono::seconds(1);

}  // namespace awps
