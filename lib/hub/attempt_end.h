#pragma once

// AttemptEnd: how an attempt ended, as the worker learnt it, and what follows from it: for the
// endpoint, for whom a failure is charged to, for whether the operation is taken apart, and for the
// bounds that the endpoint has shown.
//
// Functions of their arguments. One thread for the operation; EndpointState takes any.

#include <string>

#include "hub/operation.h"
#include "limit/endpoint_state.h"
#include "retry/verdict.h"

namespace awps {

struct AttemptEnd {
  Verdict verdict;
  int http_status = 0;
  std::string description;  // the service's words, for people; empty: done
  std::string body;         // of the answer that gives it up, its beginning, readable
};

/// What the pipeline knows of an attempt besides.
struct AttemptContext {
  Instant started{};
  bool taken_apart = false;
  bool was_probe = false;
};

/// Tells the endpoint's state what the answer says of the endpoint.
void note_answer(const AttemptEnd& end, const AttemptContext& context, EndpointState& endpoint,
                 Instant now);

/// Is the operation sent again in parts? Refused as bad: in halves, until the culprit stands alone.
/// Refused to this identity: a filter is another kind of request than its members, a merged message
/// is not.
bool is_taken_apart(const Operation& operation, const Verdict& verdict);

Charge charge_of(const AttemptEnd& end);

/// Does the answer say how long the service works? Only 2xx do; a refusal is quick.
bool shows_latency(const AttemptEnd& end);
/// Operations of one class take about equally long: a class for each kind of single request, and
/// one for each form that carries a filter.
size_t latency_class(const Operation& operation);

/// The operation was refused as too much, or taken.
void learn_refusal(const Operation& operation, ExceededBound exceeded, LearntBounds& bounds,
                   Instant now);
void learn_success(const Operation& operation, LearntBounds& bounds, Instant now);
/// The identity may not send this form of operation: it is off until a reload.
void forbid(OperationForm form, LearntBounds& bounds);

}  // namespace awps
