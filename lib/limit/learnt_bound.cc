#include "limit/learnt_bound.h"

#include <algorithm>

#include "limit/relaxed.h"
#include "limit/wait_doubling.h"

namespace awps {

namespace {

constexpr Duration kLately = std::chrono::seconds(2);

}  // namespace

uint64_t LearntBound::limit(uint64_t configured, Instant now) const {
  const uint64_t bound = bound_.load(kRelaxed);
  if (bound >= configured || to_ns(now) >= until_.load(kRelaxed)) return configured;
  return bound;
}

void LearntBound::refused(uint64_t used, Instant now) {
  if (was_taken_lately(used, now)) return;
  const uint64_t bound = bound_.load(kRelaxed);
  const bool is_trial = bound != kNone && to_ns(now) >= until_.load(kRelaxed);
  if (bound != kNone && !is_trial) {
    // A larger one began before the bound was learnt: the same event.
    if (used <= bound) lower(used);
    return;
  }
  const int64_t wait = next_wait(wait_.load(kRelaxed));
  wait_.store(wait, kRelaxed);
  until_.store(to_ns(now) + wait, kRelaxed);
  if (used <= bound) lower(used);
}

void LearntBound::taken(uint64_t used, Instant now) {
  if (!was_taken_lately(used, now)) {
    most_taken_.store(used, kRelaxed);
    taken_at_.store(to_ns(now), kRelaxed);
  } else if (used == most_taken_.load(kRelaxed)) {
    taken_at_.store(to_ns(now), kRelaxed);
  }
  const uint64_t bound = bound_.load(kRelaxed);
  if (bound == kNone) return;
  if (used >= least_refused_.load(kRelaxed)) {
    forget_bound();
  } else if (used > bound) {
    bound_.store(used, kRelaxed);
  } else if (used >= bound - bound / 2) {
    bound_.store(bound + std::max<uint64_t>(1, bound / 64), kRelaxed);
  }
}

void LearntBound::forget() {
  forget_bound();
  most_taken_.store(0, kRelaxed);
  taken_at_.store(INT64_MIN, kRelaxed);
}

void LearntBound::forget_bound() {
  bound_.store(kNone, kRelaxed);
  least_refused_.store(kNone, kRelaxed);
  until_.store(INT64_MIN, kRelaxed);
  wait_.store(0, kRelaxed);
}

Instant LearntBound::until() const {
  return is_learnt() ? Instant(Duration(until_.load(kRelaxed))) : kNever;
}

std::string LearntBound::reason(Instant now) const {
  const uint64_t bound = bound_.load(kRelaxed);
  if (bound == kNone) return {};
  const std::string refused =
      "the service refused " + std::to_string(least_refused_.load(kRelaxed));
  const Instant until(Duration(until_.load(kRelaxed)));
  if (until <= now) return refused + "; the full size is being tried again";
  return "at most " + std::to_string(bound) + ": " + refused +
         "; the full size is tried again in " + words_of_wait(until - now);
}

bool LearntBound::was_taken_lately(uint64_t used, Instant now) const {
  const int64_t taken_at = taken_at_.load(kRelaxed);
  return used <= most_taken_.load(kRelaxed) && taken_at != INT64_MIN &&
         to_ns(now) - taken_at <= kLately.count();
}

void LearntBound::lower(uint64_t used) {
  bound_.store(std::max<uint64_t>(1, used / 2), kRelaxed);
  least_refused_.store(std::min(used, least_refused_.load(kRelaxed)), kRelaxed);
}

}  // namespace awps
