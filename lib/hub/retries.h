#pragma once

// Retries: when an operation that failed is tried again, and whom the failure is charged to.
//
// 1. Exponential back-off with full jitter; what waits holds no permit.
// 2. Only what speaks of an action is charged to it, and that is known when its next try is due:
//    the endpoint (or the hub) has answered another one well since the attempt failed. A charged
//    retry needs the retry budget; without it, it waits a little longer.
// 3. When a pause, a hold or an open breaker of the endpoint ends, everything parked is due at
//    once, in the order accepted, uncharged and outside the budget: through the pace, so there is
//    no storm.
// 4. A kind of action that the identity may not send waits as a kind; what waited so for max_age is
//    given up.
//
// One thread. O(log n) an operation, a release O(n log n) of what is parked.

#include <cstdint>
#include <vector>

#include "base/random.h"
#include "hub/attempt_end.h"
#include "hub/kind_holds.h"
#include "hub/operation_pool.h"
#include "hub/schedule.h"
#include "limit/endpoint_state.h"
#include "retry/backoff.h"
#include "retry/retry_budget.h"

namespace awps {

class Retries {
 public:
  struct Parts {
    Schedule& schedule;
    OperationPool& operations;
    EndpointState& endpoint;
  };

  Retries(const RetryOptions& options, const Parts& parts, uint64_t seed);

  void note_start(Operation& operation, Instant now);
  void note_end(const Operation& operation, const AttemptEnd& end, Instant now);

  /// Its members are deferred: until the back-off is over.
  void park(Operation& operation, Charge charge, Instant now);
  /// The time of a parked one has come: it is due, or parked again. Members without a try left
  /// leave it and are returned; they are to be given up, and an operation without members freed.
  std::vector<Member> wake(Operation& operation, Instant now);
  /// Parks what may not go because its kind is held; its members are deferred.
  void hold(Operation& operation, Instant now);
  bool must_wait(ActionKind kind, Instant now) const { return holds_.must_wait(kind, now); }
  /// Looks whether the endpoint has recovered, and releases what is parked if so.
  void look_for_recovery(Instant now);

  const KindHolds& kind_holds() const { return holds_; }

 private:
  bool counts(const Operation& operation) const;
  std::vector<Member> charge(Operation& operation, Instant now) const;
  bool is_spent(const Member& member) const;
  void release_parked();

  const RetryOptions options_;
  Schedule& schedule_;
  OperationPool& operations_;
  EndpointState& endpoint_;
  Random random_;
  RetryBudget budget_;
  KindHolds holds_;
  uint64_t recoveries_seen_ = 0;
  Instant last_success_ = Instant::min();  // of this hub
};

}  // namespace awps
