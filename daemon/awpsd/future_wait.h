#pragma once

// Waiting for an answer of a worker's thread. Any thread.

#include <algorithm>
#include <future>
#include <optional>

#include "base/clock.h"

namespace awps {

/// nullopt: it did not come until `deadline`.
template <typename Answer>
std::optional<Answer> wait_until(std::future<Answer>& answer, Instant deadline,
                                 const Clock& clock) {
  const Duration left = std::max(deadline - clock.now(), Duration::zero());
  if (answer.wait_for(left) != std::future_status::ready) return std::nullopt;
  return answer.get();
}

}  // namespace awps
