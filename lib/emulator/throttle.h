#pragma once

// A token bucket in front of the service, that answers 429 when it is empty. Time is an argument.
// Pure.

#include <algorithm>
#include <optional>

#include "base/clock.h"

namespace awps::emulator {

struct ThrottleOptions {
  double requests_per_second = 0;              // 0: no limit
  double burst = 0;                            // tokens; 0: a tenth of a second's, at least one
  std::optional<int> retry_after_seconds = 1;  // nullopt: the answer carries no Retry-After

  friend bool operator==(const ThrottleOptions&, const ThrottleOptions&) = default;
};

class Throttle {
 public:
  explicit Throttle(ThrottleOptions options) : options_(options), tokens_(capacity()) {}

  const ThrottleOptions& options() const { return options_; }

  /// False: the request is one too many.
  bool admit(Instant now) {
    if (options_.requests_per_second <= 0) return true;
    if (last_ != Instant{}) {
      tokens_ += to_seconds(now - last_) * options_.requests_per_second;
      tokens_ = std::min(tokens_, capacity());
    }
    last_ = now;
    if (tokens_ < 1) return false;
    tokens_ -= 1;
    return true;
  }

 private:
  double capacity() const {
    if (options_.burst > 0) return options_.burst;
    return std::max(1.0, options_.requests_per_second / 10);
  }

  ThrottleOptions options_;
  double tokens_;
  Instant last_{};
};

}  // namespace awps::emulator
