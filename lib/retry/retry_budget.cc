#include "retry/retry_budget.h"

namespace awps {

RetryBudget::Second& RetryBudget::second_of(Instant now) {
  const int64_t number =
      std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  Second& second = seconds_[static_cast<size_t>(number) % kSeconds];
  if (second.number != number) second = {.number = number};
  return second;
}

void RetryBudget::note_request(Instant now) {
  ++second_of(now).requests;
}

bool RetryBudget::take(Instant now) {
  Second& present = second_of(now);
  uint64_t requests = 0;
  uint64_t retries = 0;
  for (const Second& second : seconds_) {
    if (second.number <= present.number - static_cast<int64_t>(kSeconds)) continue;
    requests += second.requests;
    retries += second.retries;
  }
  const bool is_little = present.retries < kAlwaysASecond;
  if (!is_little && static_cast<double>(retries + 1) > fraction_ * static_cast<double>(requests)) {
    return false;
  }
  ++present.retries;
  return true;
}

}  // namespace awps
