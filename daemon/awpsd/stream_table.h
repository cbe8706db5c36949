#pragma once

// StreamTable: the streams that are, and those that are on their way out. It makes them from a
// plan, changes them as a reload plans it, and brings them to their end.
//
// 1. Nothing here waits for a broker or for a hub: not the start, not a reload. The stop waits for
//    the streams' threads, as long as longest_stop() says; one that has not come back by then is
//    left behind.
// 2. A stream that a reload has taken out gives back its partitions. One with its name, and one
//    that needs its place in the hubs' queues, begins after it has ended, see retire().
// 3. The life: open(), begin_stop(), has_stopped(), the hubs' workers end, close(). One thread
//    (main) does these, and retire().
//
// Any thread may call the rest after open(); apply() one at a time.

#include <spdlog/logger.h>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "admin/stream_view.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"
#include "daemon/awpsd/plan.h"
#include "daemon/awpsd/shared_parts.h"
#include "daemon/awpsd/stream_parts.h"
#include "daemon/awpsd/stream_unit.h"
#include "intake/hub_directory.h"

namespace awps {

class StreamTable {
 public:
  /// All of them outlive it.
  struct Parts {
    const Clock& clock;
    spdlog::logger& logger;
    MakeTransport make_transport;  // to where tokens are
    MakeStreamEnds make_ends;
    /// What a stream owns of its topic, at each change; its thread calls it.
    std::function<void(const std::string& stream, const SharedPart& part)> on_part;
    int first_slot = 0;  // of kMostStreams
  };

  explicit StreamTable(Parts parts);
  ~StreamTable();
  StreamTable(const StreamTable&) = delete;
  StreamTable& operator=(const StreamTable&) = delete;

  /// Makes the streams of the plan, and starts them.
  void open(const Plan& plan, std::vector<IntakeHub> hubs);

  /// The names of the streams that are new. After begin_stop() nothing changes any more.
  std::vector<std::string> apply(const Plan& plan) EXCLUDES(mutex_);
  /// The hubs are others now.
  void use(std::vector<IntakeHub> hubs) EXCLUDES(mutex_);
  /// A hub has room again.
  void room_again() EXCLUDES(mutex_);
  /// Goes on with what is on its way out, and makes what waits for that. Call it each second as
  /// long as it says that there is some.
  bool retire() EXCLUDES(mutex_);

  /// Each gives back what it has.
  void begin_stop() EXCLUDES(mutex_);
  /// After begin_stop(): what is under way, and brokers that hang, are not waited for any more.
  void hurry_stop() EXCLUDES(mutex_);
  /// After begin_stop(): all have, or longest_stop() is over; that is told.
  bool has_stopped() EXCLUDES(mutex_);
  /// From begin_stop() on.
  Duration longest_stop() const EXCLUDES(mutex_);
  /// After the hubs' workers have ended: waits for the end of the threads, a few seconds at most.
  void close() EXCLUDES(mutex_);
  /// After close(): the destructor would wait for threads that may never end.
  bool has_threads_left() const EXCLUDES(mutex_);

  /// By name; those that are on their way out as well.
  std::vector<StreamView> views() const EXCLUDES(mutex_);
  /// Does each thread turn? Else which does not.
  Result<void> alive(AwakeInstant now) const EXCLUDES(mutex_);

 private:
  using Unit = std::shared_ptr<StreamUnit>;
  using Units = std::vector<Unit>;
  using Directory = std::shared_ptr<const HubDirectory>;
  struct Changes {
    Units ended;
    Units changed;
  };

  Unit make(const StreamPlan& plan, int slot) REQUIRES(changes_mutex_);
  StreamTies ties_of(const StreamPlan& plan, const std::shared_ptr<StreamWaker>& waker)
      REQUIRES(changes_mutex_);
  Changes compare(const Plan& plan) REQUIRES(changes_mutex_) EXCLUDES(mutex_);
  std::vector<std::string> make_what_waits() REQUIRES(changes_mutex_) EXCLUDES(mutex_);
  std::optional<std::pair<StreamPlan, int>> next_that_waits() EXCLUDES(mutex_);
  Directory add(const Unit& unit) EXCLUDES(mutex_);
  Units units() const EXCLUDES(mutex_);
  Directory directory() const EXCLUDES(mutex_);
  bool drop_what_has_ended() EXCLUDES(mutex_);

  const Parts parts_;
  std::atomic<uint64_t> last_producer_;
  Mutex changes_mutex_;  // before the other
  SharedParts identities_ GUARDED_BY(changes_mutex_);
  mutable Mutex mutex_;
  Units units_ GUARDED_BY(mutex_);
  std::vector<StreamPlan> waiting_ GUARDED_BY(mutex_);  // for a place
  Directory directory_ GUARDED_BY(mutex_);
  bool is_stopping_ GUARDED_BY(mutex_) = false;
  Instant given_up_at_ GUARDED_BY(mutex_) = kNever;
};

}  // namespace awps
