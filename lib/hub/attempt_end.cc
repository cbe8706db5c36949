#include "hub/attempt_end.h"

#include "hub/fault_target.h"
#include "limit/concurrency_limit.h"

namespace awps {

namespace {

FailureKind failure_kind_of(const AttemptEnd& end) {
  const Verdict& verdict = end.verdict;
  if (verdict.throttled || verdict.retry_after) return FailureKind::kThrottled;
  // Without a token nothing can be asked at all.
  const bool was_not_sent = verdict.kind == VerdictKind::kCredential && end.http_status == 0;
  return verdict.way_failed || was_not_sent ? FailureKind::kWay : FailureKind::kAnswer;
}

HoldReason hold_reason_of(const Verdict& verdict) {
  if (verdict.kind == VerdictKind::kCredential) return HoldReason::kCredential;
  if (verdict.kind == VerdictKind::kEndpointAtFault) return HoldReason::kEndpointAtFault;
  return verdict.way_failed ? HoldReason::kUnreachable : HoldReason::kFailing;
}

CoalescingRule rule_of(OperationForm form) {
  if (form == OperationForm::kMerge) return CoalescingRule::kMerge;
  return form == OperationForm::kFanOut ? CoalescingRule::kFanOut : CoalescingRule::kBulkMembership;
}

// A token was refused, and there is another one: it says nothing of the endpoint yet. If others of
// the hub are answered meanwhile, it was not the token.
bool is_token_trouble(const AttemptEnd& end) {
  return end.verdict.kind == VerdictKind::kRetry && end.http_status == 401;
}

}  // namespace

Ruling note_answer(const Operation& operation, const AttemptEnd& end, bool apart,
                   EndpointState& endpoint, Instant now) {
  const Verdict& verdict = end.verdict;
  const Attempt& attempt = operation.attempt;
  Trouble& trouble = endpoint.trouble();
  if (verdict.kind == VerdictKind::kDone) {
    endpoint.note_success(now);
    trouble.answered(attempt, now);
    return {};
  }
  if (is_token_trouble(end)) {
    trouble.ended(attempt);
    // The first refusal may be a key that was changed.
    return {.may_charge = operation.retry.failures > 0};
  }
  // A form of request that is refused to the identity shows neither trouble nor health.
  if (apart && verdict.kind == VerdictKind::kCredential) {
    trouble.ended(attempt);
    return {};
  }
  const bool is_own =
      apart || verdict.kind == VerdictKind::kGiveUp || verdict.kind == VerdictKind::kForbidden;
  if (is_own) {
    trouble.at_work(attempt, now);
    return {};
  }
  const std::string name = fault_target_name(operation);
  const Ruling ruling = trouble.failed(attempt,
                                       {.kind = failure_kind_of(end),
                                        .reason = hold_reason_of(verdict),
                                        .pause = verdict.retry_after.value_or(Duration::zero()),
                                        .name = name,
                                        .words = end.description},
                                       now);
  if (ruling.clears_rate) endpoint.forget_pace();
  if (ruling.is_of_rate) {
    const bool pauses = ruling.pause > Duration::zero();
    if (verdict.throttled && ruling.lowers_rate) {
      endpoint.note_throttled({.started = attempt.started, .pauses = pauses}, now);
    }
    if (pauses) endpoint.note_pause(ruling.pause, now);
  }
  return ruling;
}

bool is_taken_apart(const Operation& operation, const Verdict& verdict) {
  if (!verdict.splittable || operation.members.size() < 2) return false;
  return verdict.kind == VerdictKind::kGiveUp || operation.form != OperationForm::kMerge;
}

bool is_refusal(const AttemptEnd& end) {
  return end.verdict.kind == VerdictKind::kCredential ||
         end.verdict.kind == VerdictKind::kEndpointAtFault || is_token_trouble(end);
}

bool shows_latency(const AttemptEnd& end) {
  return end.verdict.kind == VerdictKind::kDone && end.http_status >= 200 && end.http_status < 300;
}

size_t latency_class(const Operation& operation) {
  static_assert(kActionKinds + 2 <= ConcurrencyLimit::kClasses);
  switch (operation.present_form()) {
    case OperationForm::kFanOut:
      return kActionKinds;
    case OperationForm::kBulkMembership:
      return kActionKinds + 1;
    case OperationForm::kSingle:
    case OperationForm::kMerge:
      break;
  }
  return static_cast<size_t>(operation.kind());
}

void learn_refusal(const Operation& operation, ExceededBound exceeded, LearntBounds& bounds,
                   Instant now) {
  const bool by_names = operation.form != OperationForm::kMerge;
  switch (exceeded) {
    case ExceededBound::kFilter:
      if (by_names) bounds.filter_names.refused(operation.members.size(), now);
      return;
    case ExceededBound::kUrl:
      if (by_names) bounds.url_bytes.refused(operation.url_bytes, now);
      return;
    case ExceededBound::kBody:
      if (!by_names) bounds.body_bytes.refused(operation.last.body_bytes, now);
      return;
    case ExceededBound::kNone:
      return;
  }
}

void learn_success(const Operation& operation, LearntBounds& bounds, Instant now) {
  if (operation.members.size() < 2) return;
  bounds.pauses[static_cast<size_t>(rule_of(operation.form))].note_success(now);
  if (operation.form == OperationForm::kMerge) {
    bounds.body_bytes.taken(operation.last.body_bytes, now);
    return;
  }
  bounds.filter_names.taken(operation.members.size(), now);
  bounds.url_bytes.taken(operation.url_bytes, now);
}

void forbid(OperationForm form, LearntBounds& bounds) {
  bounds.forbidden[static_cast<size_t>(rule_of(form))].store(true, std::memory_order_relaxed);
}

void pause_rule(OperationForm form, LearntBounds& bounds, Instant now) {
  (void)bounds.pauses[static_cast<size_t>(rule_of(form))].note_failed(now);  // it counts once
}

}  // namespace awps
