#include "worker/tap.h"

#include <utility>

#include "action/encoder.h"

namespace awps {

void Tap::set_rate(uint32_t per_second) {
  {
    const MutexLock lock(mutex_);
    records_.clear();
  }
  left_out_.store(0, std::memory_order_relaxed);
  per_second_.store(per_second, std::memory_order_relaxed);
}

std::vector<Tapped> Tap::take(uint64_t& left_out) {
  left_out += left_out_.exchange(0, std::memory_order_relaxed);
  const MutexLock lock(mutex_);
  return std::exchange(records_, {});
}

void Tap::note(const Accepted& accepted, const Batch& batch, const Settlement& settlement,
               Instant now) {
  if (now - second_ >= std::chrono::seconds(1)) {
    second_ = now;
    in_second_ = 0;
  }
  if (++in_second_ > per_second_.load(std::memory_order_relaxed)) {
    left_out_.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  Tapped record{.outcome = settlement.kind,
                .form = settlement.form,
                .was_sent = settlement.attempts > 0,
                .http_status = settlement.http_status,
                .attempts = settlement.attempts,
                .message = std::string(settlement.error_message),
                .age = now - batch.accepted_at()};
  append_action(record.action, accepted.action());
  if (record.action.size() > kMostBytes) record.action.resize(kMostBytes);
  const MutexLock lock(mutex_);
  if (records_.size() < kMostKept) {
    records_.push_back(std::move(record));
  } else {
    left_out_.fetch_add(1, std::memory_order_relaxed);
  }
}

}  // namespace awps
