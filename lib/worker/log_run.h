#pragma once

// LogRun: the present run of a hub's log: its number, and its time.
//
// A record says by wall time when it was accepted. Within a run that time is counted from the start
// of the run by the clock that nobody sets: so a clock that is set right makes no action old, and
// none young. Over a restart wall time is all there is.
//
// Immutable; any thread.

#include <algorithm>
#include <cstdint>

#include "base/clock.h"
#include "worker/producer_number.h"

namespace awps {

class LogRun {
 public:
  /// `clock` outlives this object.
  LogRun(uint32_t number, const Clock& clock)
      : number_(number), clock_(clock), wall_start_(clock.wall_now()), start_(clock.now()) {}

  uint32_t number() const { return number_; }
  /// What a record that is accepted now says.
  WallTime now() const { return at(clock_.now()); }
  /// The same of one that was accepted then.
  WallTime at(Instant accepted) const { return wall_start_ + (accepted - start_); }
  /// How old a record of this producer is; zero, where it is not known.
  Duration age(WallTime accepted_at, uint64_t producer) const {
    if (accepted_at == WallTime{}) return Duration::zero();
    const WallTime present = is_of_run(producer, number_) ? now() : clock_.wall_now();
    return std::max<Duration>(Duration::zero(), present - accepted_at);
  }

 private:
  const uint32_t number_;
  const Clock& clock_;
  const WallTime wall_start_;
  const Instant start_;
};

}  // namespace awps
