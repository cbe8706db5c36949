#pragma once

// LetterKeeper: the owner of all hubs' logs of dead letters. It writes what their boxes bring: the
// first of a quiet time at once, and from then on with a sync a second at most for each hub.
//
// 1. A box lives as long as the keeper, so a hub that is gone can come back to it.
// 2. What the disk does not take stays in its box, and is tried again after 1 s … 30 s. That is
//    told once, and once that it is over. So is what keeps it from tidying up.
// 3. The letters of a box that were handed over together are one group, if their numbers are
//    consecutive, and so is what they replace.
//
// turn(), next_turn() and finish() are for one thread, see LetterKeeperThread; the rest for any. It
// never sleeps by itself, so a test can drive it in virtual time.

#include <spdlog/logger.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "spool/disk_wait.h"
#include "spool/log.h"
#include "worker/letter_box.h"

namespace awps {

class LetterKeeper {
 public:
  static constexpr Duration kSyncPause = std::chrono::seconds(1);

  struct Parts {
    const Clock& clock;
    spdlog::logger& logger;
    std::function<void()> wake;  // its thread; any thread
  };

  explicit LetterKeeper(Parts parts) : parts_(std::move(parts)), disk_(parts_.clock) {}

  /// The box of a hub that has none yet, whose letters are in this log.
  LetterBox& keep(const std::string& hub, std::unique_ptr<Log> log);
  /// nullptr: it has none.
  LetterBox* find(const std::string& hub) const;

  void turn();
  /// When turn() has something to do, if nothing else happens; kNever: not by time.
  Instant next_turn() const;
  /// All is tried to be written, once.
  void finish();

  /// Letters that are in memory alone, and why.
  struct Unwritten {
    std::string hub;
    uint64_t letters = 0;
    std::string error;
  };
  std::vector<Unwritten> unwritten() const;
  /// Of all hubs, since one thread writes for all.
  const DiskWait& disk() const { return disk_; }

 private:
  struct Kept {
    std::string hub;
    std::unique_ptr<Log> log;
    std::unique_ptr<LetterBox> box;
    Instant try_at = Instant::min();
    Instant last_write = Instant::min();
    Instant next_house = kNever;
    Duration pause{};            // after failures
    Instant untidy_at = kNever;  // when it could not tidy up, last; kNever: it could
  };

  std::vector<Kept*> all() const;
  bool has_work(const Kept& kept) const;
  bool is_due(const Kept& kept, Instant now) const;
  void write(Kept& kept, Instant now);
  bool write_group(Kept& kept, Instant now, bool& is_all);
  static LetterBox::Group take_what_fits(const Kept& kept);
  void note_failure(Kept& kept, const LetterBox::Group& group, const Log::CommitError& error,
                    Instant now);
  void keep_house(Kept& kept, Instant now);
  void tell_of_house(Kept& kept, const std::vector<IoError>& errors, Instant now);

  const Parts parts_;
  DiskWait disk_;
  mutable Mutex mutex_;
  std::map<std::string, std::unique_ptr<Kept>> kept_ GUARDED_BY(mutex_);  // none ever goes
};

}  // namespace awps
