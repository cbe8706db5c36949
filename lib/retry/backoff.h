#pragma once

// Backoff: exponential with full jitter (Brooker, "Exponential Backoff and Jitter", AWS 2015): the
// n-th delay is uniform in [0, min(max, base × 2^(n-1))]. Pure.

#include <cstdint>

#include "base/clock.h"
#include "base/random.h"

namespace awps {

struct RetryOptions {
  uint32_t max_attempts = 10;                   // charged ones; the first counts
  Duration max_age = std::chrono::minutes(10);  // charged time
  Duration base = std::chrono::milliseconds(200);
  Duration max = std::chrono::seconds(30);
  double budget = 0.2;  // charged retries, of the requests
};

/// The delay before try number `failures` + 1; `failures` >= 1.
Duration backoff_delay(const RetryOptions& options, uint32_t failures, Random& random);
/// At least half of what it may be at most ("equal jitter" there): whoever was told that there are
/// too many requests lets others be answered in between.
Duration backoff_delay_of_half(const RetryOptions& options, uint32_t failures, Random& random);

}  // namespace awps
