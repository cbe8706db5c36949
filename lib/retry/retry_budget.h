#pragma once

// RetryBudget: retries that are charged to an action are at most a fraction of the requests of the
// last 10 s, but always 10 a second. So a service that fails is not asked much more than one that
// does not, and what is retried is seldom most of the traffic (Brooker, "Fixing retries with token
// buckets and circuit breakers", 2022; Envoy's retry budgets).
//
// 1. What the end of a hold releases, and whatever is not charged, does not count.
// 2. A retry counts from when it is allowed, so those that wait for a permit count, too.
//
// One thread; `now` does not go back. O(1).

#include <array>
#include <cstdint>

#include "base/clock.h"

namespace awps {

class RetryBudget {
 public:
  /// `fraction` of the requests, 0 to 1.
  explicit RetryBudget(double fraction) : fraction_(fraction) {}

  void set_fraction(double fraction) { fraction_ = fraction; }

  void note_request(Instant now);
  /// May one more charged retry go? It is counted if so.
  bool take(Instant now);
  /// When it is worth asking again after a refusal.
  static Instant ask_again(Instant now) { return now + std::chrono::milliseconds(100); }

 private:
  static constexpr size_t kSeconds = 10;
  static constexpr uint64_t kAlwaysASecond = 10;

  struct Second {
    int64_t number = -1;
    uint64_t requests = 0;
    uint64_t retries = 0;
  };

  Second& second_of(Instant now);

  double fraction_;
  std::array<Second, kSeconds> seconds_{};
};

}  // namespace awps
