#pragma once

// Tail: which of a durable hub's committed records wait on disk alone. The hub is direct while
// there are none: then what is committed goes to the worker. Once the window has no room for it,
// everything later goes to the tail, until that is empty.
//
// 1. The tail is all that is live from a position on; it is read in order of position. So the
//    worker gets the actions in the order committed, whichever way they go.
// 2. The window is filled again when it is below half.
// 3. What is past its time to live may end here, see look_through(). Everything else ends in the
//    worker, but for what is withheld: that is passed over, or released before, and others end it.
//
// One thread: the committer's. records(), expired() and lost() may be read by any.

#include <atomic>
#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "queue/hub_queue.h"
#include "queue/report_queue.h"
#include "spool/log.h"
#include "worker/refill.h"
#include "worker/tail_accounts.h"

namespace awps {

class Tail {
 public:
  struct Parts {
    Log& log;
    HubQueue& arrivals;  // whose doors are told what their producers have on disk
    HubQueue& window;
    const Clock& clock;
    const LogRun& run;
    Reporter& reporter;
    const std::vector<Position>& withheld;  // ascending
  };

  /// What the log has from before is the tail.
  explicit Tail(const Parts& parts);

  bool is_direct() const { return is_direct_; }
  /// Of a direct hub: the tail begins at this position.
  void begin(Position first);
  /// A committed batch of the tail, at this position. Its `record_bytes` may go, and the batch too.
  void add(const Batch& batch, Position first, uint64_t record_bytes);
  /// The log is about to release these: those that are withheld are no more of it.
  void note_release(PositionRange range);

  /// Reads as much as the window is to have, 1 MiB at most. An error: tried again later.
  Result<void, IoError> refill(Instant now);
  /// When refill() has something to do, if nothing else happens; kNever: the window tells.
  Instant refill_at(Instant now) const;

  /// Reads on for what is past its time to live, 1 MiB at most: it ends as expired, and is to be
  /// released. True: it has come to the end.
  bool look_through(std::vector<PositionRange>& released);

  /// Tells producers that wait for it what stays in the log, until `deadline`.
  void tell_kept(Instant deadline);

  std::vector<UnreadableRecord> take_unreadable() { return refill_.take_unreadable(); }
  /// Once in a while.
  void sweep();
  std::vector<TailHolder> largest_holders(size_t most) const { return accounts_.largest(most); }

  /// Acquire pairs with the release in take_away(): what has left the tail is in the window.
  uint64_t records() const { return records_.load(std::memory_order_acquire); }
  /// Acquire pairs with the release in look_through() and take_lost(): what these count was
  /// accepted before, see Committer::counts().
  uint64_t expired() const { return expired_.load(std::memory_order_acquire); }
  uint64_t lost() const { return lost_.load(std::memory_order_acquire); }

 private:
  void take_away(uint64_t records);
  void take_lost(Position cursor);
  void note_end(bool stands_still, Instant now);
  void push(Refill::Refilled refilled);
  bool is_withheld(Position position) const;
  bool is_expired(const Record& record) const;
  void report(const Record& record, OutcomeKind kind, std::vector<Outcome>& outcomes);

  const Parts parts_;
  TailAccounts accounts_;
  Refill refill_;
  RecordReader reader_;
  bool is_direct_ = true;
  bool waits_for_window_ = false;  // it was at half or above: the window's budget tells
  Instant retry_at_ = Instant::min();
  Position end_ = 0;             // behind the last record
  Position looked_through_ = 0;  // up to here
  std::atomic<uint64_t> records_{0};
  std::atomic<uint64_t> expired_{0};
  std::atomic<uint64_t> lost_{0};
};

}  // namespace awps
