#include "hub/pipeline.h"

#include <algorithm>
#include <utility>

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
      permits_(permit_options(options_), endpoint),
      planner_(options_.order),
      replacer_(options_.coalesce, order_),
      gatherer_(options_.coalesce, options_.url_prefix_bytes, endpoint),
      retries_(options_.retry,
               {.schedule = schedule_, .operations = operations_, .endpoint = endpoint}, seed),
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
  planner_.options_changed();
  gatherer_.options_changed();
  retries_.set_options(options_.retry);
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
  entry.lingers_until = batch.accepted_at() + options_.coalesce.linger;
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
  gatherer_.remove_ready(entry);
  settler_.replace(entry, accepted, batch);
  if (is_send(accepted.action.kind)) ++settler_.ledger().conflated;
  gatherer_.note_action(entry);
  if (entry.in_ready_list) gatherer_.add_ready(entry);
  set_timer(entry);
  if (entry.operation != nullptr) retries_.begin_anew(entry);
}

// One timer an entry: the end of its linger, then that of its time to live.
void Pipeline::set_timer(Entry& entry) {
  if (entry.has_timer) return;
  Instant at = entry.expiry();
  if (entry.lingers) at = std::min(at, entry.lingers_until);
  if (at != kNever) schedule_.set_timer(at, entry);
}

void Pipeline::make_ready(Entry& entry) {
  if (entry.lingers) return;
  ready_.push(entry);
  gatherer_.add_ready(entry);
}

void Pipeline::start_what_may() {
  for (Entry* entry : startable_) {
    if (entry->state == EntryState::kQueued) {
      make_ready(*entry);
    } else if (entry->operation != nullptr && entry->operation->waits_for_lane) {
      entry->operation->waits_for_lane = false;
      schedule_.push_due(*entry->operation);
    }
  }
}

// ---- time

void Pipeline::advance(Instant now) {
  for (auto released = retries_.take_released(waiting(), now); !released.empty();
       released = retries_.take_released(waiting(), now)) {
    for (Operation* operation : released) wake(*operation, now);
  }
  for (;;) {
    const Schedule::Due due = schedule_.pop_timer(now);
    if (due.operation != nullptr) {
      wake(*due.operation, now);
    } else if (due.entry != nullptr) {
      wake(*due.entry, now);
    } else {
      return;
    }
  }
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
  if (entry.lingers && entry.lingers_until <= now) {
    entry.lingers = false;
    if (entry.blocked_by == 0 && entry.state == EntryState::kQueued) make_ready(entry);
  }
  set_timer(entry);
}

Member Pipeline::leave_operation(Entry& entry) {
  Operation* operation = entry.operation;
  const Member member = OperationPool::leave(entry);
  if (operation != nullptr && operation->members.empty()) {
    if (operation->in_due_list) schedule_.remove_due(*operation);
    operations_.free(*operation);
  }
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
  const GiveUpReason reason =
      operation.held_since == kNever ? GiveUpReason::kRetriesExhausted : GiveUpReason::kRefused;
  for (const Member& member : retries_.wake(operation, now)) {
    give_up(member, operation, {.reason = reason, .at = now});
  }
  if (operation.members.empty()) operations_.free(operation);
}

Instant Pipeline::wake_at(Instant now) const {
  const Instant at = std::min(schedule_.next_timer(), retries_.release_at(waiting(), now));
  return waiting() == 0 ? at : std::min(at, permits_.earliest(now));
}

// ---- next

// Retries go first: they are older. A probe takes turns, so that a poisoned action is not the only
// one that ever asks whether the endpoint is back.
bool Pipeline::prefer_due(bool probe) {
  if (schedule_.first_due() == nullptr) return false;
  if (ready_.empty() || !probe) return true;
  last_probe_was_due_ = !last_probe_was_due_;
  return last_probe_was_due_;
}

Operation* Pipeline::next(Instant now) {
  set_aside_what_is_held(now);
  if (waiting() == 0) return nullptr;
  const bool crowded = waiting() > permits_.available(now);
  const EndpointState::Admission admission = permits_.take(now);
  if (admission == EndpointState::Admission::kWait) return nullptr;
  const bool probe = admission == EndpointState::Admission::kProbe;
  Operation& operation = prefer_due(probe) ? *schedule_.pop_due()
                                           : operation_for(*ready_.front(), crowded && !probe, now);
  operation.body_bytes = request_bytes(operation);
  permits_.charge_bytes(operation.body_bytes, now);
  operation.is_probe = probe;
  operation.started = now;
  retries_.note_start(operation, now);
  Ledger& ledger = settler_.ledger();
  for (Member& member : operation.members) {
    settler_.move(*member.entry, EntryState::kActive);
    ++member.sent;
    member.in_last_attempt = true;
    if (member.may_have_arrived) ++ledger.ambiguous_retries;
  }
  operation.last_form = operation.present_form();
  const auto form = static_cast<size_t>(operation.last_form);
  ++ledger.attempts[form];
  ledger.carried[form] += operation.members.size();
  if (operation.failures > 0) ++ledger.retries;
  return &operation;
}

// A kind that the identity may not send holds up nobody else.
void Pipeline::set_aside_what_is_held(Instant now) {
  if (!retries_.kind_holds().any()) return;
  // Several become due together, but only one may ask.
  for (Operation* due = schedule_.first_due(); due != nullptr; due = schedule_.first_due()) {
    if (!retries_.must_wait(due->action().kind, now)) break;
    retries_.hold(*schedule_.pop_due(), now);
  }
  for (Entry* entry = ready_.front(); entry != nullptr; entry = ready_.front()) {
    if (!retries_.must_wait(entry->action().kind, now)) return;
    Operation& operation = operation_for(*entry, /*crowded=*/false, now);
    for (const Member& member : operation.members) {
      settler_.move(*member.entry, EntryState::kDeferred);
    }
    retries_.hold(operation, now);
  }
}

Operation& Pipeline::operation_for(Entry& entry, bool crowded, Instant now) {
  const Gathered& gathered = gatherer_.gather(entry, crowded, now);
  ready_.take_front();
  for (Entry* member : gathered.entries) {
    if (member->in_ready_list) ready_.remove(*member);
    gatherer_.remove_ready(*member);
  }
  Operation& operation = operations_.make(gathered.form, gathered.entries);
  operation.url_bytes = gathered.url_bytes;
  return operation;
}

}  // namespace awps
