#pragma once

// Permits: may one more request of this hub start now? The hub's own limits (requests under way,
// configured and learnt; requests and bytes a second), its share of its endpoint's pace, and the
// endpoint's pauses and holds.
//
// 1. A permit is taken for one request, before it is known how large it is; its bytes are charged
//    after that and delay those that come next.
// 2. What waits for a retry holds no permit.
//
// One thread; the endpoint's state takes several.

#include <cstdint>
#include <string>

#include "base/clock.h"
#include "limit/concurrency_limit.h"
#include "limit/endpoint_state.h"
#include "limit/gcra.h"

namespace awps {

class Permits {
 public:
  struct Options {
    double requests_per_second = 0;  // 0: no limit
    double bytes_per_second = 0;
    Duration burst = std::chrono::milliseconds(100);
    uint64_t max_in_flight = 64;
  };

  Permits(const Options& options, EndpointState& endpoint);

  /// While paused there are none.
  void pause(bool paused) { paused_ = paused; }
  bool is_paused() const { return paused_; }
  /// What is under way keeps its permit, what is charged its debt.
  void set_options(const Options& options);

  /// kProbe: this request alone, and its end must be told to the endpoint's state.
  Passage take(Instant now);
  /// What take() gave is not used after all.
  void cancel(Passage passage);
  void charge_bytes(uint64_t bytes, Instant now);
  /// The request that had a permit has ended.
  void give_back();
  /// After give_back(): it was answered with 2xx, after so long. `kind`: see ConcurrencyLimit.
  void note_success(size_t kind, Duration took, Instant now) {
    concurrency_.note_success({.kind = kind, .took = took, .under_way = in_flight_ + 1}, now);
  }
  /// Forgets what was learnt of how many may be under way: a reload.
  void forget() { concurrency_.forget(); }
  /// All have, though nobody told: the hub is given up.
  void give_all_back() { in_flight_ = 0; }

  /// How many could be taken now, if nobody else took one.
  uint64_t available(Instant now) const;
  /// When it is worth asking again, if no request ends before.
  Instant earliest(Instant now) const;
  uint64_t in_flight() const { return in_flight_; }
  uint64_t concurrency() const { return concurrency_.present(); }
  uint64_t max_concurrency() const { return concurrency_.most(); }
  /// What an answer takes that is usual, of the slowest class of requests; 0: nothing is known.
  Duration usual_latency() const { return concurrency_.usual(); }
  /// So many of those under way are overdue (under_way.h): they count for the configured bound
  /// alone.
  void set_overdue(uint64_t overdue) { overdue_ = overdue; }
  /// Why the limit of requests under way is what it is, for people.
  std::string concurrency_reason() const { return concurrency_.reason(); }
  bool has_slot() const { return !paused_ && slots() > 0; }

 private:
  uint64_t slots() const;

  EndpointState& endpoint_;
  Gcra requests_;
  Gcra bytes_;
  HubShare& share_;
  ConcurrencyLimit concurrency_;
  uint64_t in_flight_ = 0;
  uint64_t overdue_ = 0;  // of in_flight_
  bool paused_ = false;
};

}  // namespace awps
