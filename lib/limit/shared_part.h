#pragma once

// SharedPart: which part of a limit is this daemon's, where a fleet shares it: as large as this
// daemon's part of the partitions of a stream's topic. The parts of all daemons add up to 1 at
// most, but for the least part that each of them has.
//
// 1. The least part is 1 %: programs on a machine whose daemon owns nothing are served, too. It
//    holds as well while the number of partitions is not known, and while the stream's lease is
//    over: others may have what was owned.
//
// Values; any thread.

#include <cstdint>
#include <memory>
#include <string>

#include "base/clock.h"
#include "queue/stream_lease.h"

namespace awps {

inline constexpr double kLeastPart = 0.01;

/// What a stream tells of its partitions.
struct SharedPart {
  uint32_t owned = 0;                          // and not being given back
  uint32_t all = 0;                            // of the topic; 0: not known
  std::shared_ptr<const StreamLease> lease{};  // while it covers; nullptr: always

  /// kLeastPart to 1.
  double value(Instant now) const;
};

/// What is in force, for people.
struct SharedLimit {
  std::string stream;  // whose partitions count
  uint32_t owned = 0;  // 0, too, while the stream's lease is over
  uint32_t all = 0;    // 0: not known
  double part = kLeastPart;
};

/// Such as: 375/s = 1000/s × 24 of 64 partitions of "orders".
std::string words_of(const SharedLimit& limit, double configured_per_second);

}  // namespace awps
