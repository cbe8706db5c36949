#pragma once

// HubUnit: a hub as it runs: its plan, the parts that its threads are made of, and what operators
// have done to it. HubMaker makes it; HubTable orders who may change it.
//
// 1. A hub with a log has three queues: doors push to `queue`, from which the committer writes, and
//    its worker takes from `window`; streams push to `records`, from which the worker takes, too.
//    These two share what memory the hub may take: what is on disk alone does not starve records.
// 2. Its threads end in this order: the worker's, then the committer's, with the last releases
//    synced. Only then has it `ended`. If the process stops and the hub's disk hangs, the
//    committer's thread is left behind: it is in a call of the system, and cannot be ended.
// 3. One whose records on disk are for another service sends nothing until an operator resumes it.
//
// Any thread that shares it reads what is atomic, and asks the queue and the worker what they
// allow. The functions that change it are for whoever holds HubTable::changes().

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "auth/entra_token_keeper.h"
#include "auth/token_cache.h"
#include "auth/token_source.h"
#include "daemon/awpsd/plan.h"
#include "http/http_transport.h"
#include "intake/hub_directory.h"
#include "metrics/counters.h"
#include "queue/hub_entrance.h"
#include "queue/hub_queue.h"
#include "worker/committer.h"
#include "worker/committer_thread.h"
#include "worker/letter_box.h"
#include "worker/worker.h"
#include "worker/worker_for_streams.h"

namespace awps {

struct HubUnit {
  HubPlan plan;     // as it was started
  HubPlan applied;  // as the last reload left it; of whoever applies
  std::atomic<uint64_t> max_in_flight{0};
  std::atomic<double> requests_per_second{0};
  HubCounters counters;
  std::unique_ptr<HttpTransport> transport;
  std::shared_ptr<EntraTokenKeeper> keeper;  // nullptr: an access key makes the tokens
  std::unique_ptr<TokenSource> tokens;
  KeyTokenSource* keys = nullptr;                 // the tokens, if an access key makes them
  std::unique_ptr<CommitterWake> committer_wake;  // nullptr, as these: it has no log
  SpoolCounters spool_counters;
  std::unique_ptr<HubQueue> queue;   // of the doors
  std::unique_ptr<HubQueue> window;  // these three: of a hub with a log
  std::unique_ptr<Committer> committer;
  std::unique_ptr<CommitterThread> committer_thread;
  // Of streams: straight to the worker, beside its log. nullptr: they come by `queue`.
  std::unique_ptr<HubQueue> records;
  std::unique_ptr<HubEntrance> records_entrance;
  std::string log_error;  // why it should have a log, and has none; as it was made
  std::unique_ptr<HubEntrance> entrance;
  LetterBox* letter_box = nullptr;  // of its dead letters; nullptr: they are in memory
  std::shared_ptr<EndpointState> endpoint;
  std::unique_ptr<WorkerForStreams> for_streams;  // outlives the worker
  std::unique_ptr<Worker> worker;
  std::shared_ptr<const void> lease;   // for doors, while the hub is configured
  std::weak_ptr<const void> lent;      // expired: no door can push any more
  std::atomic<bool> is_ending{false};  // it is gone, and its worker was told to end
  std::jthread thread;
  std::atomic<bool> started{false};               // until then nothing of it has to end
  std::atomic<bool> worker_ended{false};          // its loop has: the rest waits for the disk
  std::atomic<bool> ended{false};                 // its threads have: nobody else uses its parts
  std::atomic<bool> left_behind{false};           // but for the committer's, which hangs
  std::atomic<bool> ends_with_process{false};     // it was told so
  std::atomic<bool> paused{false};                // by an operator
  std::atomic<bool> draining{false};              // likewise
  std::atomic<bool> is_for_other_service{false};  // what it has on disk, until it is resumed

  /// Starts its threads; their last act is `on_end`.
  void start(std::function<void()> on_end);
  /// The process stops, and doors push nothing more: its threads end when all is settled, at the
  /// latest at `deadline`. A disk that hangs holds them up for DiskWait::kLongestAnswer.
  void stop(Instant deadline);
  /// It may_end(), in a process that goes on: nothing of it stays behind, however long that takes.
  void retire();
  void stop_now() { stop(Instant::min()); }

  /// The worker takes the options over a moment later.
  void reconfigure(const HubPlan& changed, const SpoolConfig& spool);
  /// It accepts nothing new, and delivers what it has.
  void remove();
  void set_removed(bool removed);
  /// It is gone, has nothing left, and nothing can come: the worker may end.
  bool may_end() const;
  /// Fills in what leads a door's actions here.
  void lend_to(IntakeHub& door);
  /// The same, for a stream's.
  void lend_records_to(IntakeHub& door);
  /// It takes nothing, and says why (storage_failed). While it is made.
  void refuse_for(const std::string& reason);
  /// It accepts actions, and sends nothing.
  void set_paused(bool pauses);
  /// It accepts nothing, and sends what it has.
  void set_draining(bool drains);
  /// Ends both.
  void end_steering();
  /// The same, and what it has on disk may go to its present service: once a crash would not hold
  /// it again.
  void resume();
  /// The worker does what `paused` says, a moment later. Any thread.
  void follow_pause();

  /// Does its delivery loop turn, is it to start yet, or has it ended as it should? What a disk
  /// that hangs holds up after that is no reason to kill the process.
  bool is_alive(AwakeInstant now) const {
    static constexpr Duration kLongestTurn = std::chrono::seconds(10);
    return !started || worker_ended || now - worker->last_turn() <= kLongestTurn;
  }
  /// Has every action its outcome?
  bool is_empty() const;

  /// After the worker's end, in its thread: letters and then positions are written.
  void end_log();
  /// What the worker takes from.
  HubQueue& memory() const { return window != nullptr ? *window : *queue; }
  /// Bytes in memory, of actions without an outcome.
  uint64_t held_bytes() const;
  /// That what its worker takes from may hold: max_queued_bytes.
  uint64_t max_held_bytes() const;
  /// Its numbers, with those of its log: the law holds in them.
  HubValues values() const;
  /// Why it is paused, for people.
  std::string words_of_other_service() const;
};

}  // namespace awps
