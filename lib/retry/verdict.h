#pragma once

// Verdict: what one attempt's answer means for its actions and for the endpoint. Every failure has
// a kind; the table of DESIGN.md §6 is judge() in service_api/judge.h, what follows from it is
// hub/'s.
//
// A failure that is tried again is one of three sorts:
// 1. `way_failed`: the service was not reached. The name was not found, the connection refused or
//    not made in time, TLS or the proxy failed, or nothing of the request was written.
// 2. `throttled` (429), or a `retry_after` (503): it was reached and asks for fewer requests.
// 3. Neither: it was reached and failed. 5xx, 408, no answer in time, a connection that died.
//
// A coalesced operation is taken apart at once where it is `splittable`. Where it is `form_suspect`
// it may have failed because of its form: it is taken apart if it goes on failing so while others
// are answered. Never both.

#include <cstdint>
#include <optional>

#include "base/clock.h"

namespace awps {

enum class VerdictKind : uint8_t {
  kDone,        // carried out (or, with target_gone, nobody is there to carry it out for)
  kRetry,       // try again later
  kGiveUp,      // the service will never take it: a dead letter
  kCredential,  // the token was refused: refresh, try the next key, then hold the endpoint
  kForbidden,   // the identity may not do this: as kCredential, but holds one kind of operation
  kEndpointAtFault,  // this is not the service that we mean: hold the endpoint, probe
};

/// What of a coalesced operation was too much for the service.
enum class ExceededBound : uint8_t { kNone, kFilter, kUrl, kBody };

struct Verdict {
  VerdictKind kind = VerdictKind::kDone;
  bool target_gone = false;   // kDone after 404 …NotExisted
  bool ambiguous = false;     // it failed, but may have taken effect
  bool throttled = false;     // 429: the pace is too high
  bool way_failed = false;    // the service was not reached
  bool splittable = false;    // a coalesced operation is to be taken apart instead
  bool form_suspect = false;  // a coalesced operation that may fail because it is one
  ExceededBound exceeded = ExceededBound::kNone;  // with `splittable`: what is learnt from it
  std::optional<Duration> retry_after;            // the endpoint asked for a pause; more than 0

  friend bool operator==(const Verdict&, const Verdict&) = default;
};

}  // namespace awps
