#include "hub/attempt_end.h"

#include "limit/concurrency_limit.h"

namespace awps {

namespace {

void note_trouble(const Verdict& verdict, bool failed, EndpointState& endpoint, Instant now) {
  using enum VerdictKind;
  if (verdict.kind == kRetry) {
    // A 429 that does not say for how long lowers the pace, and no more.
    if (verdict.retry_after) {
      endpoint.pause(*verdict.retry_after, now);
    } else if (failed) {
      endpoint.note_failure(now);
    }
  }
  if (verdict.kind == kCredential) endpoint.hold(HoldReason::kCredential, now);
  if (verdict.kind == kEndpointAtFault) endpoint.hold(HoldReason::kEndpointAtFault, now);
}

}  // namespace

void note_answer(const AttemptEnd& end, const AttemptContext& context, EndpointState& endpoint,
                 Instant now) {
  using enum VerdictKind;
  const Verdict& verdict = end.verdict;
  const bool alive = context.taken_apart || verdict.kind == kDone || verdict.kind == kGiveUp ||
                     verdict.kind == kForbidden || verdict.throttled;
  const bool failed = end.http_status == 0 || end.http_status >= 500;
  if (verdict.throttled) {
    // Retry-After: 0 asks for no pause.
    const bool pauses = verdict.retry_after.value_or(Duration::zero()) > Duration::zero();
    endpoint.note_throttled({.started = context.started, .pauses = pauses}, now);
  }
  if (verdict.kind == kDone) {
    endpoint.note_success(now);
  } else if (alive || (verdict.kind == kRetry && !failed)) {
    endpoint.note_alive();
  }
  if (!context.taken_apart) note_trouble(verdict, failed, endpoint, now);
  if (context.was_probe) endpoint.probe_ended(alive, now);
}

bool is_taken_apart(const Operation& operation, const Verdict& verdict) {
  if (!verdict.splittable || operation.members.size() < 2) return false;
  return verdict.kind == VerdictKind::kGiveUp || operation.form != OperationForm::kMerge;
}

// What looks like a fault of the endpoint, the credential or the hub is the action's own after all
// if other actions of this hub are answered well in the meantime: one action that a proxy refuses
// must not hold the rest for ever.
Charge charge_of(const AttemptEnd& end) {
  using enum VerdictKind;
  switch (end.verdict.kind) {
    case kRetry:
      return end.verdict.blame == Blame::kAction ? Charge::kIfEndpointAlive : Charge::kNobody;
    case kEndpointAtFault:
      return Charge::kIfHubAlive;
    case kCredential:
      return end.http_status == 403 ? Charge::kIfHubAlive : Charge::kNobody;
    case kForbidden:  // its kind is held
    case kDone:
    case kGiveUp:
      break;
  }
  return Charge::kNobody;
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
  return static_cast<size_t>(operation.action().kind);
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
      if (!by_names) bounds.body_bytes.refused(operation.body_bytes, now);
      return;
    case ExceededBound::kNone:
      return;
  }
}

void learn_success(const Operation& operation, LearntBounds& bounds, Instant now) {
  if (operation.members.size() < 2) return;
  if (operation.form == OperationForm::kMerge) {
    bounds.body_bytes.taken(operation.body_bytes, now);
    return;
  }
  bounds.filter_names.taken(operation.members.size(), now);
  bounds.url_bytes.taken(operation.url_bytes, now);
}

void forbid(OperationForm form, LearntBounds& bounds) {
  std::atomic<bool>& off =
      form == OperationForm::kFanOut ? bounds.fan_out_forbidden : bounds.bulk_forbidden;
  off.store(true, std::memory_order_relaxed);
}

}  // namespace awps
