#pragma once

// Pipeline: one hub's state machine: accept → next → complete. It decides what may be sent when,
// and what an answer means for the actions; it owns no thread, socket, file or clock. What waits is
// in Backlog; Permits says whether a request may start; Completer carries out what its end means.
//
// 1. The law: accepted = queued + active + deferred + outcomes, after every call (ledger.h).
// 2. Two actions that conflict (order_plan.h) are never under way together, but in one operation
//    with the effect of both in order: else the later one starts after the earlier one's Outcome.
// 3. Each action is carried by one operation (gatherer.h), or superseded by a named later one
//    (replacer.h).
// 4. A deferred operation keeps its members' lanes and holds no permit.
// 5. An operation handed out by next() comes back by complete(), exactly once.
// 6. Nothing of a stream starts while its lease is over (lapsed_leases.h).
// 7. Only what speaks of an action is charged to it: an outage gives nothing up (limit/trouble.h).
//
// One thread: the hub's worker. `now` must not go back.

#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "hub/attempt_end.h"
#include "hub/backlog.h"
#include "hub/completer.h"
#include "hub/lapsed_leases.h"
#include "hub/operation_pool.h"
#include "hub/order_plan.h"
#include "hub/overtakings.h"
#include "hub/permits.h"
#include "hub/pipeline_options.h"
#include "hub/redrive.h"
#include "hub/retries.h"
#include "hub/schedule.h"
#include "hub/settler.h"
#include "hub/under_way.h"
#include "limit/endpoint_state.h"

namespace awps {

class Pipeline {
 public:
  Pipeline(PipelineOptions options, EndpointState& endpoint, uint64_t seed);
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  /// Takes a batch in; everything in it is owed an Outcome.
  void accept(std::unique_ptr<Batch> batch);
  /// Time has passed: deferred operations become due, what outlived its time to live expires.
  void advance(Instant now);
  /// The next operation to send, or nullptr: nothing is ready, or nothing is permitted.
  Operation* next(Instant now);
  /// When advance() or next() may have something, if nothing else happens; kNever: not by time.
  Instant wake_at(Instant now) const;
  void complete(Operation& operation, const AttemptEnd& end, Instant now);
  /// True: ask the service for its health now, and report the end of it. Call it after advance().
  /// While the service is held to be away or failing, also if nothing waits.
  bool take_health_probe(Instant now);
  /// `reached`: there was an answer; `good`: it was 2xx.
  void health_ended(bool reached, bool good, Instant now);
  /// Everything that has no outcome yet, in order of acceptance.
  void visit(const std::function<void(const Entry&)>& see) {
    settler_.for_each([&](const Entry& entry) { see(entry); });
  }
  /// Their producers give up what they own: of the accounts that are theirs, what is queued or
  /// parked ends as returned now, what is past its time to live as expired, and what is under way
  /// as soon as its attempt has not delivered it, unless that gives it up. Afterwards such an
  /// account has nothing queued or deferred, nor ever again: what is accepted of it later ends at
  /// once. Dead letters that were sent again are the hub's own, and nobody withdraws them.
  /// O(batches), and O(1) amortised for each that leaves.
  void withdraw(const std::function<bool(const Account&)>& is_theirs, Instant now);
  /// A stop: what is left of streams ends as returned, also what is under way. complete() must not
  /// be called any more.
  void return_records();
  /// Ends everything as abandoned, in order of acceptance; `where` is asked of each entry.
  /// complete() must not be called any more.
  void abandon(const std::function<Kept(const Entry&)>& where);

  /// Instead of in memory. Before the first action.
  void keep_dead_letters_in(std::unique_ptr<DeadLetterStore> store) {
    completer_.keep_dead_letters_in(std::move(store));
  }
  /// Leaves an empty store.
  std::unique_ptr<DeadLetterStore> take_dead_letters() { return completer_.take_dead_letters(); }
  /// Takes these letters out of the store: their actions, to be charged and accepted again.
  Redrive::Result redrive(const LetterChoice& choice, Instant now);

  /// For whoever sees settlements: an action of a batch that was dead letters has ended. What a
  /// stop loses stays a letter.
  void end_letter_of(const Accepted& accepted, const Settlement& settlement);
  /// The number of the letter that it was, if that ends with it; 0: it does not.
  uint64_t letter_of(const Entry& entry) const;

  /// While paused, nothing is sent; what waits expires all the same.
  void pause(bool paused) { permits_.pause(paused); }
  /// What was accepted keeps its lanes; everything else follows the new options from now on. What
  /// was learnt of how many requests may be under way is forgotten, and held kinds are tried again.
  void reconfigure(PipelineOptions options);

  /// Sees each action as it ends.
  using SettlementVisitor = Settler::Visitor;
  void on_settlement(SettlementVisitor visit) { settler_.on_settlement(std::move(visit)); }

  std::vector<Outcome>& outcomes() { return settler_.outcomes(); }
  std::vector<Release>& releases() { return settler_.releases(); }
  std::vector<uint64_t>& positions() { return settler_.positions(); }
  const Ledger& ledger() const { return settler_.ledger(); }
  DeadLetterStore& dead_letters() { return completer_.dead_letters(); }
  const DeadLetterStore& dead_letters() const { return completer_.dead_letters(); }
  const Order& order() const { return backlog_.order(); }
  EndpointState& endpoint() { return endpoint_; }
  const EndpointState& endpoint() const { return endpoint_; }
  uint64_t in_flight() const { return permits_.in_flight(); }
  const KindHolds& kind_holds() const { return retries_.kind_holds(); }
  const Permits& permits() const { return permits_; }
  const PipelineOptions& options() const { return options_; }
  const Gatherer& gatherer() const { return backlog_.gatherer(); }
  /// Operations and entries that only a permit is missing for.
  size_t waiting() const { return backlog_.waiting(); }
  /// Lanes in which actions wait although permits are free: what order costs.
  size_t lanes_held_up() const {
    const bool may_send = permits_.has_slot() && !endpoint_.trouble().is_blocked();
    return may_send ? order().contended_lanes() : 0;
  }
  bool idle() const { return ledger().unsettled() == 0; }
  /// It is idle, and what it reported was taken: what a backlog needed goes back to the allocator.
  void release_memory();

 private:
  Operation* take_turn(Passage passage, bool crowded, Instant now);
  Operation* take_probe(Instant now);
  bool sets_aside(Operation& operation, Instant now);
  bool has_probe(Instant now) const;
  bool may_ask_health() const;
  void begin_attempt(Operation& operation, Passage passage, Instant now);
  void end_attempt_of(const Entry& entry);
  void forget_attempts();

  void release(Instant now);
  void advance_timers(Instant now);
  void advance_held_kinds(Instant now);
  Duration patience() const;

  PipelineOptions options_;
  std::vector<std::vector<CoalesceOptions::Merge>> retired_rules_;  // entries may point to them
  EndpointState& endpoint_;
  const uint64_t hub_hash_;
  Permits permits_;
  UnderWay under_way_;
  Settler settler_;
  Schedule schedule_;
  OperationPool operations_;
  OrderPlanner planner_;
  Overtakings overtakings_;
  Retries retries_;
  Backlog backlog_;
  Completer completer_;
  Redrive redrive_;
  LapsedLeases lapsed_;
  bool has_leases_ = false;
};

}  // namespace awps
