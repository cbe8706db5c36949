#include "retry/backoff.h"

#include <algorithm>

namespace awps {

namespace {

// In nanoseconds.
double longest_delay(const RetryOptions& options, uint32_t failures) {
  static constexpr uint32_t kMostDoublings = 30;  // beyond it every `max` in use is reached
  const uint32_t doublings = std::min(failures - 1, kMostDoublings);
  return std::min(
      static_cast<double>(options.max.count()),
      static_cast<double>(options.base.count()) * static_cast<double>(uint64_t{1} << doublings));
}

}  // namespace

Duration backoff_delay(const RetryOptions& options, uint32_t failures, Random& random) {
  return Duration(static_cast<int64_t>(longest_delay(options, failures) * random.unit()));
}

Duration backoff_delay_of_half(const RetryOptions& options, uint32_t failures, Random& random) {
  const double longest = longest_delay(options, failures);
  return Duration(static_cast<int64_t>(longest * (0.5 + 0.5 * random.unit())));
}

}  // namespace awps
