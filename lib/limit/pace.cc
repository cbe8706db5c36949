#include "limit/pace.h"

#include <algorithm>
#include <cmath>

#include "limit/relaxed.h"
#include "limit/wait_doubling.h"

namespace awps {

namespace {

constexpr double kReduction = 0.9;
constexpr double kGrowth = 0.1;  // C of CUBIC, requests/s⁴: K is 10 s at 1,000/s, 2.7 s at 20/s
constexpr double kDoubling = 4;  // seconds, where no ceiling is known
constexpr double kLongestToCeiling = 300;  // seconds
constexpr double kBelowCostly = 0.97;      // of a ceiling whose excess costs a pause
constexpr double kForgottenBeyond = 10;    // times the ceiling, and after so many seconds of use
constexpr double kForgottenAtLeast = 10;
constexpr Duration kForgottenAfter = std::chrono::minutes(10);
constexpr Duration kLongestStep = std::chrono::seconds(1);
constexpr double kLeastPace = 1;  // requests a second
// Below these an estimate is mostly chance.
constexpr Duration kShortest = std::chrono::milliseconds(10);
constexpr Duration kKeepsCeiling = std::chrono::milliseconds(500);
constexpr double kFewest = 4;    // answers
constexpr double kLowPace = 50;  // so few a second are no evidence within half a second
constexpr double kMany = 20;
constexpr double kThinReduction = 0.5;  // at most to this part of the pace

double least_above_zero(double a, double b) {
  if (a <= 0 || b <= 0) return std::max({a, b, 0.0});
  return std::min(a, b);
}

std::string whole(double number) {
  return std::to_string(static_cast<int64_t>(std::llround(number)));
}

}  // namespace

void Pace::set_configured(double configured) {
  const MutexLock lock(mutex_);
  configured_.store(configured, kRelaxed);
  publish();
}

void Pace::set_part(double part, Instant now) {
  const MutexLock lock(mutex_);
  const double before = part_.exchange(part, kRelaxed);
  if (part == before || configured() <= 0) return;
  scale_learnt(part / before);
  part_changed_at_ = now;
  publish();
}

// It stays where it was on the curve.
void Pace::scale_learnt(double factor) {
  if (learnt_.base <= 0) return;
  const double before = learnt_.ceiling > 0 ? seconds_to_ceiling() : 1;
  learnt_.base *= factor;
  learnt_.ceiling *= factor;
  if (learnt_.ceiling <= 0) return;
  learnt_.used = from_seconds(to_seconds(learnt_.used) * seconds_to_ceiling() / before);
}

void Pace::forget() {
  const MutexLock lock(mutex_);
  forget_learnt();
}

void Pace::forget_learnt() {
  learnt_ = {};
  allowance_.store(kMostAllowed, kRelaxed);
  publish();
}

void Pace::note_success(Instant now) {
  successes_.add(now);
  const double allowance = allowance_.load(kRelaxed);
  if (allowance < kMostAllowed) {
    allowance_.store(std::min(kMostAllowed, allowance + kTolerated), kRelaxed);
  }
}

// Of two at once one may be allowed for nothing.
bool Pace::is_allowed(const Refusal& refusal) {
  const double allowance = allowance_.load(kRelaxed);
  if (refusal.pauses || allowance < 1) return false;
  allowance_.store(allowance - 1, kRelaxed);
  return true;
}

bool Pace::note_throttled(const Refusal& refusal, Instant now) {
  const MutexLock lock(mutex_);
  // Whoever began before the last reduction speaks of the same event.
  if (refusal.started <= std::max(learnt_.reduced_at, part_changed_at_)) return false;
  if (is_allowed(refusal)) return false;
  const Evidence seen = is_learnt() ? evidence(now) : first_evidence(now);
  if (seen.is_too_early) return false;
  const double rate = std::max(seen.rate, kLeastPace);
  const double ceiling = refusal.pauses ? kBelowCostly * rate : rate;
  learnt_.ceiling = seen.is_ceiling ? ceiling : 0;
  learnt_.base = std::max(kReduction * rate, kLeastPace);
  learnt_.reduced_at = now;
  learnt_.used = Duration::zero();
  if (!refusal.pauses) learnt_.pause_length = Duration::zero();
  publish();
  return true;
}

Pace::Evidence Pace::first_evidence(Instant now) const {
  const RateMeter::Measured measured = successes_.since(part_changed_at_, now);
  // Before anybody was answered, nothing is known of a rate.
  if (measured.events < kFewest) return {.is_too_early = true};
  // The first that was answered well was lent by the service's bucket, for the most part.
  const bool is_lent = measured.over < kKeepsCeiling;
  return {.rate = (is_lent ? kThinReduction : 1) * measured.per_second};
}

Pace::Evidence Pace::evidence(Instant now) const {
  const bool was_paused = learnt_.paused_until > learnt_.reduced_at;
  const Instant from =
      std::max(was_paused ? learnt_.paused_until : learnt_.reduced_at, part_changed_at_);
  const Duration passed = std::min<Duration>(now - from, std::chrono::seconds(1));
  if (passed < kShortest && !was_paused) return {.is_too_early = true};
  const double pace = present();
  const bool is_early = passed < kKeepsCeiling;
  if (is_early && pace < kLowPace) return {.rate = pace, .is_ceiling = true};
  const RateMeter::Measured measured = successes_.since(from, now);
  // A pause has filled the service's bucket.
  const bool is_thin = was_paused || measured.events < kFewest;
  if (is_early && is_thin) return {.rate = kThinReduction * pace};
  const double over = to_seconds(std::max({measured.over, passed, Duration(kShortest)}));
  const double most = measured.events < kMany ? pace : pace / kReduction;
  return {.rate = std::min(most, (measured.events + 1) / over), .is_ceiling = !is_early};
}

void Pace::note_pause(Duration length, Instant now) {
  const MutexLock lock(mutex_);
  learnt_.pause_length = length;
  learnt_.paused_until = now + length;
}

double Pace::seconds_to_ceiling() const {
  const double seconds = std::cbrt((1 - kReduction) * learnt_.ceiling / kGrowth);
  return std::min(kLongestToCeiling, seconds * (1 + to_seconds(learnt_.pause_length)));
}

double Pace::taught(double seconds) const {
  if (learnt_.ceiling <= 0) return learnt_.base * std::exp2(seconds / kDoubling);
  const double to_ceiling = seconds_to_ceiling();
  const double distance = (seconds - to_ceiling) / to_ceiling;
  return learnt_.ceiling * (1 + (1 - kReduction) * distance * distance * distance);
}

double Pace::limit() const {
  return configured() * part_.load(kRelaxed);
}

void Pace::publish() {
  const bool is_learnt = learnt_.base > 0;
  is_learnt_.store(is_learnt, kRelaxed);
  const double most = is_learnt ? std::max(kLeastPace, taught(to_seconds(learnt_.used))) : 0;
  present_.store(least_above_zero(limit(), most), kRelaxed);
}

bool Pace::advance_learnt(Instant now) {
  int64_t next = next_step_.load(kRelaxed);
  if (to_ns(now) < next) return false;
  const int64_t after = to_ns(now) + kStep.count();
  if (!next_step_.compare_exchange_strong(next, after, kRelaxed)) return false;
  const MutexLock lock(mutex_);
  if (now >= forgotten_at()) {
    forget_learnt();
    return true;
  }
  const bool is_used = success_rate(now) >= present() / 2;
  if (!is_used || next == INT64_MIN) return false;
  const int64_t passed =
      std::min<int64_t>(to_ns(now) - next + kStep.count(), Duration(kLongestStep).count());
  learnt_.used += Duration(passed);
  const double known = std::max(learnt_.ceiling, learnt_.base);
  const double used = to_seconds(learnt_.used);
  if (used >= kForgottenAtLeast && taught(used) > known * kForgottenBeyond) {
    forget_learnt();
  } else {
    publish();
  }
  return true;
}

double Pace::success_rate(Instant now) const {
  return successes_.since(Instant::min(), now).per_second;
}

Instant Pace::forgotten_at() const {
  return learnt_.base > 0 ? learnt_.reduced_at + kForgottenAfter : kNever;
}

Instant Pace::until() const {
  const MutexLock lock(mutex_);
  return forgotten_at();
}

std::string Pace::reason(Instant now) const {
  const MutexLock lock(mutex_);
  const double limit = this->limit();
  if (learnt_.base <= 0 || (limit > 0 && present() >= limit)) {
    return limit > 0 ? "as configured (requests_per_second)"
                     : "none is configured, and no 429 has taught one";
  }
  std::string words = "learnt from 429: the service took " +
                      whole(std::max(learnt_.ceiling, learnt_.base)) + " a second";
  const double left = learnt_.ceiling > 0 ? seconds_to_ceiling() - to_seconds(learnt_.used) : 0;
  if (left >= 1) {
    words += ", which is tried again after " + whole(left) + " s of use";
  } else {
    words += ", and more is tried while it is used";
  }
  const Instant until = forgotten_at();
  if (until > now && until != kNever) words += "; forgotten in " + words_of_wait(until - now);
  return words;
}

}  // namespace awps
