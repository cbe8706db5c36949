#pragma once

// CommitterThread: lets a committer turn whenever it has something to do, and sleeps in between.
//
// How a committer is put together: `arrivals` is the queue of the hub for doors, with a place for
// each intake thread and one more for the worker (`worker_place`), and `wake` of it wakes the
// committer. `window` has one place, charges Account::window_bytes, wakes the worker, and its
// room_again wakes the committer. DurableEntrance leads to arrivals. The worker pops from the
// window and knows the committer (Worker::Parts). Started: the committer's thread before the
// worker's. Stopped: doors push nothing more; stop(), and stop() of the worker; once that has
// ended, finish(); only then do the doors end.
//
// wake() may be called from any thread, also before start() and after finish().

#include <atomic>
#include <condition_variable>
#include <functional>
#include <thread>

#include "base/clock.h"
#include "base/mutex.h"
#include "worker/awaited.h"
#include "worker/committer.h"

namespace awps {

/// What others wake it by. Apart, since the queues that do are made before the committer.
class CommitterWake {
 public:
  void wake();
  /// Waits until it is woken, for at most this long.
  void wait(Duration longest);

 private:
  Mutex mutex_;
  std::condition_variable_any condition_;
  bool is_woken_ GUARDED_BY(mutex_) = false;
};

class CommitterThread {
 public:
  CommitterThread(Committer& committer, HubQueue& arrivals, CommitterWake& wake, const Clock& clock)
      : committer_(committer), arrivals_(arrivals), wake_(wake), clock_(clock) {}
  ~CommitterThread() {
    (void)finish([] { return false; });  // waits for it
  }
  CommitterThread(const CommitterThread&) = delete;
  CommitterThread& operator=(const CommitterThread&) = delete;

  void start();
  /// The worker has ended: Committer::finish(), and the thread ends. Waits for it, until `gives_up`
  /// says that this is of no use. False: the thread has not ended.
  bool finish(const std::function<bool()>& gives_up);

 private:
  void run();
  void wait();

  Committer& committer_;
  HubQueue& arrivals_;
  CommitterWake& wake_;
  const Clock& clock_;
  std::atomic<bool> finishing_{false};
  Awaited ended_;
  std::jthread thread_;
};

}  // namespace awps
