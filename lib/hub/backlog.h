#pragma once

// Backlog: the actions that a hub has accepted and not settled, as entries and operations. The one
// way into the order, the replacer's table, the ready groups, the turns and the schedule of times
// to live, and the one way out of them: nobody else puts an entry in or takes one out.
//
// enter → take → start → (defer → retry → start)* → settle
//
// From enter() to settle(), after every call, an entry:
// 1. stands in its lanes and barriers (order.h), and can be found by a later action that may take
//    its place (replacer.h);
// 2. is in exactly one place, the first of these that applies: an operation; behind others, where
//    lanes or barriers are not open to it; lingering; a list of turns.h, and unless that is of a
//    held kind, with those that could share its request (ready_groups.h);
// 3. has a timer if it lingers or can expire, except while its request is under way.
// settle() takes it out of all of them, and whatever it was in the way of is in its next place.
//
// One thread: the hub's worker. Every call is O(1) amortised for each entry that it moves, a timer
// O(log n).

#include <cstddef>
#include <span>
#include <vector>

#include "hub/gatherer.h"
#include "hub/operation_pool.h"
#include "hub/order.h"
#include "hub/pipeline_options.h"
#include "hub/replacer.h"
#include "hub/retries.h"
#include "hub/schedule.h"
#include "hub/settler.h"
#include "hub/turns.h"

namespace awps {

class Backlog {
 public:
  struct Parts {
    const EndpointState& endpoint;
    const Permits& permits;
    const UnderWay& under_way;
    Schedule& schedule;
    OperationPool& operations;
    Retries& retries;
    Settler& settler;
    uint64_t hub;  // a hash of its name
  };

  /// Borrows all of them.
  Backlog(const PipelineOptions& options, const Parts& parts);
  Backlog(const Backlog&) = delete;
  Backlog& operator=(const Backlog&) = delete;

  /// The options that it borrows have changed. What is in it keeps its lanes.
  void options_changed() { gatherer_.options_changed(); }

  /// A new action: it gets an entry behind all that it conflicts with, or takes the place of an
  /// earlier one, which ends as superseded.
  void enter(const Replacer::Arrival& arrival);
  /// The entry's timer went off: it expires, or its linger is over.
  void wake(Entry& entry, Instant now);

  // Whose turn it is (turns.h).

  /// What only a permit is missing for.
  size_t waiting() const { return turns_.waiting(); }
  bool sort(Instant now) { return turns_.sort(now); }
  bool may_go() const { return turns_.may_go(); }
  bool has_probe() const { return turns_.has_probe(); }
  /// After sort() said yes: the operation that goes next, with all that go with it. nullptr: none.
  /// `crowded`: see gatherer.h, 2.
  Operation* take(bool crowded, Instant now);
  /// After has_probe() said yes: the operation that asks whether the endpoint is back. nullptr:
  /// none. `held_for` as in Turns::take_probe().
  Operation* take_probe(Duration held_for, Instant now);

  /// An operation that was taken is under way: the attempt in it begins.
  void start(Operation& operation);
  /// That attempt ended.
  void end(const Operation& operation) { turns_.note_end(operation); }
  /// After end(): it failed, and its members wait for another attempt. Sends that a failure was
  /// charged to are detached (order.h, 3).
  void defer(Operation& operation);
  /// An operation that was taken does not start: its members wait for another turn.
  void set_aside(Operation& operation);
  /// A deferred operation waits for its turn.
  void retry(Operation& operation) { turns_.push(operation); }
  /// The same, once the lanes of its first member are open: it is the part of one that was split.
  void retry_in_order(Operation& operation);
  /// Operations that wait for their turn, except for suspects' and newcomers' that stood aside.
  OperationList& retries_due() { return turns_.retries(); }

  // Kinds that are held (kind_holds.h).

  /// What stood aside for a kind that is not held any more waits for its turn.
  void release_kinds();
  /// Of each kind that may be asked again, one entry asks.
  void let_kinds_ask(Instant now);
  /// When let_kinds_ask() or take_held_too_long() have something; kNever: nobody stands aside.
  Instant held_kinds_at(Instant now) const;
  /// An entry that stood aside for retry.max_age, in an operation of its own that was never sent;
  /// nullptr: none (any more).
  Operation* take_held_too_long(Instant now);

  /// The entry has this outcome. If it is in an operation, the caller frees that.
  void settle(Entry& entry, const Settlement& settlement);
  /// Leaves its operation, which is freed with its last member, and ends as expired.
  void expire(Entry& entry);
  /// The same, as returned.
  void give_back(Entry& entry);
  /// The same, as abandoned.
  void abandon(Entry& entry, Kept kept);

  /// Nobody is in it: the memory of those who were goes back.
  void release_memory();

  const Order& order() const { return order_; }
  const Gatherer& gatherer() const { return gatherer_; }

 private:
  void add(const Replacer::Arrival& arrival, uint64_t replace_key);
  void replace(Entry& entry, const Replacer::Arrival& arrival);
  void sweep(const Replacer::Arrival& arrival);
  void set_timer(Entry& entry);
  void note_action(Entry& entry, const Action& action);
  void make_ready(Entry& entry);
  void end_linger(Entry& entry);
  void start_what_may();
  Member leave_operation(Entry& entry);
  Operation& operation_for(Entry& lead, bool crowded, Instant now);
  const KindHolds& kind_holds() const { return parts_.retries.kind_holds(); }

  const PipelineOptions& options_;
  const Parts parts_;
  Order order_;
  Replacer replacer_;
  Gatherer gatherer_;
  Turns turns_;
  std::vector<Entry*> startable_;  // scratch
};

}  // namespace awps
