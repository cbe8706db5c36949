#pragma once

// Retries: when an operation that failed is tried again, and whom the failure is charged to.
//
// 1. Exponential back-off with full jitter; what waits holds no permit.
// 2. Only what speaks of an action is charged to it, and that is known when its next try is due:
//    the endpoint (or the hub) has answered another one well since the attempt failed. A charged
//    retry needs the retry budget; without it, it waits a little longer.
// 3. When a pause, a hold or an open breaker of the endpoint ends, everything parked is due at
//    once, in the order accepted: through the pace, so there is no storm. What the trouble itself
//    made fail is charged to nobody; what had failed before it, while others were answered, is.
// 4. While a probe is owed and nobody else could be one, whoever was tried longest ago is, before
//    its time: a hub with nothing but parked work finds out as soon as others that the endpoint is
//    back.
// 5. A kind of action that the identity may not send waits as a kind, and is released as a kind;
//    what waited so for max_age is given up.
//
// One thread. O(log n) an operation, a release O(n log n) of what is parked.

#include <array>
#include <cstddef>
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

  void set_options(const RetryOptions& options);

  void note_start(Operation& operation, Instant now);
  void note_end(const Operation& operation, const AttemptEnd& end, Instant now);

  /// Its members are deferred: until the back-off is over.
  void park(Operation& operation, Charge charge, Instant now);
  /// The time of a parked one has come: it is due, or parked again. Members without a try left
  /// leave it and are returned; they are to be given up, and an operation without members freed.
  std::vector<Member> wake(Operation& operation, Instant now);
  /// The entry of a parked operation carries another action: its time is kept, its past is not.
  void begin_anew(Entry& entry);
  /// Parks what may not go because its kind is held; its members are deferred.
  void hold(Operation& operation, Instant now);
  bool must_wait(ActionKind kind, Instant now) const { return holds_.must_wait(kind, now); }
  /// An attempt ended in parts: it says nothing of what was asked for its kind.
  void note_taken_apart(const Operation& operation) {
    holds_.note_no_answer(operation.action().kind);
  }
  /// What waits no longer: because the endpoint, or its kind, has recovered, in the order accepted;
  /// or one that asks, if nobody else is `waiting` for a permit. Each is to be woken.
  std::vector<Operation*> take_released(size_t waiting, Instant now);
  /// When take_released() may have something, if nothing else happens.
  Instant release_at(size_t waiting, Instant now) const;

  const KindHolds& kind_holds() const { return holds_; }

 private:
  static constexpr Duration kLookAgain = std::chrono::milliseconds(1);

  bool counts(const Operation& operation) const;
  bool counts_after_trouble(const Operation& operation) const;
  bool is_released(const Operation& operation, bool recovered) const;
  std::vector<Operation*> parked_that(bool recovered);
  Operation* tried_longest_ago(Instant now);
  std::vector<Member> charge(Operation& operation, Instant now) const;
  bool is_spent(const Member& member) const;

  RetryOptions options_;
  Schedule& schedule_;
  OperationPool& operations_;
  EndpointState& endpoint_;
  Random random_;
  RetryBudget budget_;
  KindHolds holds_;
  std::array<bool, kActionKinds> released_kinds_{};
  bool is_a_kind_released_ = false;
  bool nobody_can_ask_ = true;  // nothing was parked since the last look for a probe in vain
  Instant looked_at_{};         // for a probe
  uint64_t recoveries_seen_ = 0;
  Instant last_success_ = Instant::min();  // of this hub
};

}  // namespace awps
