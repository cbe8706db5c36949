#pragma once

// HubLogs: what the logs of durable hubs have in common: the folder under spool.path, the lock that
// one daemon at a time has, and the room on the disk. It opens a hub's log, which is to read what
// the last run left there.
//
//    <spool.path>/spool.lock
//    <spool.path>/spool/<hub>/…      see lib/spool/README.md
//
// 1. Nothing is made or locked before a hub needs a log: one that is durable, or one that was, and
//    whose folder holds segments still.
//
// lock() and open_if_needed() are for one thread at a time; any thread may call the rest.

#include <sys/types.h>
#include <unistd.h>

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"
#include "config/config.h"
#include "daemon/awpsd/plan.h"
#include "spool/log.h"
#include "spool/posix_file.h"
#include "spool/space.h"
#include "spool/spool_lock.h"
#include "worker/kept_letters.h"

namespace awps {

/// A hub's log, or why the hub has none.
struct OpenedLog {
  std::unique_ptr<Log> log;  // nullptr: `error` says why, with the remedy
  std::string error{};
  Duration took{};                   // to read it
  std::vector<Position> withheld{};  // see CommitterOptions
};

/// A hub's dead letters on disk, or why it has none there.
struct OpenedLetters {
  std::unique_ptr<Log> log;  // nullptr: they stay in memory; `error` says why, unless that is meant
  std::string error{};
  std::vector<RestoredLetter> letters{};
  std::vector<uint64_t> done{};  // of them, which were sent again; see letter_recovery.h
  uint64_t released = 0;         // actions in the hub's log that they were
  uint64_t lost = 0;             // to damage
  std::vector<std::string> remarks{};
  Duration took{};
};

struct OpenedHub {
  std::optional<OpenedLog> log{};  // nullopt: it needs none
  OpenedLetters letters{};
};

class HubLogs {
 public:
  /// `owner`: whose the folders are, and nobody else's may be.
  HubLogs(const SpoolConfig& spool, const Clock& clock, uid_t owner = ::geteuid());
  HubLogs(const HubLogs&) = delete;
  HubLogs& operator=(const HubLogs&) = delete;

  /// Does this hub have a log: is it durable, or is something left of when it was?
  bool is_needed_by(const HubPlan& plan) const;
  /// Segments lie in the hub's folder, or what lies there cannot be told.
  bool has_segments(const std::string& hub) const;
  /// The same of dead letters.
  bool has_letters(const std::string& hub) const;
  /// To read it may take long.
  bool has_much(const std::string& hub, bool reads_letters) const {
    return has_segments(hub) || (reads_letters && has_letters(hub));
  }
  /// Takes the lock, and makes its folder; once it is held it does nothing.
  Result<void, SpoolLock::LockError> lock();
  /// The same for dead letters, which make the folder itself at most, and none above it: nobody has
  /// asked for the disk.
  Result<void, SpoolLock::LockError> lock_for_letters();

  /// What open() would find. It changes nothing, and needs no lock.
  Result<LogRecovery, LogOpenError> find(const HubPlan& plan) const;
  /// The same of its dead letters.
  Result<LogRecovery, LogOpenError> find_letters(const HubPlan& plan) const;
  /// After lock(). `progress` is told of bytes done and in all.
  OpenedLog open(const HubPlan& plan, const LogProgress& progress, uint32_t least_run = 1);
  /// The hub's log, if it needs one, and its letters, if they are to be read: after lock() then.
  OpenedHub open_hub(const HubPlan& plan, bool reads_letters, const LogProgress& progress);
  /// Both, for a hub that needs its log; nullopt: it does not.
  std::optional<OpenedLog> open_if_needed(const HubPlan& plan, const LogProgress& progress,
                                          uint32_t least_run = 1);

  /// Hubs whose folders hold segments, and that are none of these.
  std::vector<std::string> others_than(const std::set<std::string>& hubs) const;

  /// That there are such; "": there are none.
  std::string warning_of_unconfigured(const std::set<std::string>& hubs) const;

  const SpoolSpace& space() const { return space_; }

 private:
  bool has_segments_of(const std::string& hub, uint32_t kind) const;
  OpenedLetters open_letters(const HubPlan& plan);
  std::string folder_of(const std::string& hub) const;
  LogOptions options_of(const HubPlan& plan) const;

  const SpoolConfig config_;
  const Clock& clock_;
  mutable PosixFileSystem files_;
  SpoolSpace space_;
  std::optional<SpoolLock> lock_;
  Mutex runs_mutex_;
  // Of each log that this process has opened: one that comes back empty begins no earlier run anew.
  std::map<std::string, uint32_t> runs_ GUARDED_BY(runs_mutex_);
};

}  // namespace awps
