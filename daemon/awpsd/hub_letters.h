#pragma once

// HubLetters: where the dead letters of hubs are kept: on disk, by one keeper for all hubs, or in
// memory, if the configuration says so or the spool cannot be had.
//
// 1. Letters are read once for each hub in the life of a daemon. A hub that was gone and comes back
//    has its letters still, in its box.
// 2. That they stay in memory, or on a disk that cannot be had, is warned of once. A hub that comes
//    back when the disk can be had has both, those of memory with new numbers.
//
// One thread at a time: whoever makes hubs. The keeper has a thread of its own.

#include <spdlog/logger.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "daemon/awpsd/hub_logs.h"
#include "daemon/awpsd/hub_unit.h"
#include "daemon/awpsd/plan.h"
#include "hub/dead_letters.h"
#include "worker/committer_thread.h"
#include "worker/letter_keeper.h"
#include "worker/letter_keeper_thread.h"

namespace awps {

class HubLetters {
 public:
  /// All of them outlive it.
  HubLetters(HubLogs& logs, const Clock& clock, spdlog::logger& logger);

  /// Letters of this hub are on disk, or will be, and were not read yet: HubLogs::open_hub() is to
  /// read them. Takes the lock; where it cannot be had, letters stay in memory.
  bool are_to_be_read(const HubPlan& plan);
  /// A hub comes back whose letters are these: what its log still has of them is not sent again.
  void claim(DeadLetterStore& letters, const std::string& hub, OpenedLog& log);
  /// The hub is made: its worker gets what was read, or `rested`, which it had before it was gone.
  void give_to(HubUnit& hub, OpenedLetters read, std::unique_ptr<DeadLetterStore> rested);

  void start() { thread_.start(); }
  /// After the hubs' threads have ended: all is written. `waits` is called meanwhile. False: the
  /// disk hangs, and the keeper's thread stays behind.
  bool finish(const std::function<void()>& waits) {
    return thread_.finish([&] {
      waits();
      return keeper_.disk().hangs();
    });
  }
  /// After finish(): what is in memory alone.
  std::vector<LetterKeeper::Unwritten> unwritten() const { return keeper_.unwritten(); }
  /// How long the disk has not answered by now.
  const DiskWait& disk() const { return keeper_.disk(); }

 private:
  std::unique_ptr<DeadLetterStore> store_of(HubUnit& hub, OpenedLetters read);
  void take_over(const HubUnit& hub, DeadLetterStore& store, DeadLetterStore& former);
  void warn_of_lock(const HubPlan& plan, const std::string& why);
  void tell_of(const HubUnit& hub, const OpenedLetters& read);

  HubLogs& logs_;
  const Clock& clock_;
  spdlog::logger& logger_;
  bool has_warned_ = false;
  bool has_warned_of_listing_ = false;
  CommitterWake wake_;
  LetterKeeper keeper_;
  LetterKeeperThread thread_;
};

}  // namespace awps
