// The second half of Pipeline: what the end of an attempt means for the actions, and how they end.

#include <algorithm>
#include <utility>

#include "hub/operation_request.h"
#include "hub/pipeline.h"

namespace awps {

void Pipeline::complete(Operation& operation, const AttemptEnd& end, Instant now) {
  permits_.give_back();
  if (end.http_status != 0) permits_.note_answer(now - operation.started);
  const Verdict& verdict = end.verdict;
  const bool apart = is_taken_apart(operation, verdict);
  note_answer(end,
              {.started = operation.started, .taken_apart = apart, .was_probe = operation.is_probe},
              endpoint_, now);
  apart ? retries_.note_taken_apart(operation) : retries_.note_end(operation, end, now);
  operation.last_status = end.http_status;
  // What waits keeps little of it: the whole of a dead letter's words is with the last attempt.
  static constexpr size_t kKeptWords = 256;
  const bool is_last = verdict.kind == VerdictKind::kGiveUp;
  operation.last_failure.assign(end.description, 0, is_last ? std::string::npos : kKeptWords);
  if (apart) {
    take_apart(operation, verdict, now);
    return;
  }
  switch (verdict.kind) {
    case VerdictKind::kDone:
      deliver(operation, end);
      return;
    case VerdictKind::kGiveUp:
      give_up_all(operation, {.reason = GiveUpReason::kRefused, .at = now, .body = end.body});
      return;
    case VerdictKind::kRetry:
      if (verdict.ambiguous && options_.give_up_ambiguous && is_send(operation)) {
        give_up_all(operation, {.reason = GiveUpReason::kAmbiguous, .at = now, .body = end.body});
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

// ---- taking apart

void Pipeline::take_apart(Operation& operation, const Verdict& verdict, Instant now) {
  ++settler_.ledger().splits;
  for (Member& member : operation.members) {
    settler_.move(*member.entry, EntryState::kDeferred);
    set_timer(*member.entry);
    member.may_have_arrived = false;
  }
  operation.is_probe = false;
  const bool into_singles = verdict.kind != VerdictKind::kGiveUp;
  if (into_singles) {
    forbid(operation.form, endpoint_.bounds());
  } else {
    learn_refusal(operation, verdict.exceeded, endpoint_.bounds());
  }
  std::vector<Operation*> parts = {&operation, &operations_.split(operation)};
  for (size_t i = 0; into_singles && i < parts.size(); ++i) {
    while (parts[i]->members.size() > 1) parts.push_back(&operations_.split(*parts[i]));
  }
  for (Operation* part : parts) {
    if (expire_members(*part, now)) send_again_at_once(*part);
  }
}

// The later half of a merge follows when its lane opens.
void Pipeline::send_again_at_once(Operation& operation) {
  operation.waits_for_lane = operation.members.front().entry->blocked_by > 0;
  if (!operation.waits_for_lane) schedule_.push_due(operation);
}

// What outlived its time to live during the attempt goes now: its timer is over. Is anybody left?
bool Pipeline::expire_members(Operation& operation, Instant now) {
  std::vector<Entry*> expired;
  for (const Member& member : operation.members) {
    if (member.entry->expiry() <= now) expired.push_back(member.entry);
  }
  const bool is_left = expired.size() < operation.members.size();
  for (Entry* entry : expired) expire(*entry);
  return is_left;
}

void Pipeline::defer(Operation& operation, const AttemptEnd& end, Instant now) {
  const Charge charge = operation.is_probe ? Charge::kNobody : charge_of(end);
  if (end.verdict.kind != VerdictKind::kForbidden) {
    operation.held_since = kNever;
  } else if (operation.held_since == kNever) {
    operation.held_since = now;
  }
  operation.is_probe = false;
  const bool may_have_arrived = end.verdict.ambiguous && is_send(operation);
  startable_.clear();
  for (Member& member : operation.members) {
    settler_.move(*member.entry, EntryState::kDeferred);
    set_timer(*member.entry);
    member.may_have_arrived = may_have_arrived;
    if (member.charged > 0 && is_send(operation)) {
      order_.detach(*member.entry, startable_);
    }
  }
  start_what_may();
  if (expire_members(operation, now)) retries_.park(operation, charge, now);
}

// ---- settle

// Without lanes of targets, and of what is a barrier alone, nobody knows what came later.
bool Pipeline::lanes_tell(const Entry& entry) const {
  return options_.order.ordering != Ordering::kNone &&
         entry.action().kind != ActionKind::kCloseAllConnections;
}

void Pipeline::give_up(const Member& member, const Operation& operation, GiveUp why) {
  why.lanes_tell = lanes_tell(*member.entry);
  DeadLetter letter = make_dead_letter(member, operation, why, options_.hub);
  overtakings_.watch(letter);
  dead_letters_->add(std::move(letter));
  member.entry->operation = nullptr;
  settle(*member.entry, {.kind = OutcomeKind::kDeadLettered,
                         .http_status = operation.last_status,
                         .attempts = member.sent,
                         .form = operation.last_form,
                         .error_code = code_of(why.reason),
                         .error_message = operation.last_failure});
}

void Pipeline::give_up_all(Operation& operation, const GiveUp& why) {
  for (const Member& member : operation.members) give_up(member, operation, why);
  operations_.free(operation);
}

Redrive::Result Pipeline::redrive(const LetterChoice& choice, Instant now) {
  Redrive::Result result = redrive_.batches_of(dead_letters_->take(choice), overtakings_, now);
  for (DeadLetter& letter : result.unreadable) dead_letters_->add(std::move(letter));
  settler_.ledger().redriven += result.actions;
  return result;
}

void Pipeline::deliver(Operation& operation, const AttemptEnd& end) {
  learn_success(operation, endpoint_.bounds());
  for (const Member& member : operation.members) {
    settle(*member.entry, {.kind = OutcomeKind::kDelivered,
                           .http_status = end.http_status,
                           .attempts = member.sent,
                           .form = operation.last_form,
                           .target_gone = end.verdict.target_gone});
  }
  operations_.free(operation);
}

void Pipeline::settle(Entry& entry, const Settlement& settlement) {
  if (entry.in_ready_list) ready_.remove(entry);
  gatherer_.remove_ready(entry);
  replacer_.forget(entry);
  startable_.clear();
  order_.leave(entry, startable_);
  settler_.settle(entry, settlement);
  start_what_may();
}

void Pipeline::abandon(bool active_too, const std::function<void(const Entry&)>& visit) {
  settler_.for_each([&](Entry& entry) {
    if (entry.state == EntryState::kActive && !active_too) return;
    visit(entry);
    const Member member = leave_operation(entry);
    settle(entry, {.kind = OutcomeKind::kAbandoned,
                   .attempts = member.sent,
                   .error_code = "shutting_down",
                   .error_message = "the daemon stopped before it could be delivered"});
  });
  if (active_too) permits_.give_all_back();
}

}  // namespace awps
