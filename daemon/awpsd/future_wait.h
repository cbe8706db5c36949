#pragma once

// Waiting for an answer of a worker's thread. Any thread.

#include <algorithm>
#include <future>
#include <optional>

#include "base/clock.h"

namespace awps {

/// nullopt: it did not come until `deadline`, or never will: the worker has ended.
template <typename Answer>
std::optional<Answer> wait_until(std::future<Answer>& answer, Instant deadline,
                                 const Clock& clock) {
  const Duration left = std::max(deadline - clock.now(), Duration::zero());
  if (answer.wait_for(left) != std::future_status::ready) return std::nullopt;
  try {
    return answer.get();
  } catch (const std::future_error&) {
    return std::nullopt;
  }
}

}  // namespace awps
