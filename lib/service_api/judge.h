#pragma once

// judge(): what an answer means (the table of DESIGN.md §6). The status decides where there is one,
// what happened below HTTP only where there is none; so a 202 on a connection that then broke is
// done.
//
// `ambiguous` says of every failed send whether it may have taken effect: not where no connection
// was made or nothing of the request was written, not on 429, 503 and other 4xx; 408 is ambiguous.
// It does not override the kind: kEndpointAtFault holds the endpoint and dead-letters nothing,
// ambiguous or not.
//
// Only the service itself may refuse an action for good: a 4xx that carries HTML, or no error of
// the service's shape (see error_body.h), gives nothing up. 413, 414 and 431 take a coalesced
// operation apart whoever says them, since parts of it are smaller.
//
// Pure, any thread. A 2xx costs no look at the body.

#include <cstdint>

#include "http/http_transport.h"
#include "retry/verdict.h"

namespace awps {

/// What of the operation the verdict depends on.
struct JudgedOperation {
  bool is_send = false;    // not idempotent
  bool coalesced = false;  // carries more than one action, so that it can be taken apart
};

Verdict judge(const HttpResponse& response, const JudgedOperation& operation);

/// What came of the request for the service's health (health_request() in request_builder.h).
enum class Health : uint8_t {
  kGood,       // 2xx
  kBadAnswer,  // another status, or a 2xx with HTML: somebody is there
  kNoAnswer,   // not reached, or no answer in time
};
Health judge_health(const HttpResponse& response);

}  // namespace awps
