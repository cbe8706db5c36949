#pragma once

// Committer: the one owner of a hub's log. It writes what doors bring, gives the receipts once that
// is synced, and lets as much into the worker's memory as there is room for.
//
//   doors → arrivals → [group → log] → window → worker
//                           └→ tail → window
//
// 1. Nothing is published to the worker, and no receipt given, before the sync that covers it. A
//    hub that overflows to disk only when memory is full is another case: committer_overflow.cc.
// 2. The worker gets the actions in the order of their positions, but for those that were never
//    written (redriven ones whose disk has failed), see tail.h.
// 3. A position is released in the log after the outcome of its action was reported, and not at all
//    if a stop left it.
// 4. What a failed disk does not take within 10 s is refused late. A full one makes doors wait.
// 5. Commits begin `commit_interval` apart at least; a lone action is committed at once.
//
// One thread, see CommitterThread: turn(), next_turn(), has_arrivals(), finish(). What is marked so
// may be called from any. It never sleeps by itself, so a test can drive it in virtual time.

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "metrics/counters.h"
#include "queue/hub_queue.h"
#include "queue/report_queue.h"
#include "spool/disk_wait.h"
#include "spool/log.h"
#include "worker/awaited.h"
#include "worker/commit_group.h"
#include "worker/commit_times.h"
#include "worker/committer_counts.h"
#include "worker/committer_log.h"
#include "worker/committer_options.h"
#include "worker/durable_entrance.h"
#include "worker/log_counters.h"
#include "worker/memory_head.h"
#include "worker/settled_positions.h"
#include "worker/storage_state.h"
#include "worker/tail.h"
#include "worker/worker_mail.h"

namespace awps {

class Committer {
 public:
  using Options = CommitterOptions;
  using Parts = CommitterParts;

  /// What the log was told to release before is of generation 1.
  Committer(const Options& options, const Parts& parts, std::unique_ptr<Log> log);
  ~Committer();
  Committer(const Committer&) = delete;
  Committer& operator=(const Committer&) = delete;

  /// What doors' queue may hold: what is not written yet.
  static uint64_t arrivals_bytes(uint64_t max_queued_bytes, uint64_t commit_bytes);

  void turn();
  /// When turn() has something to do, if nothing else happens; kNever: not by time.
  Instant next_turn() const;
  bool has_arrivals() const { return parts_.arrivals.size_approx() > 0; }
  /// The worker has ended: the last releases are written and synced, and producers told what the
  /// log keeps (5 s at most). Nothing is done afterwards.
  void finish();

  // Any thread.

  /// The doors push nothing more. What is there is written, or refused.
  void stop();
  /// What was accepted for another service is the present one's; see parts.adopted.
  void adopt_service();
  /// How many accepted actions that the worker had not are in the log; after finish().
  uint64_t kept() const { return tail_.records(); }
  /// How many could not be kept; likewise.
  uint64_t lost() const { return unkept_.load(std::memory_order_relaxed); }
  const LogRecovery& recovery() const { return log_->recovery(); }
  /// Of its log.
  const LogRun& run() const { return run_; }

  using Counts = CommitterCounts;
  /// accepted is not less than what the others and the worker have of it.
  Counts counts() const;
  /// The worker gets nothing any more, once it has what is in the window.
  bool is_drained() const;
  /// Why the disk took nothing the last time that it failed; empty: it never did.
  std::string failure() const;
  /// Who has most on disk alone, a second ago at most while the house is kept.
  std::vector<TailHolder> holders() const;
  /// How long the disk has not answered by now.
  const DiskWait& disk() const { return disk_; }

  // The worker.

  /// Positions whose outcomes are told by now, and whose dead letters are safe; it is empty then.
  /// Returns the generation of what was handed over last.
  uint64_t settled(std::vector<uint64_t>& positions);
  /// It and those before are released for good. Acquire pairs with the release in note_synced().
  uint64_t synced_generation() const { return synced_.load(std::memory_order_acquire); }
  /// To be written, and to come by the window. The hub is charged for it.
  void redrive(std::unique_ptr<Batch> batch);
  /// What cannot be read, for dead letters; and redriven letters whose records are synced.
  WorkerMail::Mail take_mail() { return mail_.take(); }
  /// Writes what is there; nothing is pushed to the window any more. False: the disk hangs.
  bool close_window();
  /// After that: writes what only memory had, in order of position. False: it may not be on disk.
  bool keep(std::vector<HeadRecord> records);

 private:
  bool overflows() const { return options_.writes == Options::Writes::kOverflow; }
  bool is_leaving() const { return options_.writes == Options::Writes::kNothing; }
  bool has_waiting() const { return has_arrivals() || !group_.empty(); }
  bool is_closing() const;
  bool takes_directly() const;
  bool is_large() const;
  Budget::Room room_at_doors() const;
  void pass_directly();
  size_t take_group_back();
  void publish_directly(CommitGroup::Member member);
  void accept_group();
  void hand_over_all();
  void write_head(Instant now);
  bool is_commit_due(Instant now) const;
  CommitWork work() const;
  bool needs_disk() const;
  void commit(Instant now);
  void fill_group(Instant now);
  void enter_log(CommitGroup::Member& member);
  bool has_room(Instant now);
  void look_for_room(Instant now);
  void write_group(Instant now);
  void publish_group();
  void accept(CommitGroup::Member& member);
  void publish(CommitGroup::Member member);
  void to_window(std::unique_ptr<Batch> batch, Position first);
  void take_out_duplicates(Batch& batch);
  void pass_through();
  void note_failure(const Log::CommitError& error, Instant now);
  void refuse_all();
  void refuse(CommitGroup::Member member);
  void lose(Batch& batch);
  void release_settled();
  void write_releases(Instant now);
  void look_through();
  void hand_over_unreadable();
  void end_window(Instant now);
  void hand_over_last();
  WallTime ids_from();
  void keep_house(Instant now);
  void note_errors(Instant now);
  void note_holders();
  void note_synced();

  const Options options_;
  const Parts parts_;
  const CommitTimes times_;
  const std::unique_ptr<Log> log_;
  const LogRun run_;
  DurableEntrance entrance_;
  Reporter reporter_;
  Tail tail_;
  CommitGroup group_;
  Instant group_since_{};  // when its first member came
  GroupReceipts receipts_;
  MemoryHead head_;
  StorageState storage_;
  DiskWait disk_;
  CommitterLog lines_;
  LogCounters counters_;
  SettledPositions settled_;
  uint64_t released_ = 1;  // the generation that the log knows of; 1: what it came with
  std::atomic<uint64_t> synced_{0};
  bool passes_through_ = false;    // nothing is written any more, and nothing lives in the log
  bool waits_for_window_ = false;  // while it does: the window's budget tells
  bool tried_after_stop_ = false;
  Instant last_commit_ = Instant::min();  // when it began
  Instant last_record_ = Instant::min();
  Instant last_release_ = Instant::min();
  Instant unsynced_since_{};  // while the log has something unsynced
  Instant next_house_ = Instant::min();
  Instant next_look_ = Instant::min();
  std::atomic<uint64_t> accepted_{0};
  std::atomic<uint64_t> unkept_{0};
  std::atomic<uint64_t> duplicates_{0};
  std::atomic<bool> stopping_{false}, closing_{false}, adopts_{false};
  bool is_adopting_ = false;
  Awaited closed_;
  mutable Mutex told_mutex_;
  std::string failure_ GUARDED_BY(told_mutex_);
  std::vector<TailHolder> holders_ GUARDED_BY(told_mutex_);
  WorkerMail mail_;
};

}  // namespace awps
