#pragma once

// Silence: whether an endpoint has answered nobody for an unusually long time although requests are
// under way, while nothing has failed yet: a service, or something before it, that takes requests
// and says nothing. It decides nothing; operators are told of it within 5 s, long before a timeout.
//
// 1. It begins with the last answer of any status or, after a rest, with the first request.
// 2. It is unusual after 4.5 s, and after twice the longest round trip of the last minute.
// 3. A request that ends without an answer does not end it.
//
// Any thread; a request costs two atomic additions and a few stores.

#include <atomic>
#include <cstdint>

#include "base/clock.h"

namespace awps {

class Silence {
 public:
  void began(Instant now);
  void answered(Instant started, Instant now);
  /// It ended without an answer.
  void ended() { under_way_.fetch_sub(1, std::memory_order_relaxed); }

  /// How long it has lasted; zero: there is none, or none that is unusual.
  Duration lasts(Instant now) const;
  /// Of any status; Instant::min(): never.
  Instant last_answer() const {
    return Instant(Duration(last_answer_.load(std::memory_order_relaxed)));
  }

 private:
  Duration longest_round_trip() const;

  std::atomic<int64_t> under_way_{0};
  // In ns of the clock. INT64_MIN: never.
  std::atomic<int64_t> first_{INT64_MIN};  // request after a rest
  std::atomic<int64_t> last_began_{INT64_MIN};
  std::atomic<int64_t> last_answer_{INT64_MIN};
  // The longest round trips of two halves of a minute, the present one and the one before. Of two
  // threads that begin a half at once one may lose its round trip.
  std::atomic<int64_t> half_began_{INT64_MIN};
  std::atomic<int64_t> longest_{0};
  std::atomic<int64_t> longest_before_{0};
};

}  // namespace awps
