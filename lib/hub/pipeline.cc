#include "hub/pipeline.h"

#include <algorithm>

#include "action/encoder.h"
#include "base/check.h"

namespace awps {

namespace {

// A 429 that does not say for how long: the endpoint is given a rest all the same.
constexpr Duration kPauseAfter429 = std::chrono::milliseconds(250);
constexpr size_t kKeptWords = 256;

// Whom a failure is charged to. What looks like a fault of the endpoint, the credential or the hub
// is the action's own after all if other actions of this hub are answered well in the meantime: one
// action that a proxy refuses must not hold the rest for ever.
Charge charge_of(const AttemptEnd& end) {
  using enum VerdictKind;
  switch (end.verdict.kind) {
    case kRetry:
      return end.verdict.blame == Blame::kAction ? Charge::kIfEndpointAlive : Charge::kNobody;
    case kForbidden:
    case kEndpointAtFault:
      return Charge::kIfHubAlive;
    case kCredential:
      return end.http_status == 403 ? Charge::kIfHubAlive : Charge::kNobody;
    case kDone:
    case kGiveUp:
      break;
  }
  return Charge::kNobody;
}

Instant expiry_of(const Entry& entry) {
  const Duration time_to_live = entry.action().time_to_live;
  return time_to_live > Duration::zero() ? entry.batch->accepted_at() + time_to_live : kNever;
}

// The action as a line that could be sent again: with its hub.
std::string encoded(Action action, const std::string& hub) {
  ActionOptions options = *action.options;
  options.hub = hub;
  action.options = &options;
  std::string line;
  append_action(line, action);
  return line;
}

std::string text_of(GiveUpReason reason, const Member& member, const std::string& words) {
  switch (reason) {
    case GiveUpReason::kRefused:
      return words;
    case GiveUpReason::kRetriesExhausted:
      return "given up after " + std::to_string(member.charged) +
             " attempts that speak of the action; the last: " + words;
    case GiveUpReason::kAmbiguous:
      return "it may have arrived, and ambiguous = give_up forbids to send it again: " + words;
  }
  return words;
}

}  // namespace

std::string_view code_of(GiveUpReason reason) {
  switch (reason) {
    case GiveUpReason::kRefused:
      return "refused";
    case GiveUpReason::kRetriesExhausted:
      return "retries_exhausted";
    case GiveUpReason::kAmbiguous:
      return "ambiguous";
  }
  return "";
}

Pipeline::Pipeline(const HubOptions& options, EndpointState& endpoint, uint64_t seed)
    : options_(options),
      endpoint_(endpoint),
      random_(seed),
      requests_({.units_per_second = options.requests_per_second, .burst = options.burst}),
      bytes_({.units_per_second = options.bytes_per_second, .burst = options.burst}),
      dead_letters_(options.dead_letters) {}

// ---- accept

void Pipeline::accept(std::unique_ptr<Batch> owned) {
  Batch& batch = settler_.take(std::move(owned));
  for (Accepted* accepted = batch.first(); accepted != nullptr; accepted = accepted->next) {
    accept_one(*accepted, batch);
  }
}

void Pipeline::accept_one(Accepted& accepted, Batch& batch) {
  const uint64_t producer = batch.account().producer;
  const OrderPlan plan =
      plan_order(accepted.action, {.producer = producer, .ordered_batch = accepted.ordered_batch},
                 options_.order);
  Entry& entry = settler_.admit(accepted, batch, plan.lane_count);
  order_.enter(entry, plan, producer);
  if (entry.blocked_by == 0) schedule_.push_ready(entry);
  const Instant expiry = expiry_of(entry);
  if (expiry != kNever) schedule_.set_timer(expiry, entry);
}

// ---- time

void Pipeline::advance(Instant now) {
  for (;;) {
    const Schedule::Due due = schedule_.pop_timer(now);
    if (due.operation != nullptr) {
      become_due(*due.operation, now);
    } else if (due.entry != nullptr) {
      expire(*due.entry, now);
    } else {
      return;
    }
  }
}

void Pipeline::expire(Entry& entry, Instant now) {
  // What is under way may still arrive: it is looked at again when its attempt failed.
  if (entry.state == EntryState::kActive || expiry_of(entry) > now) return;
  const uint32_t attempts = leave_operation(entry);
  settle(entry, {.kind = OutcomeKind::kExpired,
                 .attempts = attempts,
                 .error_code = "expired",
                 .error_message = "older than its ttlSeconds before it could be sent"});
}

// Takes the entry out of its operation, if it is in one; returns how often it was sent.
uint32_t Pipeline::leave_operation(Entry& entry) {
  Operation* operation = entry.operation;
  if (operation == nullptr) return 0;
  const auto member = std::ranges::find(operation->members, &entry, &Member::entry);
  const uint32_t sent = member->sent;
  operation->members.erase(member);
  // An operation without members is never sent; in the due list it is passed over.
  if (operation->members.empty() && !operation->in_due_list) free_operation(*operation);
  return sent;
}

// The back-off of a deferred operation is over: now it is known whether its last failure counts.
void Pipeline::become_due(Operation& operation, Instant now) {
  const bool counts =
      (operation.charge == Charge::kIfEndpointAlive &&
       endpoint_.last_success() > operation.started) ||
      (operation.charge == Charge::kIfHubAlive && last_success_ > operation.started);
  if (counts) {
    for (Member& member : operation.members) {
      ++member.charged;
      member.charged_age += now - operation.started;
    }
    if (is_spent(operation)) {
      give_up(operation, GiveUpReason::kRetriesExhausted, now);
      return;
    }
  }
  operation.charge = Charge::kNobody;
  schedule_.push_due(operation);
}

bool Pipeline::is_spent(const Operation& operation) const {
  return std::ranges::any_of(operation.members, [&](const Member& member) {
    return member.charged >= options_.retry.max_attempts ||
           member.charged_age >= options_.retry.max_age;
  });
}

Instant Pipeline::wake_at(Instant now) const {
  Instant at = schedule_.next_timer();
  const bool waiting = schedule_.first_ready() != nullptr || schedule_.first_due() != nullptr;
  if (waiting && has_permit()) {
    at = std::min(
        at, std::max({now, endpoint_.earliest(now), requests_.earliest(), bytes_.earliest()}));
  }
  return at;
}

// ---- next

// Retries go first: they are older. A probe takes turns, so that a poisoned action is not the only
// one that ever asks whether the endpoint is back.
bool Pipeline::prefer_due(bool probe) {
  if (schedule_.first_due() == nullptr) return false;
  if (schedule_.first_ready() == nullptr) return true;
  if (!probe) return true;
  last_probe_was_due_ = !last_probe_was_due_;
  return last_probe_was_due_;
}

Operation* Pipeline::next(Instant now) {
  while (schedule_.first_due() != nullptr && schedule_.first_due()->members.empty()) {
    free_operation(*schedule_.pop_due());
  }
  if (!has_permit()) return nullptr;
  if (schedule_.first_ready() == nullptr && schedule_.first_due() == nullptr) return nullptr;
  if (requests_.earliest() > now || bytes_.earliest() > now) return nullptr;
  const EndpointState::Admission admission = endpoint_.admit(now);
  if (admission == EndpointState::Admission::kWait) return nullptr;
  const bool probe = admission == EndpointState::Admission::kProbe;
  const bool from_due = prefer_due(probe);
  const Action& action =
      from_due ? schedule_.first_due()->action() : schedule_.first_ready()->action();
  const uint64_t bytes = action.data.size();
  if (!endpoint_.take_permit(bytes, now)) {
    if (probe) endpoint_.probe_not_sent();
    return nullptr;
  }
  AWPS_CHECK(requests_.take(1, now) && bytes_.take(static_cast<double>(bytes), now));
  Operation& operation = from_due ? *schedule_.pop_due() : operation_for(*schedule_.first_ready());
  operation.is_probe = probe;
  operation.started = now;
  for (Member& member : operation.members) {
    settler_.move(*member.entry, EntryState::kActive);
    ++member.sent;
  }
  if (operation.failures > 0) ++settler_.ledger().retries;
  if (operation.may_have_arrived) ++settler_.ledger().ambiguous_retries;
  ++in_flight_;
  return &operation;
}

Operation& Pipeline::operation_for(Entry& entry) {
  schedule_.remove_ready(entry);
  if (free_operations_.empty()) free_operations_.push_back(&operations_.emplace_back());
  Operation& operation = *free_operations_.back();
  free_operations_.pop_back();
  operation.members.assign(1, Member{.entry = &entry});
  operation.failures = 0;
  operation.charge = Charge::kNobody;
  operation.may_have_arrived = false;
  entry.operation = &operation;
  return operation;
}

void Pipeline::free_operation(Operation& operation) {
  ++operation.generation;
  operation.members.clear();
  free_operations_.push_back(&operation);
}

// ---- complete

void Pipeline::complete(Operation& operation, const AttemptEnd& end, Instant now) {
  AWPS_CHECK(in_flight_ > 0);
  --in_flight_;
  note(operation, end, now);
  const Verdict& verdict = end.verdict;
  operation.last_status = end.http_status;
  // What waits keeps little of it: the whole of a dead letter's words is with the last attempt.
  const bool is_last = verdict.kind == VerdictKind::kGiveUp;
  operation.last_failure.assign(end.description, 0, is_last ? std::string::npos : kKeptWords);
  switch (verdict.kind) {
    case VerdictKind::kDone:
      settle_all(operation, {.kind = OutcomeKind::kDelivered,
                             .http_status = end.http_status,
                             .target_gone = verdict.target_gone});
      return;
    case VerdictKind::kGiveUp:
      give_up(operation, GiveUpReason::kRefused, now);
      return;
    case VerdictKind::kRetry:
      if (verdict.ambiguous && options_.give_up_ambiguous && is_send(operation.action().kind)) {
        give_up(operation, GiveUpReason::kAmbiguous, now);
        return;
      }
      break;
    case VerdictKind::kCredential:
    case VerdictKind::kForbidden:
    case VerdictKind::kEndpointAtFault:
      break;
  }
  defer(operation, end, now);
}

// What the answer says of the endpoint.
void Pipeline::note(const Operation& operation, const AttemptEnd& end, Instant now) {
  using enum VerdictKind;
  const Verdict& verdict = end.verdict;
  const bool alive = verdict.kind == kDone || verdict.kind == kGiveUp ||
                     verdict.kind == kForbidden || verdict.throttled;
  const bool failed = end.http_status == 0 || end.http_status >= 500;
  if (verdict.kind == kDone) {
    last_success_ = now;
    endpoint_.note_success(now);
  } else if (alive || (verdict.kind == kRetry && !failed)) {
    endpoint_.note_alive();
  }
  if (verdict.kind == kRetry) {
    if (verdict.retry_after || verdict.throttled) {
      endpoint_.pause(verdict.retry_after.value_or(kPauseAfter429), now);
    } else if (failed) {
      endpoint_.note_failure(now);
    }
  }
  if (verdict.kind == kCredential) endpoint_.hold(HoldReason::kCredential, now);
  if (verdict.kind == kEndpointAtFault) endpoint_.hold(HoldReason::kEndpointAtFault, now);
  if (operation.is_probe) endpoint_.probe_ended(alive, now);
}

void Pipeline::defer(Operation& operation, const AttemptEnd& end, Instant now) {
  const Verdict& verdict = end.verdict;
  ++operation.failures;
  operation.charge = operation.is_probe ? Charge::kNobody : charge_of(end);
  operation.is_probe = false;
  operation.may_have_arrived = verdict.ambiguous && is_send(operation.action().kind);
  for (Member& member : operation.members) settler_.move(*member.entry, EntryState::kDeferred);
  startable_.clear();
  for (const Member& member : operation.members) {
    if (member.charged > 0 && member.entry->action().kind == ActionKind::kSendToGroup) {
      order_.detach(*member.entry, startable_);
    }
  }
  start_what_may();
  // What outlived its time to live during the attempt goes now: its timer is over.
  const std::vector<Member> members(operation.members.begin(), operation.members.end());
  const uint32_t generation = operation.generation;
  for (const Member& member : members) {
    if (expiry_of(*member.entry) <= now) expire(*member.entry, now);
  }
  if (operation.generation != generation) return;  // its last member expired
  operation.due = now + backoff_delay(options_.retry, operation.failures, random_);
  schedule_.set_timer(operation.due, operation);
}

void Pipeline::give_up(Operation& operation, GiveUpReason reason, Instant now) {
  const std::string words = operation.last_failure;
  for (const Member& member : operation.members) {
    const Entry& entry = *member.entry;
    dead_letters_.add({.action = encoded(entry.action(), options_.hub),
                       .producer = entry.batch->account().producer_name,
                       .reason = text_of(reason, member, words),
                       .http_status = operation.last_status,
                       .attempts = member.sent,
                       .accepted_at = entry.batch->accepted_at(),
                       .given_up_at = now});
  }
  settle_all(operation, {.kind = OutcomeKind::kDeadLettered,
                         .http_status = operation.last_status,
                         .error_code = code_of(reason),
                         .error_message = words});
}

// ---- settle

void Pipeline::settle_all(Operation& operation, Settlement settlement) {
  for (const Member& member : operation.members) {
    settlement.attempts = member.sent;
    settle(*member.entry, settlement);
  }
  free_operation(operation);
}

void Pipeline::settle(Entry& entry, const Settlement& settlement) {
  if (entry.in_ready_list) schedule_.remove_ready(entry);
  startable_.clear();
  order_.leave(entry, startable_);
  settler_.settle(entry, settlement);
  start_what_may();
}

void Pipeline::start_what_may() {
  for (Entry* entry : startable_) {
    if (entry->state == EntryState::kQueued) schedule_.push_ready(*entry);
  }
}

void Pipeline::abandon(bool active_too, const std::function<void(const Entry&)>& visit) {
  settler_.for_each([&](Entry& entry) {
    if (entry.state == EntryState::kActive && !active_too) return;
    visit(entry);
    const uint32_t attempts = leave_operation(entry);
    settle(entry, {.kind = OutcomeKind::kAbandoned,
                   .attempts = attempts,
                   .error_code = "shutting_down",
                   .error_message = "the daemon stopped before it could be delivered"});
  });
  if (active_too) in_flight_ = 0;
}

}  // namespace awps
