#pragma once

// RetryState: what Retries (retries.h) keeps of an operation from its first failed attempt until
// the next attempt begins. A value.

#include <cstdint>

#include "base/clock.h"

namespace awps {

/// The last failure. Its flags say what kind of failure it was, and what the endpoint ruled.
struct LastFailure {
  Instant at{};
  Duration pause{0};             // that was asked for
  bool may_charge = false;       // evidence may make it the action's own
  bool of_suspect = false;       // the target is one since
  bool is_excused = false;       // it belongs to a hold of the endpoint
  bool is_refusal = false;       // of credential or address
  bool was_throttled = false;    // too many requests
  bool was_way = false;          // there was no way to the service
  bool is_form_suspect = false;  // a coalesced one may fail because it is one
};

struct RetryState {
  LastFailure failure;
  Instant first_failed = kNever;  // in this form of request
  Instant due{};                  // of the next attempt, while deferred
  Instant held_since = kNever;    // since when its kind is held
  uint32_t failures = 0;          // attempts that failed, for the back-off
  bool needs_budget = false;      // its next try is charged to the retry budget
  bool is_released = false;       // its next try is outside the budget: the trouble is over

  /// In parts it is another kind of request: its back-off begins anew.
  void note_taken_apart() {
    failure = {};
    first_failed = kNever;
    failures = 0;
  }
};

}  // namespace awps
