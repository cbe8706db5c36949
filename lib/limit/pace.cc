#include "limit/pace.h"

#include <algorithm>
#include <cmath>

#include "limit/wait_doubling.h"

namespace awps {

namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;

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

int64_t to_ns(Instant instant) {
  return instant.time_since_epoch().count();
}

double least_above_zero(double a, double b) {
  if (a <= 0 || b <= 0) return std::max({a, b, 0.0});
  return std::min(a, b);
}

std::string whole(double number) {
  return std::to_string(static_cast<int64_t>(std::llround(number)));
}

}  // namespace

void Pace::set_configured(double configured) {
  configured_.store(configured, kRelaxed);
  publish();
}

void Pace::set_granted(double granted) {
  granted_.store(granted, kRelaxed);
  publish();
}

void Pace::forget() {
  base_.store(0, kRelaxed);
  ceiling_.store(0, kRelaxed);
  allowance_.store(kMostAllowed, kRelaxed);
  reduced_at_.store(INT64_MIN, kRelaxed);
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
  int64_t reduced_at = reduced_at_.load(kRelaxed);
  if (reduced_at != INT64_MIN && to_ns(refusal.started) <= reduced_at) return false;
  if (is_allowed(refusal)) return false;
  const Evidence seen = is_learnt() ? evidence(now) : first_evidence(now);
  if (seen.is_too_early) return false;
  // Who changes the time acts; whoever comes second speaks of the same event.
  if (!reduced_at_.compare_exchange_strong(reduced_at, to_ns(now), kRelaxed)) return false;
  const double rate = std::max(seen.rate, kLeastPace);
  const double ceiling = refusal.pauses ? kBelowCostly * rate : rate;
  ceiling_.store(seen.is_ceiling ? ceiling : 0, kRelaxed);
  base_.store(std::max(kReduction * rate, kLeastPace), kRelaxed);
  used_time_.store(0, kRelaxed);
  publish();
  return true;
}

Pace::Evidence Pace::first_evidence(Instant now) const {
  const RateMeter::Measured measured = successes_.since(Instant::min(), now);
  // Before anybody was answered, nothing is known of a rate.
  if (measured.events < kFewest) return {.is_too_early = true};
  // The first that was answered well was lent by the service's bucket, for the most part.
  const bool is_lent = measured.over < kKeepsCeiling;
  return {.rate = (is_lent ? kThinReduction : 1) * measured.per_second};
}

Pace::Evidence Pace::evidence(Instant now) const {
  const int64_t reduced_at = reduced_at_.load(kRelaxed);
  // Another thread has made it forget, just now.
  if (reduced_at == INT64_MIN) return first_evidence(now);
  const int64_t paused_until = paused_until_.load(kRelaxed);
  const bool was_paused = paused_until > reduced_at;
  const Instant from(Duration(was_paused ? paused_until : reduced_at));
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
  pause_length_.store(length.count(), kRelaxed);
  paused_until_.store(to_ns(now + length), kRelaxed);
}

double Pace::seconds_to_ceiling() const {
  const double pause = to_seconds(Duration(pause_length_.load(kRelaxed)));
  const double seconds = std::cbrt((1 - kReduction) * ceiling_.load(kRelaxed) / kGrowth);
  return std::min(kLongestToCeiling, seconds * (1 + pause));
}

double Pace::learnt(double seconds) const {
  const double ceiling = ceiling_.load(kRelaxed);
  if (ceiling <= 0) return base_.load(kRelaxed) * std::exp2(seconds / kDoubling);
  const double to_ceiling = seconds_to_ceiling();
  const double distance = (seconds - to_ceiling) / to_ceiling;
  return ceiling * (1 + (1 - kReduction) * distance * distance * distance);
}

double Pace::told() const {
  return least_above_zero(configured(), granted());
}

double Pace::used_seconds() const {
  return to_seconds(Duration(used_time_.load(kRelaxed)));
}

void Pace::publish() {
  const double taught = is_learnt() ? std::max(kLeastPace, learnt(used_seconds())) : 0;
  present_.store(least_above_zero(told(), taught), kRelaxed);
}

bool Pace::advance(Instant now) {
  if (!is_learnt()) return false;
  int64_t next = next_step_.load(kRelaxed);
  if (to_ns(now) < next) return false;
  const int64_t after = to_ns(now) + kStep.count();
  if (!next_step_.compare_exchange_strong(next, after, kRelaxed)) return false;
  if (now >= until()) {
    forget();
    return true;
  }
  const bool is_used = success_rate(now) >= present() / 2;
  if (!is_used || next == INT64_MIN) return false;
  const int64_t passed =
      std::min<int64_t>(to_ns(now) - next + kStep.count(), Duration(kLongestStep).count());
  used_time_.fetch_add(passed, kRelaxed);
  const double known = std::max(ceiling_.load(kRelaxed), base_.load(kRelaxed));
  const double used = used_seconds();
  if (used >= kForgottenAtLeast && learnt(used) > known * kForgottenBeyond) {
    forget();
  } else {
    publish();
  }
  return true;
}

double Pace::success_rate(Instant now) const {
  return successes_.since(Instant::min(), now).per_second;
}

Instant Pace::until() const {
  const int64_t reduced_at = reduced_at_.load(kRelaxed);
  if (!is_learnt() || reduced_at == INT64_MIN) return kNever;
  return Instant(Duration(reduced_at)) + kForgottenAfter;
}

std::string Pace::reason(Instant now) const {
  const double told = this->told();
  if (!is_learnt() || (told > 0 && present() >= told)) {
    if (told <= 0) return "none is configured, and no 429 has taught one";
    return told == granted() ? "this daemon's part of the fleet's limit"
                             : "as configured (requests_per_second)";
  }
  const double ceiling = ceiling_.load(kRelaxed);
  std::string words = "learnt from 429: the service took " +
                      whole(std::max(ceiling, base_.load(kRelaxed))) + " a second";
  const double left = ceiling > 0 ? seconds_to_ceiling() - used_seconds() : 0;
  if (left >= 1) {
    words += ", which is tried again after " + whole(left) + " s of use";
  } else {
    words += ", and more is tried while it is used";
  }
  const Instant until = this->until();
  if (until > now && until != kNever) words += "; forgotten in " + words_of_wait(until - now);
  return words;
}

}  // namespace awps
