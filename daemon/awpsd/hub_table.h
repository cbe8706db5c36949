#pragma once

// HubTable: the hubs that are, were and will be. It has them made from a plan (hub_maker.h),
// changes them as a reload plans it, and brings them to their end.
//
// 1. A hub that a reload has taken out of the configuration accepts nothing new, and delivers what
//    it has. Once nothing can come any more, retire() ends its thread and frees it. Only its dead
//    letters stay, as a RestingHub.
// 2. Hubs are changed by one at a time: a reload, an operator, or the stop. Each holds changes();
//    after begin_stop() only the stop changes anything.
// 3. The life: open(), the doors take directory(), start_workers(), begin_stop(), deliver_until(),
//    join(). One thread (main) does these.
// 4. Whoever was given a hub shares it: it may be gone from the table since.
//
// Any thread may call the rest once start_workers() has returned; apply() one at a time.

#include <spdlog/logger.h>

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/exit_code.h"
#include "base/mutex.h"
#include "base/result.h"
#include "daemon/awpsd/hub_letters.h"
#include "daemon/awpsd/hub_logs.h"
#include "daemon/awpsd/hub_maker.h"
#include "daemon/awpsd/hub_recoveries.h"
#include "daemon/awpsd/hub_unit.h"
#include "daemon/awpsd/plan.h"
#include "daemon/awpsd/resting_hub.h"
#include "daemon/awpsd/shared_parts.h"
#include "intake/hub_directory.h"
#include "spool/undelivered_file.h"

namespace awps {

class HubTable {
 public:
  /// What hubs are made of beside their plans.
  struct Parts {
    const Clock& clock;
    spdlog::logger& logger;
    MakeTransport make_transport;
    UndeliveredFile& undelivered;
    size_t max_undelivered_line_bytes = 0;
    int intake_threads = 1;  // of all doors
    HubLogs& logs;
    SpoolConfig spool;
  };

  /// What the table tells, while it lives.
  struct Listeners {
    std::function<void()> room_again;  // a full queue has; any thread
    /// The hubs that producers may send to are others now. The thread that calls apply(), which
    /// holds changes().
    std::function<void(std::vector<IntakeHub>)> directory_changed;
    std::function<void()> worker_ended;  // each worker's last act
  };

  HubTable(Parts parts, Listeners listeners);
  ~HubTable();
  HubTable(const HubTable&) = delete;
  HubTable& operator=(const HubTable&) = delete;

  /// Why nothing can be started.
  struct OpenError {
    ExitCode exit_code = ExitCode::kTempFail;
    std::string message;
  };
  /// Makes the hubs of the plan; first it reads what the last run left on disk. `progress` is told
  /// of that, in words. What is wrong with one hub's log is that hub's alone.
  Result<void, OpenError> open(const Plan& plan,
                               const std::function<void(const std::string&)>& progress);

  /// The hubs that are configured, for doors: their queues, and who may use them.
  Result<std::vector<IntakeHub>> directory() const;
  std::vector<IntakeHub> directory_for_streams() const;  // empty where the other is an Error
  /// First waits a few seconds at most for the first tokens of identities.
  void start_workers();

  /// Follows what a reload can change: hubs, limits, budgets, rules, retries. An Error says what it
  /// cannot follow, and nothing has changed; or a stop has begun meanwhile. The workers take it
  /// over a moment later. Waits a second at most for the tokens of identities that are new, and one
  /// for hubs that are ending and come back. Returns the names of the hubs that are new. One that
  /// has something on disk is made by retire(), once that was read.
  Result<std::vector<std::string>> apply(const Plan& plan) EXCLUDES(changes_mutex_);
  /// Takes keys that changed in a connection_file, and ends what a refused credential holds.
  void reload_credentials();
  void set_part(const std::string& stream, const SharedPart& part);  // see SharedParts

  /// Whoever changes a hub holds it, and changes none while is_stopping().
  Mutex& changes() RETURN_CAPABILITY(changes_mutex_) { return changes_mutex_; }

  /// From now on nobody else changes a hub; one that an operator paused sends again. A reload that
  /// is under way is waited for, a few seconds at most.
  void begin_stop() EXCLUDES(changes_mutex_);
  /// Acquire pairs with the release in begin_stop(): no hub retires any more.
  bool is_stopping() const { return stopping_.load(std::memory_order_acquire); }
  /// After the doors push nothing more: the workers end when all is delivered, or at `deadline`.
  void deliver_until(Instant deadline);
  /// The workers end at once. Any thread, at any time.
  void stop_now();
  /// Acquire pairs with the release in start_worker(). Each of its fetch_subs continues the release
  /// sequence of the others, so a 0 shows what all of the workers wrote.
  bool workers_ended() const { return workers_running_.load(std::memory_order_acquire) == 0; }
  /// Some have not, and may never: the disk with the file of undelivered actions hangs.
  bool is_held_up() const { return is_stopping() && parts_.undelivered.hangs(); }
  struct Left {
    uint64_t undelivered = 0;  // actions left behind that no log has
    uint64_t lost = 0;         // of all; the other undelivered ones are in the file
    uint64_t on_disk = 0;      // in logs
    bool disk_hangs = false;   // nobody knows of some of the lost ones
  };
  /// After workers_ended(), or is_held_up(): then threads stay behind. Tells of disks that hang.
  Left join();
  bool keeps_unsettled(const std::string& hub) const;  // its log has what the worker left
  /// After join(): writes dead letters, and tells of those that are not. How many are lost. A disk
  /// may take its time: producers are not to wait, and `waits` is called now and then.
  uint64_t finish_letters(const std::function<void()>& waits);
  /// After finish_letters(): threads are in calls of the system that may never return, or read a
  /// log to its end. The destructor would wait for them: the process has to end without it.
  bool has_threads_left() const;

  /// Ends hubs that are gone, as far as each can be ended now, and makes those whose logs have been
  /// read. Call it when a worker has ended and each second as long as it says that some are left.
  /// It waits for nobody. Any thread.
  bool retire() EXCLUDES(changes_mutex_);

  using Hubs = std::vector<std::shared_ptr<HubUnit>>;
  /// By name, the default one first; those that are gone as well, until they have ended.
  Hubs hubs() const;
  /// nullptr: there is none.
  std::shared_ptr<HubUnit> find(std::string_view name) const;
  /// Those that are gone, but for their dead letters; by name.
  std::vector<std::shared_ptr<RestingHub>> resting() const;
  std::shared_ptr<RestingHub> find_resting(std::string_view name) const;
  /// Those that a reload brought, and whose logs are being read; they are not in hubs() yet.
  const HubRecoveries& recoveries() const { return recoveries_; }
  const std::string& default_hub() const { return default_hub_; }

  struct Past {  // of hubs that have ended
    uint64_t delivered = 0;
    uint64_t dead_lettered = 0;
    uint64_t expired = 0;
  };
  Past past() const;

 private:
  /// nullptr: the stop has begun meanwhile.
  std::shared_ptr<HubUnit> make_hub(const HubPlan& plan, OpenedHub opened);
  void start_worker(HubUnit& hub);
  std::shared_ptr<HubUnit> hub_with(std::string_view canonical_name) const;
  HubPlan followed(const HubUnit& hub, const HubPlan& planned) const;
  bool wait_for_the_ending(const std::vector<HubPlan>& plans) const REQUIRES(changes_mutex_);
  std::shared_ptr<HubUnit> make_or_change(const HubPlan& planned) REQUIRES(changes_mutex_);
  void make_what_is_read() REQUIRES(changes_mutex_);
  void retire_hubs() REQUIRES(changes_mutex_);
  void age_letters() REQUIRES(changes_mutex_);
  void free_the_dead() REQUIRES(changes_mutex_);
  void lay_to_rest(const std::shared_ptr<HubUnit>& hub) REQUIRES(changes_mutex_);
  void lead_to_hubs(const std::vector<HubPlan>& plans, std::vector<IntakeHub>& directory) const;
  void release_credential_holds();
  void wake_workers() const;
  void mark_as_stopping();
  static Left left_by_unstarted(const HubUnit& hub);
  static Left left_by_ended(HubUnit& hub);
  Left left_by_hanging(const HubUnit& hub) const;
  void tell_of_held_up(const HubUnit& hub, const Left& left) const;
  bool has_log_of_all(const std::string& hub) const;

  const Parts parts_;
  const Listeners listeners_;
  std::string default_hub_;  // as open() was told
  SharedParts shared_;
  HubMaker maker_;
  HubLetters letters_;
  HubRecoveries recoveries_;
  Mutex changes_mutex_;  // before the other
  mutable Mutex hubs_mutex_;
  Hubs hubs_ GUARDED_BY(hubs_mutex_);
  std::map<std::string, std::shared_ptr<RestingHub>, std::less<>> resting_ GUARDED_BY(hubs_mutex_);
  Past past_ GUARDED_BY(hubs_mutex_);
  Hubs dead_ GUARDED_BY(changes_mutex_);  // have ended, and are to be freed
  std::jthread reaper_ GUARDED_BY(changes_mutex_);
  std::atomic<bool> reaps_{false};
  std::atomic<int> workers_running_{0};
  std::atomic<bool> stopping_{false};
  bool keeper_hangs_ = false;
};

}  // namespace awps
