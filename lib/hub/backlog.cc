#include "hub/backlog.h"

#include <algorithm>

#include "base/release_memory.h"

namespace awps {

Backlog::Backlog(const PipelineOptions& options, const Parts& parts)
    : options_(options),
      parts_(parts),
      replacer_(options.coalesce, order_),
      gatherer_(options.coalesce, options.url_prefix_bytes, parts.endpoint),
      turns_({.trouble = parts.endpoint.trouble(),
              .permits = parts.permits,
              .under_way = parts.under_way,
              .kind_holds = parts.retries.kind_holds(),
              .gatherer = gatherer_,
              .hub = parts.hub}) {}

// ---- entering

void Backlog::enter(const Replacer::Arrival& arrival) {
  const uint64_t key = replacer_.key_of(arrival);
  if (key != 0) {
    if (Entry* place = replacer_.place_for(arrival, key)) {
      replace(*place, arrival);
      return;
    }
    if (arrival.action.kind == ActionKind::kRemoveUserFromAllGroups) sweep(arrival);
  }
  add(arrival, key);
}

void Backlog::add(const Replacer::Arrival& arrival, uint64_t replace_key) {
  const Batch& batch = arrival.batch;
  Entry& entry = parts_.settler.admit(arrival.accepted, arrival.batch, arrival.plan);
  note_action(entry, arrival.action);
  replacer_.remember(entry, replace_key);
  order_.enter(entry, arrival.plan, batch.account().producer, replacer_.values_of(arrival.action));
  const Duration linger = options_.coalesce.linger;
  entry.lingers = linger > Duration::zero() && gatherer_.gains_by_waiting(entry);
  if (entry.lingers) {
    parts_.settler.give_turn(entry);
    entry.turn->waits = batch.accepted_at() + linger;
  }
  set_timer(entry);
  if (entry.blocked_by == 0) make_ready(entry);
}

// The entry carries it from now on.
void Backlog::note_action(Entry& entry, const Action& action) {
  const CoalesceOptions::Merge* rule = gatherer_.merge_rule_for(action);
  if (rule != nullptr) parts_.settler.give_turn(entry);
  if (entry.turn != nullptr) entry.turn->merge_rule = rule;
}

// The place stays: lanes, barriers, turn, and the time of the next attempt.
void Backlog::replace(Entry& entry, const Replacer::Arrival& arrival) {
  // Another kind may be permitted where its own is held.
  const bool was_held = entry.list == WaitingList::kHeldKind;
  if (was_held) turns_.remove(entry);
  if (kind_holds().any()) turns_.forget_asking(entry);
  gatherer_.remove_ready(entry);
  parts_.settler.replace(entry, arrival.accepted, arrival.batch);
  if (is_send(arrival.action.kind)) ++parts_.settler.ledger().conflated;
  note_action(entry, arrival.action);
  if (was_held) {
    turns_.push(entry);
  } else if (entry.list != WaitingList::kNone) {
    gatherer_.add_ready(entry);
  }
  set_timer(entry);
  if (entry.operation() == nullptr) return;
  if (Operation* own = parts_.retries.begin_anew(entry)) turns_.push(*own);
}

void Backlog::sweep(const Replacer::Arrival& arrival) {
  while (Entry* earlier = replacer_.swept_by(arrival)) {
    leave_operation(*earlier);
    settle(*earlier, {.kind = OutcomeKind::kSuperseded, .by = &arrival.accepted});
  }
}

// One timer an entry: the end of its linger, then that of its time to live.
void Backlog::set_timer(Entry& entry) {
  if (entry.has_timer) return;
  Instant at = entry.expiry();
  if (entry.lingers) at = std::min(at, entry.turn->waits);
  if (at != kNever) parts_.schedule.set_timer(at, entry);
}

void Backlog::wake(Entry& entry, Instant now) {
  // What is under way may still arrive: it is looked at again, and has a timer again, when its
  // attempt failed. The one that went off may have been that of a value before it, or of its
  // linger.
  if (entry.state == EntryState::kActive) return;
  if (entry.expiry() <= now) {
    expire(entry);
    return;
  }
  if (entry.lingers && entry.turn->waits <= now) {
    entry.lingers = false;
    if (entry.state == EntryState::kQueued) end_linger(entry);
  }
  set_timer(entry);
}

// ---- turns

void Backlog::make_ready(Entry& entry) {
  if (entry.lingers) return;
  parts_.settler.give_turn(entry);
  turns_.push(entry);
}

void Backlog::end_linger(Entry& entry) {
  if (entry.blocked_by == 0) return make_ready(entry);
  if (entry.merge_rule() == nullptr) parts_.settler.take_turn(entry);
}

void Backlog::start_what_may() {
  for (Entry* entry : startable_) {
    if (entry->state == EntryState::kQueued) {
      make_ready(*entry);
    } else if (entry->operation() != nullptr && entry->operation()->waits_for_lane) {
      entry->operation()->waits_for_lane = false;
      turns_.push(*entry->operation());
    }
  }
}

Operation* Backlog::take(bool crowded, Instant now) {
  const Turns::Turn turn = turns_.take();
  return turn.entry == nullptr ? turn.operation : &operation_for(*turn.entry, crowded, now);
}

Operation* Backlog::take_probe(Duration held_for, Instant now) {
  const Turns::Turn turn = turns_.take_probe(held_for, now);
  return turn.entry == nullptr ? turn.operation
                               : &operation_for(*turn.entry, /*crowded=*/false, now);
}

Operation& Backlog::operation_for(Entry& lead, bool crowded, Instant now) {
  const Gathered& gathered = gatherer_.gather(lead, crowded, now);
  for (Entry* member : gathered.entries) {
    turns_.take_out(*member);
    parts_.settler.give_turn(*member);  // of a merge, all but the first stood behind it
  }
  Operation& operation = parts_.operations.make(gathered.form, gathered.entries);
  operation.url_bytes = gathered.url_bytes;
  return operation;
}

// ---- attempts

void Backlog::start(Operation& operation) {
  turns_.note_start(operation);
  for (Member& member : operation.members) {
    parts_.settler.move(*member.entry, EntryState::kActive);
    ++member.sent;
    member.in_last_attempt = true;
    if (member.may_have_arrived) ++parts_.settler.ledger().ambiguous_retries;
  }
}

void Backlog::defer(Operation& operation) {
  const bool may_detach = is_send(operation.kind());
  startable_.clear();
  for (Member& member : operation.members) {
    parts_.settler.move(*member.entry, EntryState::kDeferred);
    set_timer(*member.entry);
    if (may_detach && member.charged > 0) order_.detach(*member.entry, startable_);
  }
  start_what_may();
}

void Backlog::set_aside(Operation& operation) {
  for (const Member& member : operation.members) {
    parts_.settler.move(*member.entry, EntryState::kDeferred);
    set_timer(*member.entry);
  }
}

void Backlog::retry_in_order(Operation& operation) {
  operation.waits_for_lane = operation.members.front().entry->blocked_by > 0;
  if (!operation.waits_for_lane) turns_.push(operation);
}

// ---- held kinds

void Backlog::release_kinds() {
  for (size_t kind = 0; kind < kActionKinds; ++kind) {
    const auto action_kind = static_cast<ActionKind>(kind);
    if (!kind_holds().holds(action_kind)) turns_.release(action_kind);
  }
}

void Backlog::let_kinds_ask(Instant now) {
  for (size_t kind = 0; kind < kActionKinds; ++kind) {
    const auto action_kind = static_cast<ActionKind>(kind);
    const bool may_ask = turns_.first_held(action_kind) != nullptr &&
                         !kind_holds().must_wait(action_kind, now) &&
                         !turns_.is_asking(action_kind);
    if (!may_ask) continue;
    turns_.let_one_ask(action_kind);
    parts_.retries.kind_holds().note_asked(action_kind, now);
  }
}

Instant Backlog::held_kinds_at(Instant now) const {
  Instant at = kNever;
  if (!kind_holds().any()) return at;
  for (size_t kind = 0; kind < kActionKinds; ++kind) {
    const auto action_kind = static_cast<ActionKind>(kind);
    const Entry* first = turns_.first_held(action_kind);
    if (first == nullptr) continue;
    at = std::min(at, first->turn->waits + options_.retry.max_age);
    if (turns_.is_asking(action_kind)) continue;
    at = std::min(at, kind_holds().may_be_asked_at(action_kind));
  }
  return std::max(at, now);
}

Operation* Backlog::take_held_too_long(Instant now) {
  for (size_t kind = 0; kind < kActionKinds; ++kind) {
    Entry* first = turns_.first_held(static_cast<ActionKind>(kind));
    if (first == nullptr || now - first->turn->waits < options_.retry.max_age) continue;
    turns_.remove(*first);
    return &parts_.operations.make(OperationForm::kSingle, {&first, 1});
  }
  return nullptr;
}

// ---- leaving

void Backlog::settle(Entry& entry, const Settlement& settlement) {
  turns_.remove(entry);
  replacer_.forget(entry);
  startable_.clear();
  order_.leave(entry, startable_);
  parts_.settler.settle(entry, settlement);
  start_what_may();
}

Member Backlog::leave_operation(Entry& entry) {
  Operation* operation = entry.operation();
  const Member member = OperationPool::leave(entry);
  if (operation != nullptr && operation->members.empty()) parts_.operations.free(*operation);
  return member;
}

void Backlog::expire(Entry& entry) {
  const Member member = leave_operation(entry);
  settle(entry, {.kind = OutcomeKind::kExpired,
                 .attempts = member.sent,
                 .error_code = "expired",
                 .error_message = "older than its ttlSeconds before it could be sent"});
}

// One that was to ask for its kind leaves the question to another.
void Backlog::give_back(Entry& entry) {
  const ActionKind kind = entry.kind();
  const bool leaves_question = kind_holds().holds(kind) && turns_.is_asker(entry);
  const Member member = leave_operation(entry);
  Settlement settlement = returned();
  settlement.attempts = member.sent;
  settle(entry, settlement);
  if (leaves_question) parts_.retries.kind_holds().note_no_answer(kind);
}

void Backlog::abandon(Entry& entry, Kept kept) {
  const Member member = leave_operation(entry);
  settle(entry, {.kind = OutcomeKind::kAbandoned,
                 .attempts = member.sent,
                 .error_code = code_of(kept),
                 .error_message = message_of(kept)});
}

void Backlog::release_memory() {
  order_.release_memory();
  replacer_.release_memory();
  gatherer_.release_memory();
  release_memory_of(startable_);
}

}  // namespace awps
