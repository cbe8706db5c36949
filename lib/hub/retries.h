#pragma once

// Retries: when an operation that failed is tried again, and whom the failure is charged to.
//
// 1. Exponential back-off with full jitter; after "too many requests" at least half of it, on top
//    of what the service asked for. What waits holds no permit.
// 2. Whether a failure is charged to its action is known when its next try is due: it is what the
//    evidence says then (limit/trouble.h). A charged retry needs the retry budget; without it, it
//    waits in line.
// 3. A coalesced operation is charged nothing: if it failed twice while the endpoint was not held,
//    it is to be taken apart.
// 4. An action of a suspect is charged the whole time since it was accepted and its target became
//    one: behind a target that stays sick each gets one attempt in the end.
// 5. When a hold of the endpoint ends, what failed because of it is due at once, in the order
//    accepted: through the pace, so there is no storm. A suspect keeps its own back-off.
// 6. While a probe is owed and nobody else could be one, an operation that can do no harm is one,
//    before its time: one that is idempotent, or that certainly did not arrive; whoever was tried
//    longest ago, a second after its first failure, then 2, 4 … 30. A send that may have arrived
//    keeps its back-off.
// 7. A kind of action that the identity may not send is held as a kind; an operation that waited so
//    for max_age is given up.
//
// One thread. O(log n) an operation; the end of a hold O(n log n) of what failed because of it.

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/random.h"
#include "hub/kind_holds.h"
#include "hub/operation_list.h"
#include "hub/operation_pool.h"
#include "hub/schedule.h"
#include "limit/trouble.h"
#include "retry/backoff.h"
#include "retry/retry_budget.h"
#include "retry/verdict.h"

namespace awps {

class Retries {
 public:
  struct Parts {
    Schedule& schedule;
    OperationPool& operations;
    const Trouble& trouble;
  };

  Retries(const RetryOptions& options, const Parts& parts, uint64_t seed);

  void set_options(const RetryOptions& options);
  /// Kinds that were held may go again: the identity may be another.
  void release_kinds();

  void note_start(Operation& operation, Instant now);
  void note_end(const Operation& operation, VerdictKind verdict, Instant now);

  /// It carries several, and failed twice in a way that may be due to the form of its request.
  static bool is_form_doubtful(const Operation& operation);

  /// Its members are deferred: until the back-off is over, which begins after `pause`.
  void park(Operation& operation, Duration pause, Instant now);
  /// What becomes of a parked one whose time has come.
  struct Woken {
    std::vector<Member> spent;  // left without a try: to be given up; an operation may be empty
    Evidence evidence = Evidence::kNone;  // by which the last failure was charged
    bool is_due = false;                  // else it is parked again
    bool take_apart = false;
  };
  Woken wake(Operation& operation, Instant now);
  /// One that waited for the retry budget and has it now; nullptr: nobody (any more). It is due.
  Operation* take_funded(Instant now);
  /// When take_funded() may have somebody; kNever: nobody waits.
  Instant funded_at() const { return unfunded_.empty() ? kNever : ask_budget_at_; }
  /// The entry of a parked operation carries another action: its time is kept, its past is not.
  /// nullptr: its operation waits on; else the entry's own one, which is due.
  Operation* begin_anew(Entry& entry);
  /// An attempt ended in parts: it says nothing of what was asked for its kind.
  void note_taken_apart(const Operation& operation) { holds_.note_no_answer(operation.kind()); }

  /// What waits no longer because the endpoint, or its kind, has recovered; `due` are the retries
  /// that are due already. All in the order accepted, each to be woken.
  std::vector<Operation*> take_released(OperationList& due);
  /// True: take_released() has something.
  bool has_released() const;
  /// See 6; nullptr: nobody. It is to be woken.
  Operation* take_asking(Instant now);
  /// When take_asking() may have somebody; kNever: nobody can ask.
  Instant may_ask_at(Instant now) const;

  KindHolds& kind_holds() { return holds_; }
  const KindHolds& kind_holds() const { return holds_; }

 private:
  static Instant asks_at(const Operation& operation);
  Operation* asking(Instant now) const;
  bool is_harmless(const OperationList* list) const;
  void wait_harmless(Operation& operation);
  void wait_in_list(Operation& operation);
  /// Parks what may not go because its kind is held.
  void hold(Operation& operation, Instant now);
  Evidence evidence_of(const Operation& operation) const;
  std::vector<Member> charge(Operation& operation, Evidence evidence, Instant now) const;
  void charge_member(Member& member, const Operation& operation, Evidence evidence,
                     Instant now) const;
  bool is_spent(const Member& member) const;

  RetryOptions options_;
  Schedule& schedule_;
  OperationPool& operations_;
  const Trouble& trouble_;
  Random random_;
  RetryBudget budget_;
  KindHolds holds_;
  // Parked ones of no suspects, by kind, in the order of their failures.
  std::array<OperationList, kActionKinds> harmless_;
  OperationList parked_;    // likewise, of sends that may have arrived
  OperationList held_;      // of kinds that are held
  OperationList unfunded_;  // whose time has come, but for the retry budget
  Instant ask_budget_at_{};
  bool is_a_kind_released_ = false;
  uint64_t recoveries_seen_ = 0;
  Instant last_success_ = Instant::min();  // of this hub
};

}  // namespace awps
