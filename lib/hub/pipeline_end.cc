// The second half of Pipeline: what the end of an attempt means for the actions, and how they end.

#include <algorithm>
#include <utility>

#include "hub/operation_request.h"
#include "hub/pipeline.h"

namespace awps {

void Pipeline::complete(Operation& operation, const AttemptEnd& end, Instant now) {
  permits_.give_back();
  under_way_.end(operation);
  permits_.set_overdue(under_way_.overdue());
  backlog_.end(operation);
  const Verdict& verdict = end.verdict;
  if (shows_latency(end)) {
    permits_.note_success(latency_class(operation), now - operation.attempt.started, now);
  }
  const bool apart = is_taken_apart(operation, verdict);
  const Ruling ruling = note_answer(operation, end, apart, endpoint_, now);
  apart ? retries_.note_taken_apart(operation) : retries_.note_end(operation, verdict.kind, now);
  operation.last.status = end.http_status;
  // What waits keeps little of it: the whole of a dead letter's words is with the last attempt.
  static constexpr size_t kKeptWords = 256;
  const bool is_last = verdict.kind == VerdictKind::kGiveUp;
  operation.last.words.assign(end.description, 0, is_last ? std::string::npos : kKeptWords);
  if (apart) {
    const bool by_identity = verdict.kind != VerdictKind::kGiveUp;
    if (by_identity) {
      forbid(operation.form, endpoint_.bounds());
    } else {
      learn_refusal(operation, verdict.exceeded, endpoint_.bounds(), now);
    }
    for (Member& member : operation.members) member.may_have_arrived = false;
    take_apart(operation, by_identity, now);
    return;
  }
  switch (verdict.kind) {
    case VerdictKind::kDone:
      learn_success(operation, endpoint_.bounds(), now);
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
  defer(operation, end, ruling, now);
}

// ---- taking apart

void Pipeline::take_apart(Operation& operation, bool into_singles, Instant now) {
  ++settler_.ledger().splits;
  backlog_.defer(operation);
  operation.retry.note_taken_apart();
  std::vector<Operation*> parts = {&operation, &operations_.split(operation)};
  for (size_t i = 0; into_singles && i < parts.size(); ++i) {
    while (parts[i]->members.size() > 1) parts.push_back(&operations_.split(*parts[i]));
  }
  // The later half of a merge follows when its lane opens.
  for (Operation* part : parts) {
    if (expire_members(*part, now)) backlog_.retry_in_order(*part);
  }
}

// What outlived its time to live during the attempt goes now: its timer is over. Is anybody left?
bool Pipeline::expire_members(Operation& operation, Instant now) {
  std::vector<Entry*> expired;
  for (const Member& member : operation.members) {
    if (member.entry->expiry() <= now) expired.push_back(member.entry);
  }
  const bool is_left = expired.size() < operation.members.size();
  for (Entry* entry : expired) backlog_.expire(*entry);
  return is_left;
}

void Pipeline::defer(Operation& operation, const AttemptEnd& end, const Ruling& ruling,
                     Instant now) {
  operation.retry.failure = {.may_charge = ruling.may_charge,
                             .of_suspect = ruling.is_suspect,
                             .is_excused = ruling.is_excused,
                             .is_refusal = is_refusal(end),
                             .was_throttled = end.verdict.throttled || end.verdict.retry_after,
                             .was_way = end.verdict.way_failed,
                             .is_form_suspect = end.verdict.form_suspect};
  if (end.verdict.kind != VerdictKind::kForbidden) {
    operation.retry.held_since = kNever;
  } else if (operation.retry.held_since == kNever) {
    operation.retry.held_since = now;
  }
  const bool may_have_arrived = end.verdict.ambiguous && is_send(operation);
  for (Member& member : operation.members) {
    member.may_have_arrived = may_have_arrived;
    member.may_ever_have_arrived |= may_have_arrived;
  }
  backlog_.defer(operation);
  if (expire_members(operation, now)) retries_.park(operation, ruling.pause, now);
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
  backlog_.settle(*member.entry, {.kind = OutcomeKind::kDeadLettered,
                                  .http_status = operation.last.status,
                                  .attempts = member.sent,
                                  .form = operation.last.form,
                                  .error_code = code_of(why.reason),
                                  .error_message = operation.last.words});
}

void Pipeline::give_up_held(Operation& operation, Instant now) {
  operation.last.status = 403;
  operation.last.words = KindHolds::kReason;
  give_up_all(operation, {.reason = GiveUpReason::kRefused, .at = now});
}

void Pipeline::give_up_all(Operation& operation, const GiveUp& why) {
  for (const Member& member : operation.members) give_up(member, operation, why);
  operations_.free(operation);
}

void Pipeline::deliver(Operation& operation, const AttemptEnd& end) {
  for (const Member& member : operation.members) {
    backlog_.settle(*member.entry, {.kind = OutcomeKind::kDelivered,
                                    .http_status = end.http_status,
                                    .attempts = member.sent,
                                    .form = operation.last.form,
                                    .target_gone = end.verdict.target_gone});
  }
  operations_.free(operation);
}

void Pipeline::abandon(bool active_too, const std::function<void(const Entry&)>& visit) {
  settler_.for_each([&](Entry& entry) {
    if (entry.state == EntryState::kActive && !active_too) return;
    visit(entry);
    // An attempt that ends without a word, with its last member: its endpoint need not wait for it.
    const bool is_last = entry.operation != nullptr && entry.state == EntryState::kActive &&
                         entry.operation->members.size() == 1;
    if (is_last) endpoint_.trouble().ended(entry.operation->attempt);
    backlog_.abandon(entry);
  });
  if (!active_too) return;
  permits_.give_all_back();
  under_way_.forget();
}

}  // namespace awps
