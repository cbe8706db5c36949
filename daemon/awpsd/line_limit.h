#pragma once

// LineLimit: lets so many lines of a library through in a minute, and counts the others. A broker
// that is away can make a library say the same for days.
//
// Any thread.

#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "base/mutex.h"

namespace awps {

class LineLimit {
 public:
  explicit LineLimit(uint64_t lines_per_minute) : most_(lines_per_minute) {}

  /// May a line be logged? Then how many were left out since the last one that was.
  std::optional<uint64_t> take(Instant now) EXCLUDES(mutex_) {
    const MutexLock lock(mutex_);
    if (!begun_ || now - *begun_ >= kMinute) {
      begun_ = now;
      lines_ = 0;
    }
    if (lines_ >= most_) {
      ++left_out_;
      return std::nullopt;
    }
    ++lines_;
    const uint64_t left_out = left_out_;
    left_out_ = 0;
    return left_out;
  }

 private:
  static constexpr Duration kMinute = std::chrono::minutes(1);

  const uint64_t most_;
  Mutex mutex_;
  std::optional<Instant> begun_ GUARDED_BY(mutex_);  // of this minute
  uint64_t lines_ GUARDED_BY(mutex_) = 0;
  uint64_t left_out_ GUARDED_BY(mutex_) = 0;
};

}  // namespace awps
