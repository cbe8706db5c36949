#pragma once

// AttemptEnd: how an attempt ended, as the worker learnt it, and what of it the endpoint's state is
// told: whom a failure may speak of, whether the operation is taken apart, how long the service
// works, and the bounds that it has shown.
//
// Functions of their arguments. One thread for the operation; EndpointState takes any.

#include <memory>
#include <string>

#include "hub/operation.h"
#include "limit/endpoint_state.h"
#include "queue/service_answer.h"
#include "retry/verdict.h"

namespace awps {

struct AttemptEnd {
  Verdict verdict;
  int http_status = 0;
  std::string description;  // the service's words, for people; empty: done
  std::string body;         // of the answer that gives it up, its beginning, readable
  /// See Outcome: of an answer that ends it and is no success, if a member's producer wants it.
  std::shared_ptr<const ServiceAnswer> answer{};
};

/// Somebody answered, whatever it was.
inline bool is_answer(const AttemptEnd& end) {
  return end.http_status != 0 || end.verdict.kind == VerdictKind::kDone;
}

/// Tells the endpoint's state how the operation's attempt ended, and asks it whom a failure speaks
/// of. `apart`: it is taken apart at once, so its failure is nobody's.
Ruling note_answer(const Operation& operation, const AttemptEnd& end, bool apart,
                   EndpointState& endpoint, Instant now);

/// Is the operation sent again in parts? Refused as bad: in halves, until the culprit stands alone.
/// Refused to this identity: a filter is another kind of request than its members, a merged message
/// is not.
bool is_taken_apart(const Operation& operation, const Verdict& verdict);

/// A refusal of credential or address speaks of the hub as well: its own answers are the evidence.
bool is_refusal(const AttemptEnd& end);

/// Does the answer say how long the service works? Only 2xx do; a refusal is quick.
bool shows_latency(const AttemptEnd& end);
/// Operations of one class take about equally long: a class for each kind of single request, and
/// one for each form that carries a filter.
size_t latency_class(const Operation& operation);

/// The operation was refused as too much, or taken.
void learn_refusal(const Operation& operation, ExceededBound exceeded, LearntBounds& bounds,
                   Instant now);
void learn_success(const Operation& operation, LearntBounds& bounds, Instant now);
/// The identity may not send this form of operation: its rule is off until a reload.
void forbid(OperationForm form, LearntBounds& bounds);
/// Requests of this form fail while others are answered: its rule is off for a while.
void pause_rule(OperationForm form, LearntBounds& bounds, Instant now);

}  // namespace awps
