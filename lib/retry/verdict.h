#pragma once

// Verdict: what one attempt's answer means for its actions and for the endpoint. Every failure has
// a kind; the table of design §6 is judge() in service_api/judge.h, what follows from it is hub/'s.

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

/// Whom a failure speaks of: only what speaks of the action is charged to its attempts and its age.
enum class Blame : uint8_t { kAction, kEndpoint };

/// What of a coalesced operation was too much for the service.
enum class ExceededBound : uint8_t { kNone, kFilter, kUrl, kBody };

struct Verdict {
  VerdictKind kind = VerdictKind::kDone;
  Blame blame = Blame::kAction;
  bool target_gone = false;  // kDone after 404 …NotExisted
  bool ambiguous = false;    // it failed, but may have taken effect
  bool throttled = false;    // 429: the pace is too high
  bool splittable = false;   // a coalesced operation is to be taken apart instead
  ExceededBound exceeded = ExceededBound::kNone;  // with `splittable`: what is learnt from it
  std::optional<Duration> retry_after;            // the endpoint asked for a pause

  friend bool operator==(const Verdict&, const Verdict&) = default;
};

}  // namespace awps
