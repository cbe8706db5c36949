#include "hub/pipeline.h"

#include <algorithm>
#include <utility>

#include "base/hash.h"
#include "hub/fault_target.h"
#include "hub/operation_request.h"

namespace awps {

namespace {

Permits::Options permit_options(const HubOptions& options) {
  return {.requests_per_second = options.requests_per_second,
          .bytes_per_second = options.bytes_per_second,
          .burst = options.burst,
          .max_in_flight = options.max_in_flight};
}

}  // namespace

Pipeline::Pipeline(HubOptions options, EndpointState& endpoint, uint64_t seed)
    : options_(std::move(options)),
      endpoint_(endpoint),
      hub_hash_(hash_of(options_.hub, 0)),
      permits_(permit_options(options_), endpoint),
      planner_(options_.order),
      replacer_(options_.coalesce, order_),
      gatherer_(options_.coalesce, options_.url_prefix_bytes, endpoint),
      retries_(options_.retry,
               {.schedule = schedule_, .operations = operations_, .trouble = endpoint.trouble()},
               seed),
      turns_({.trouble = endpoint.trouble(),
              .permits = permits_,
              .under_way = under_way_,
              .kind_holds = retries_.kind_holds(),
              .gatherer = gatherer_,
              .hub = hub_hash_}),
      dead_letters_(std::make_unique<DeadLetters>(options_.dead_letters)) {}

void Pipeline::keep_dead_letters_in(std::unique_ptr<DeadLetterStore> store) {
  dead_letters_ = std::move(store);
}

void Pipeline::reconfigure(HubOptions options) {
  if (idle()) retired_rules_.clear();
  // A vector that is moved keeps its elements where they are: what waits points to them.
  std::vector<CoalesceOptions::Merge> rules = std::move(options_.coalesce.merge);
  options_ = std::move(options);
  if (rules == options_.coalesce.merge) {
    options_.coalesce.merge = std::move(rules);
  } else {
    retired_rules_.push_back(std::move(rules));
  }
  permits_.set_options(permit_options(options_));
  permits_.forget();
  planner_.options_changed();
  gatherer_.options_changed();
  retries_.set_options(options_.retry);
  retries_.release_kinds();
  dead_letters_->set_options(options_.dead_letters);
}

// ---- accept

void Pipeline::accept(std::unique_ptr<Batch> owned) {
  Batch& batch = settler_.take(std::move(owned));
  for (Accepted* accepted = batch.first(); accepted != nullptr; accepted = accepted->next) {
    accept_one(*accepted, batch);
  }
  settler_.taken();
}

void Pipeline::accept_one(Accepted& accepted, Batch& batch) {
  const uint64_t producer = batch.account().producer;
  const OrderPlan plan = planner_.plan(
      accepted.action, {.producer = producer, .ordered_batch = accepted.ordered_batch});
  overtakings_.note(plan);
  const Replacer::Arrival arrival{.accepted = accepted, .batch = batch, .plan = plan};
  const uint64_t key = replacer_.key_of(arrival);
  if (key != 0) {
    if (Entry* place = replacer_.place_for(arrival, key)) {
      take_place(*place, accepted, batch);
      return;
    }
    if (accepted.action.kind == ActionKind::kRemoveUserFromAllGroups) sweep(arrival);
  }
  Entry& entry = settler_.admit(accepted, batch, plan.lane_count);
  gatherer_.note_action(entry);
  replacer_.remember(entry, key);
  order_.enter(entry, plan, producer, replacer_.values_of(accepted.action));
  entry.lingers = options_.coalesce.linger > Duration::zero() && gatherer_.gains_by_waiting(entry);
  if (entry.lingers) entry.waits = batch.accepted_at() + options_.coalesce.linger;
  set_timer(entry);
  if (entry.blocked_by == 0) make_ready(entry);
}

void Pipeline::sweep(const Replacer::Arrival& arrival) {
  while (Entry* earlier = replacer_.swept_by(arrival)) {
    leave_operation(*earlier);
    settle(*earlier, {.kind = OutcomeKind::kSuperseded, .by = &arrival.accepted});
  }
}

// The place stays: lanes, barriers, turn, and the time of the next attempt.
void Pipeline::take_place(Entry& entry, Accepted& accepted, Batch& batch) {
  // Another kind may be permitted where its own is held.
  const bool was_held = entry.list == WaitingList::kHeldKind;
  if (was_held) turns_.remove(entry);
  if (retries_.kind_holds().any()) turns_.forget_asking(entry);
  gatherer_.remove_ready(entry);
  settler_.replace(entry, accepted, batch);
  if (is_send(accepted.action.kind)) ++settler_.ledger().conflated;
  gatherer_.note_action(entry);
  if (was_held) {
    turns_.push(entry);
  } else if (entry.list != WaitingList::kNone) {
    gatherer_.add_ready(entry);
  }
  set_timer(entry);
  if (entry.operation == nullptr) return;
  if (Operation* own = retries_.begin_anew(entry)) turns_.push(*own);
}

// One timer an entry: the end of its linger, then that of its time to live.
void Pipeline::set_timer(Entry& entry) {
  if (entry.has_timer) return;
  Instant at = entry.expiry();
  if (entry.lingers) at = std::min(at, entry.waits);
  if (at != kNever) schedule_.set_timer(at, entry);
}

void Pipeline::make_ready(Entry& entry) {
  if (!entry.lingers) turns_.push(entry);
}

void Pipeline::start_what_may() {
  for (Entry* entry : startable_) {
    if (entry->state == EntryState::kQueued) {
      make_ready(*entry);
    } else if (entry->operation != nullptr && entry->operation->waits_for_lane) {
      entry->operation->waits_for_lane = false;
      turns_.push(*entry->operation);
    }
  }
}

// ---- time

// How long an attempt may take before it is overdue.
Duration Pipeline::patience() const {
  static constexpr Duration kLeast = std::chrono::seconds(1);
  return std::max(kLeast, 4 * permits_.usual_latency());
}

void Pipeline::advance(Instant now) {
  under_way_.advance(patience(), now);
  permits_.set_overdue(under_way_.overdue());
  if (retries_.has_released()) release(now);
  for (;;) {
    const Schedule::Due due = schedule_.pop_timer(now);
    if (due.operation != nullptr) {
      wake(*due.operation, now);
    } else if (due.entry != nullptr) {
      wake(*due.entry, now);
    } else {
      break;
    }
  }
  while (Operation* funded = retries_.take_funded(now)) turns_.push(*funded);
  if (retries_.kind_holds().any()) advance_held_kinds(now);
}

void Pipeline::release(Instant now) {
  for (size_t kind = 0; kind < kActionKinds; ++kind) {
    const auto action_kind = static_cast<ActionKind>(kind);
    if (!retries_.kind_holds().holds(action_kind)) turns_.release(action_kind);
  }
  for (Operation* operation : retries_.take_released(turns_.retries())) wake(*operation, now);
}

// Of a kind that the identity may not send one asks when its time has come; what waited for it for
// too long is given up.
void Pipeline::advance_held_kinds(Instant now) {
  for (size_t kind = 0; kind < kActionKinds; ++kind) {
    const auto action_kind = static_cast<ActionKind>(kind);
    Entry* first = turns_.first_held(action_kind);
    for (; first != nullptr && now - first->waits >= options_.retry.max_age;
         first = turns_.first_held(action_kind)) {
      give_up_held(*first, now);
    }
    const bool may_ask = !retries_.kind_holds().must_wait(action_kind, now);
    if (first != nullptr && may_ask && !turns_.is_asking(action_kind)) {
      turns_.let_one_ask(action_kind);
      retries_.kind_holds().note_asked(action_kind, now);
    }
  }
}

Instant Pipeline::held_kinds_at(Instant now) const {
  Instant at = kNever;
  if (!retries_.kind_holds().any()) return at;
  for (size_t kind = 0; kind < kActionKinds; ++kind) {
    const auto action_kind = static_cast<ActionKind>(kind);
    const Entry* first = turns_.first_held(action_kind);
    if (first == nullptr) continue;
    at = std::min(at, first->waits + options_.retry.max_age);
    if (turns_.is_asking(action_kind)) continue;
    at = std::min(at, retries_.kind_holds().may_be_asked_at(action_kind));
  }
  return std::max(at, now);
}

void Pipeline::wake(Entry& entry, Instant now) {
  // What is under way may still arrive: it is looked at again, and has a timer again, when its
  // attempt failed. The one that went off may have been that of a value before it, or of its
  // linger.
  if (entry.state == EntryState::kActive) return;
  if (entry.expiry() <= now) {
    expire(entry);
    return;
  }
  if (entry.lingers && entry.waits <= now) {
    entry.lingers = false;
    if (entry.blocked_by == 0 && entry.state == EntryState::kQueued) make_ready(entry);
  }
  set_timer(entry);
}

Member Pipeline::leave_operation(Entry& entry) {
  Operation* operation = entry.operation;
  const Member member = OperationPool::leave(entry);
  if (operation != nullptr && operation->members.empty()) operations_.free(*operation);
  return member;
}

void Pipeline::expire(Entry& entry) {
  const Member member = leave_operation(entry);
  settle(entry, {.kind = OutcomeKind::kExpired,
                 .attempts = member.sent,
                 .error_code = "expired",
                 .error_message = "older than its ttlSeconds before it could be sent"});
}

void Pipeline::wake(Operation& operation, Instant now) {
  const GiveUpReason reason = operation.retry.held_since == kNever ? GiveUpReason::kRetriesExhausted
                                                                   : GiveUpReason::kRefused;
  const Retries::Woken woken = retries_.wake(operation, now);
  ++settler_.ledger().charges[static_cast<size_t>(woken.evidence)];
  for (const Member& member : woken.spent) {
    give_up(member, operation, {.reason = reason, .at = now});
  }
  if (operation.members.empty()) {
    operations_.free(operation);
  } else if (woken.take_apart) {
    const bool others_succeed = endpoint_.trouble().last_success() > operation.retry.first_failed;
    if (others_succeed) pause_rule(operation.form, endpoint_.bounds(), now);
    take_apart(operation, /*into_singles=*/true, now);
  } else if (woken.is_due) {
    turns_.push(operation);
  }
}

Instant Pipeline::wake_at(Instant now) const {
  if (retries_.has_released()) return now;
  Instant at = std::min({schedule_.next_timer(), retries_.funded_at(), held_kinds_at(now)});
  const bool may_ask = !idle() && !permits_.is_paused();
  if (may_ask) at = std::min(at, std::max(now, endpoint_.trouble().health_at()));
  // One more may go when one is overdue.
  const bool needs_room = !permits_.has_slot() || waiting() > 0;
  if (needs_room) at = std::min(at, under_way_.next_overdue(patience()));
  if (endpoint_.trouble().is_blocked()) {
    const Instant probe_at = turns_.has_probe() ? now : retries_.may_ask_at(now);
    return probe_at == kNever ? at : std::min(at, std::max(probe_at, permits_.earliest(now)));
  }
  return turns_.may_go() ? std::min(at, permits_.earliest(now)) : at;
}

bool Pipeline::take_health_probe(Instant now) {
  if (idle() || permits_.is_paused() || !endpoint_.trouble().take_health(now)) return false;
  ++settler_.ledger().health_probes;
  return true;
}

// ---- next

bool Pipeline::has_probe(Instant now) const {
  return turns_.has_probe() || retries_.may_ask_at(now) <= now;
}

Operation* Pipeline::take_turn(Passage passage, bool crowded, Instant now) {
  const bool is_probe = passage == Passage::kProbe;
  if (is_probe && !turns_.has_probe()) {
    if (Operation* asking = retries_.take_asking(now)) wake(*asking, now);
  }
  const Duration held_for = is_probe ? endpoint_.trouble().held_for(now) : Duration::zero();
  Turns::Turn turn = is_probe ? turns_.take_probe(held_for, now) : turns_.take();
  // Where whatever carries a filter fails, nobody is answered as long as nothing else is tried.
  const bool is_doubtful_form = held_for > Duration::zero() && turn.operation != nullptr &&
                                Retries::is_form_doubtful(*turn.operation);
  if (is_doubtful_form) {
    take_apart(*turn.operation, /*into_singles=*/true, now);
    turn = turns_.take_probe(held_for, now);
  }
  if (turn.entry != nullptr) return &operation_for(*turn.entry, crowded && !is_probe, now);
  return turn.operation;
}

Operation* Pipeline::next(Instant now) {
  const bool is_blocked = endpoint_.trouble().is_blocked();
  if (is_blocked ? !has_probe(now) : !turns_.sort(now)) return nullptr;
  const bool crowded = waiting() > permits_.available(now);
  const Passage passage = permits_.take(now);
  if (passage == Passage::kWait) return nullptr;
  // Another hub may have ended the trouble in between: nothing is sorted yet.
  const bool is_over = is_blocked && passage == Passage::kGo;
  Operation* operation = is_over && !turns_.sort(now) ? nullptr : take_turn(passage, crowded, now);
  if (operation == nullptr) {
    permits_.cancel(passage);
    return nullptr;
  }
  begin_attempt(*operation, passage, now);
  return operation;
}

void Pipeline::begin_attempt(Operation& operation, Passage passage, Instant now) {
  const Trouble& trouble = endpoint_.trouble();
  const uint64_t target = fault_target_of(operation, hub_hash_);
  const bool is_probe = passage == Passage::kProbe;
  operation.attempt = {.target = target,
                       .started = now,
                       .of_suspect = trouble.suspect_since(target) != kNever,
                       .of_known = operation.members.size() > 1 || operation.retry.is_released ||
                                   trouble.is_known(target),
                       .is_probe = is_probe};
  operation.last.needs_fresh_connection = is_probe && trouble.hold_reason() != HoldReason::kNone;
  endpoint_.trouble().begin(operation.attempt);
  under_way_.start(operation);
  turns_.note_start(operation);
  operation.last.body_bytes = request_bytes(operation);
  permits_.charge_bytes(operation.last.body_bytes, now);
  retries_.note_start(operation, now);
  operation.retry.is_released = false;
  Ledger& ledger = settler_.ledger();
  for (Member& member : operation.members) {
    settler_.move(*member.entry, EntryState::kActive);
    ++member.sent;
    member.in_last_attempt = true;
    if (member.may_have_arrived) ++ledger.ambiguous_retries;
  }
  operation.last.form = operation.present_form();
  const auto form = static_cast<size_t>(operation.last.form);
  ++ledger.attempts[form];
  ledger.carried[form] += operation.members.size();
  if (operation.retry.failures > 0) ++ledger.retries;
}

Operation& Pipeline::operation_for(Entry& entry, bool crowded, Instant now) {
  const Gathered& gathered = gatherer_.gather(entry, crowded, now);
  for (Entry* member : gathered.entries) turns_.take_out(*member);
  Operation& operation = operations_.make(gathered.form, gathered.entries);
  operation.url_bytes = gathered.url_bytes;
  return operation;
}

}  // namespace awps
