#include "hub/completer.h"

#include <string>
#include <utility>
#include <vector>

#include "hub/operation_request.h"

namespace awps {

namespace {

void note_last(Operation& operation, const AttemptEnd& end) {
  // What waits keeps little of it: the whole of a dead letter's words is with the last attempt.
  static constexpr size_t kKeptWords = 256;
  const bool is_last = end.verdict.kind == VerdictKind::kGiveUp;
  operation.last.status = end.http_status;
  if (end.description.empty()) {
    operation.last.words.clear();
  } else {
    operation.last.words.assign(end.description, 0, is_last ? std::string::npos : kKeptWords);
  }
}

}  // namespace

Completer::Completer(const PipelineOptions& options, const Parts& parts)
    : options_(options),
      parts_(parts),
      dead_letters_(std::make_unique<DeadLetters>(options.dead_letters)) {}

void Completer::keep_dead_letters_in(std::unique_ptr<DeadLetterStore> store) {
  dead_letters_ = std::move(store);
}

std::unique_ptr<DeadLetterStore> Completer::take_dead_letters() {
  return std::exchange(dead_letters_, std::make_unique<DeadLetters>(DeadLetterStore::Options{}));
}

void Completer::complete(Operation& operation, const AttemptEnd& end, Instant now) {
  const Verdict& verdict = end.verdict;
  const bool apart = is_taken_apart(operation, verdict);
  const Ruling ruling = note_answer(operation, end, apart, parts_.endpoint, now);
  note_last(operation, end);
  if (apart) {
    parts_.retries.note_taken_apart(operation);
    refuse_form(operation, verdict, now);
    return;
  }
  parts_.retries.note_end(operation, verdict.kind, now);
  switch (verdict.kind) {
    case VerdictKind::kDone:
      learn_success(operation, parts_.endpoint.bounds(), now);
      deliver(operation, end);
      return;
    case VerdictKind::kGiveUp:
      give_up_all(
          operation,
          {.reason = GiveUpReason::kRefused, .at = now, .body = end.body, .answer = end.answer});
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

void Completer::resume(Operation& operation, Instant now) {
  const GiveUpReason reason = operation.retry.held_since == kNever ? GiveUpReason::kRetriesExhausted
                                                                   : GiveUpReason::kRefused;
  const Retries::Woken woken = parts_.retries.wake(operation, now);
  ++parts_.ledger.charges[static_cast<size_t>(woken.evidence)];
  for (const Member& member : woken.spent) {
    give_up(member, operation, {.reason = reason, .at = now});
  }
  if (operation.members.empty()) {
    parts_.operations.free(operation);
  } else if (woken.take_apart) {
    const bool others_succeed =
        parts_.endpoint.trouble().last_success() > operation.retry.first_failed;
    if (others_succeed) pause_rule(operation.form, parts_.endpoint.bounds(), now);
    send_singly(operation, now);
  } else if (woken.is_due) {
    parts_.backlog.retry(operation);
  }
}

// ---- delivered or deferred

void Completer::deliver(Operation& operation, const AttemptEnd& end) {
  for (const Member& member : operation.members) {
    parts_.backlog.settle(*member.entry, {.kind = OutcomeKind::kDelivered,
                                          .http_status = end.http_status,
                                          .attempts = member.sent,
                                          .form = operation.last.form,
                                          .target_gone = end.verdict.target_gone,
                                          .answer = &end.answer});
  }
  parts_.operations.free(operation);
}

void Completer::defer(Operation& operation, const AttemptEnd& end, const Ruling& ruling,
                      Instant now) {
  RetryState& retry = operation.retry;
  retry.failure = {.may_charge = ruling.may_charge,
                   .of_suspect = ruling.is_suspect,
                   .is_excused = ruling.is_excused,
                   .is_refusal = is_refusal(end),
                   .was_throttled = end.verdict.throttled || end.verdict.retry_after,
                   .was_way = end.verdict.way_failed,
                   .is_form_suspect = end.verdict.form_suspect};
  if (end.verdict.kind != VerdictKind::kForbidden) {
    retry.held_since = kNever;
  } else if (retry.held_since == kNever) {
    retry.held_since = now;
  }
  const bool may_have_arrived = end.verdict.ambiguous && is_send(operation);
  for (Member& member : operation.members) {
    member.may_have_arrived = may_have_arrived;
    member.may_ever_have_arrived |= may_have_arrived;
  }
  parts_.backlog.defer(operation);
  if (let_members_leave(operation, now)) parts_.retries.park(operation, ruling.pause, now);
}

// They go now: their time is over, or they are withdrawn. Is anybody left?
bool Completer::let_members_leave(Operation& operation, Instant now) {
  const auto is_expired = [now](const Entry& entry) { return entry.expiry() <= now; };
  std::vector<Entry*> leaving;
  for (const Member& member : operation.members) {
    const bool is_withdrawn = member.entry->batch->account().is_withdrawn;
    if (is_withdrawn || is_expired(*member.entry)) leaving.push_back(member.entry);
  }
  const bool is_left = leaving.size() < operation.members.size();
  for (Entry* entry : leaving) {
    if (is_expired(*entry)) {
      parts_.backlog.expire(*entry);
    } else {
      parts_.backlog.give_back(*entry);
    }
  }
  return is_left;
}

// ---- sent again in parts

void Completer::refuse_form(Operation& operation, const Verdict& verdict, Instant now) {
  const bool by_identity = verdict.kind != VerdictKind::kGiveUp;
  if (by_identity) {
    forbid(operation.form, parts_.endpoint.bounds());
  } else {
    learn_refusal(operation, verdict.exceeded, parts_.endpoint.bounds(), now);
  }
  for (Member& member : operation.members) member.may_have_arrived = false;
  take_apart(operation, by_identity ? Split::kSingles : Split::kHalves, now);
}

void Completer::take_apart(Operation& operation, Split split, Instant now) {
  ++parts_.ledger.splits;
  parts_.backlog.defer(operation);
  operation.retry.note_taken_apart();
  if (!let_members_leave(operation, now)) return;
  std::vector<Operation*> parts = {&operation};
  if (operation.members.size() > 1) parts.push_back(&parts_.operations.split(operation));
  for (size_t i = 0; split == Split::kSingles && i < parts.size(); ++i) {
    while (parts[i]->members.size() > 1) parts.push_back(&parts_.operations.split(*parts[i]));
  }
  // The later half of a merge follows when its lane opens.
  for (Operation* part : parts) parts_.backlog.retry_in_order(*part);
}

// ---- given up

// Without lanes of targets, and of what is a barrier alone, nobody knows what came later.
bool Completer::lanes_tell(const Entry& entry) const {
  return options_.order.ordering != Ordering::kNone && own_lanes(entry.kind()) > 0;
}

void Completer::give_up(const Member& member, const Operation& operation, const GiveUp& why) {
  const Account& account = member.entry->batch->account();
  const uint64_t letter = account.letters_elsewhere ? 0 : add_letter(member, operation, why);
  member.entry->turn->operation = nullptr;
  parts_.backlog.settle(*member.entry, {.kind = OutcomeKind::kDeadLettered,
                                        .http_status = operation.last.status,
                                        .attempts = member.sent,
                                        .form = operation.last.form,
                                        .error_code = code_of(why.reason),
                                        .error_message = operation.last.words,
                                        .letter = account.of_stream ? letter : 0,
                                        .answer = &why.answer});
}

uint64_t Completer::add_letter(const Member& member, const Operation& operation, GiveUp why) {
  why.lanes_tell = lanes_tell(*member.entry);
  DeadLetter letter = make_dead_letter(member, operation, why, options_.hub);
  parts_.overtakings.watch(letter);
  return dead_letters_->add(std::move(letter));
}

void Completer::give_up_all(Operation& operation, const GiveUp& why) {
  for (const Member& member : operation.members) give_up(member, operation, why);
  parts_.operations.free(operation);
}

void Completer::give_up_held(Operation& operation, Instant now) {
  operation.last.status = 403;
  operation.last.words = KindHolds::kReason;
  give_up_all(operation, {.reason = GiveUpReason::kRefused, .at = now});
}

}  // namespace awps
