#pragma once

// HubShares: how the hubs of one endpoint share its pace: max-min fair (Bertsekas, Gallager, "Data
// Networks", §6.5.2). Each hub that wants less than its part gets what it wants, the others share
// what is left equally; what an idle hub does not use is lent.
//
// 1. Recomputed every 100 ms from what the hubs took in the last 100 ms, and from whether they were
//    refused more.
// 2. An idle hub keeps an equal part to begin with: for 100 ms more may be asked for than there is,
//    and the endpoint's own limit decides.
// 3. With one hub, or without a pace, nothing is held back here.
//
// Any thread.

#include <atomic>
#include <cstdint>
#include <deque>

#include "base/clock.h"
#include "base/mutex.h"
#include "limit/gcra.h"

namespace awps {

/// One hub's part. Its worker alone takes and gives back.
class HubShare {
 public:
  /// When the hub may send its next request; `now` or earlier: at once.
  Instant earliest() const { return requests_.earliest(); }
  bool take(Instant now) {
    if (requests_.take(1, now)) {
      count(1);
      return true;
    }
    was_refused_.store(true, std::memory_order_relaxed);
    return false;
  }
  /// Gives back what take() took: the endpoint's own limit refused the request.
  void give_back() {
    requests_.give_back(1);
    count(-1);
    was_refused_.store(true, std::memory_order_relaxed);
  }
  uint64_t available(Instant now) const { return requests_.available(now); }

 private:
  friend class HubShares;
  // One thread writes it: what is read before is what is there.
  void count(int64_t more) {
    taken_.store(taken_.load(std::memory_order_relaxed) + more, std::memory_order_relaxed);
  }

  Gcra requests_{Gcra::Options{}};
  std::atomic<int64_t> taken_{0};  // since ever
  std::atomic<bool> was_refused_{false};
  int64_t taken_before_ = 0;  // when HubShares, which guards it, looked last
};

class HubShares {
 public:
  /// Another hub's share; it lives as long as this. Any thread.
  HubShare& join();
  /// Call it often; it acts every 100 ms. `pace` in requests a second, 0: no limit.
  void recompute(double pace, Duration burst, Instant now) {
    if (now.time_since_epoch().count() >= next_.load(std::memory_order_relaxed)) {
      recompute_now(pace, burst, now);
    }
  }
  /// The pace has become `factor` times as high: whoever waits for its permit gets it sooner.
  void hasten(double factor, Instant now);

 private:
  void recompute_now(double pace, Duration burst, Instant now);

  static constexpr Duration kPeriod = std::chrono::milliseconds(100);

  Mutex mutex_;
  std::deque<HubShare> shares_ GUARDED_BY(mutex_);
  std::atomic<int64_t> next_{INT64_MIN};
};

}  // namespace awps
