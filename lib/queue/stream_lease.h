#pragma once

// StreamLease: how long a stream may count on owning its partitions. The stream extends it at each
// poll of its broker; a machine that slept, or a thread that hung, finds it over. From then on no
// hub starts a request for one of its records: their next owner may have begun.
//
// The stream writes, any thread reads.

#include <atomic>
#include <cstdint>

#include "base/clock.h"

namespace awps {

class StreamLease {
 public:
  /// Never over, until it is extended for the first time.
  StreamLease() = default;

  void extend(Instant until) {
    until_.store(until.time_since_epoch().count(), std::memory_order_relaxed);
  }
  bool covers(Instant now) const {
    return now.time_since_epoch().count() < until_.load(std::memory_order_relaxed);
  }

 private:
  std::atomic<int64_t> until_{INT64_MAX};  // ns of an Instant
};

}  // namespace awps
