#include "retry/backoff.h"

#include <algorithm>

namespace awps {

Duration backoff_delay(const RetryOptions& options, uint32_t failures, Random& random) {
  static constexpr uint32_t kMostDoublings = 30;  // beyond it every `max` in use is reached
  const uint32_t doublings = std::min(failures - 1, kMostDoublings);
  const double ceiling = std::min(
      static_cast<double>(options.max.count()),
      static_cast<double>(options.base.count()) * static_cast<double>(uint64_t{1} << doublings));
  return Duration(static_cast<int64_t>(ceiling * random.unit()));
}

}  // namespace awps
