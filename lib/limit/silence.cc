#include "limit/silence.h"

#include <algorithm>

#include "limit/relaxed.h"

namespace awps {

namespace {

constexpr int64_t kHalfMinute = Duration(std::chrono::seconds(30)).count();
// Nobody sends for so long between two attempts of an action, unless it is configured so.
constexpr int64_t kRest = Duration(std::chrono::minutes(1)).count();
constexpr int64_t kShortestSilence = Duration(std::chrono::milliseconds(4500)).count();

// `earlier` may be INT64_MIN.
bool is_longer_ago(int64_t earlier, int64_t time, int64_t now) {
  return earlier < now - time;
}

}  // namespace

void Silence::began(Instant now) {
  const int64_t time = to_ns(now);
  const bool is_first = under_way_.fetch_add(1, kRelaxed) == 0;
  const bool was_answered = last_answer_.load(kRelaxed) >= first_.load(kRelaxed);
  if (is_first && (was_answered || is_longer_ago(last_began_.load(kRelaxed), kRest, time))) {
    first_.store(time, kRelaxed);
  }
  last_began_.store(time, kRelaxed);
}

void Silence::answered(Instant started, Instant now) {
  under_way_.fetch_sub(1, kRelaxed);
  const int64_t time = to_ns(now);
  const int64_t round_trip = time - to_ns(started);
  last_answer_.store(time, kRelaxed);
  if (is_longer_ago(half_began_.load(kRelaxed), kHalfMinute, time)) {
    half_began_.store(time, kRelaxed);
    longest_before_.store(longest_.exchange(round_trip, kRelaxed), kRelaxed);
  } else if (round_trip > longest_.load(kRelaxed)) {
    longest_.store(round_trip, kRelaxed);
  }
}

Duration Silence::longest_round_trip() const {
  return Duration(std::max(longest_.load(kRelaxed), longest_before_.load(kRelaxed)));
}

Duration Silence::lasts(Instant now) const {
  if (under_way_.load(kRelaxed) <= 0) return Duration::zero();
  const int64_t since = std::max(first_.load(kRelaxed), last_answer_.load(kRelaxed));
  const Duration silent(to_ns(now) - since);
  const Duration usual = std::max(Duration(kShortestSilence), 2 * longest_round_trip());
  return silent >= usual ? silent : Duration::zero();
}

}  // namespace awps
