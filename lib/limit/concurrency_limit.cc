#include "limit/concurrency_limit.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "base/check.h"

namespace awps {

namespace {

constexpr double kTolerance = 2;     // so much slower than usual is still usual
constexpr double kAsUsual = 1.25;    // and so much is as good as the usual itself
constexpr double kWorthALook = 1.5;  // such a growth of what is usual
constexpr double kLeastGradient = 0.5;
constexpr double kSmoothing = 0.3;  // of the step from one limit to the next
constexpr Duration kSampleLength = std::chrono::seconds(1);
// Long enough that the slower ones of a mixture have ended, too.
constexpr Duration kLookLength = std::chrono::milliseconds(250);
constexpr Duration kHalf = std::chrono::seconds(5);
// Of a near service a window of so many answers is over before anything can have changed.
constexpr Duration kShortestWindow = std::chrono::milliseconds(20);

}  // namespace

ConcurrencyLimit::ConcurrencyLimit(uint64_t most)
    : most_(static_cast<double>(std::max<uint64_t>(most, 1))),
      limit_(std::min(most_, static_cast<double>(kFirst))) {}

double ConcurrencyLimit::least() const {
  return std::min(most_, static_cast<double>(kLeast));
}

void ConcurrencyLimit::set_most(uint64_t most) {
  most_ = static_cast<double>(std::max<uint64_t>(most, 1));
  limit_ = std::clamp(limit_, least(), most_);
  if (returns_to_ > 0) returns_to_ = std::clamp(returns_to_, least(), most_);
}

void ConcurrencyLimit::forget() {
  *this = ConcurrencyLimit(most());
}

void ConcurrencyLimit::note_success(const Answer& answer, Instant now) {
  AWPS_CHECK(answer.kind < kClasses);
  turn_halves(now);
  // While few are looked at, what began before is of the many.
  if (returns_to_ > 0 && answer.took > now - look_began_) return;
  if (answers_ == 0) window_began_ = std::max(window_began_, now - answer.took);
  Class& of_kind = classes_[answer.kind];
  const double seconds = to_seconds(answer.took);
  of_kind.sum += seconds;
  ++of_kind.answers;
  of_kind.sample_sum += seconds;
  of_kind.sample_squares += seconds * seconds;
  if (of_kind.sampled++ == 0) of_kind.sample_began = now;
  ++of_kind.answers_of_half;
  ++answers_;
  const bool is_reached = answer.under_way >= present();
  was_reached_ |= is_reached;
  if (returns_to_ == 0) {
    was_reached_in_half_ |= is_reached;
    if (doubles_ && is_reached) limit_ = std::min(most_, limit_ + 1);
  }
  if (answers_ < window_ || now - window_began_ < kShortestWindow) return;
  const bool is_sampled = take_samples(now);
  const double slowness = take_slowness();
  if (returns_to_ > 0) {
    if (is_sampled) end_look();
  } else if (slowness > 0) {
    follow(slowness);
  }
  begin_window(now);
}

bool ConcurrencyLimit::take_samples(Instant now) {
  bool is_sampled = false;
  for (Class& of_kind : classes_) {
    if (of_kind.sampled < kSample) continue;
    const bool is_first = of_kind.usual() == kUnknown;
    const Duration length = returns_to_ > 0 ? kLookLength : kSampleLength;
    if (!is_first && now - of_kind.sample_began < length) continue;
    const auto answers = static_cast<double>(of_kind.sampled);
    const double mean = of_kind.sample_sum / answers;
    const double variance = std::max(0.0, of_kind.sample_squares / answers - mean * mean);
    of_kind.fastest = std::min(of_kind.fastest, mean + 2 * std::sqrt(variance / answers));
    of_kind.anchor = std::min(of_kind.anchor, of_kind.fastest);
    of_kind.sample_sum = of_kind.sample_squares = 0;
    of_kind.sampled = 0;
    is_sampled = true;
  }
  return is_sampled;
}

double ConcurrencyLimit::take_slowness() {
  double took = 0;
  double usual = 0;
  uint64_t judged = 0;
  for (Class& of_kind : classes_) {
    // Fewer count with a later window; of a class that was never sampled nothing is usual.
    if (of_kind.answers < kFewest || of_kind.usual() == kUnknown) continue;
    took += of_kind.sum;
    usual += static_cast<double>(of_kind.answers) * of_kind.usual();
    judged += of_kind.answers;
    of_kind.sum = 0;
    of_kind.answers = 0;
  }
  if (judged == 0) return 0;
  is_judged_ = true;
  usual_seconds_ = usual / static_cast<double>(judged);
  return usual > 0 ? took / usual : 1;
}

void ConcurrencyLimit::follow(double slowness) {
  if (slowness > kTolerance) {
    const double gradient = std::max(kTolerance / slowness, kLeastGradient);
    limit_ -= kSmoothing * (limit_ - limit_ * gradient);
  } else if (was_reached_ && !doubles_) {
    // As usual again: what this window's answers would have let go, had one known.
    limit_ += slowness <= kAsUsual ? limit_ : kSmoothing * std::sqrt(limit_);
  }
  doubles_ = slowness <= kAsUsual;
  limit_ = std::clamp(limit_, least(), most_);
}

void ConcurrencyLimit::turn_halves(Instant now) {
  const int64_t half = now.time_since_epoch() / kHalf;
  if (half == half_) return;
  const bool is_next = half == half_ + 1;
  const bool looks = is_next && returns_to_ == 0 && limit_ > least() && was_reached_in_half_ &&
                     is_slower_than_anchored();
  for (Class& of_kind : classes_) {
    of_kind.previous = is_next ? of_kind.fastest : kUnknown;
    of_kind.fastest = kUnknown;
    of_kind.answers_of_half = 0;
  }
  half_ = half;
  was_reached_in_half_ = false;
  if (looks) begin_look(now);
}

bool ConcurrencyLimit::is_slower_than_anchored() const {
  double before = 0;
  double after = 0;
  for (const Class& of_kind : classes_) {
    if (of_kind.fastest == kUnknown) continue;
    const auto answers = static_cast<double>(of_kind.answers_of_half);
    before += answers * of_kind.anchor;
    after += answers * of_kind.fastest;
  }
  return after > kWorthALook * before;
}

void ConcurrencyLimit::begin_look(Instant now) {
  returns_to_ = limit_;
  limit_ = least();
  look_began_ = now;
  for (Class& of_kind : classes_) {
    of_kind.sum = of_kind.sample_sum = of_kind.sample_squares = 0;
    of_kind.answers = of_kind.sampled = 0;
  }
  begin_window(now);
}

void ConcurrencyLimit::end_look() {
  limit_ = returns_to_;
  returns_to_ = 0;
  for (Class& of_kind : classes_) {
    if (of_kind.usual() != kUnknown) of_kind.anchor = of_kind.usual();
  }
}

void ConcurrencyLimit::begin_window(Instant now) {
  window_began_ = now;
  answers_ = 0;
  window_ = std::max(kFewest, present());
  was_reached_ = false;
}

std::string ConcurrencyLimit::reason() const {
  if (returns_to_ > 0) {
    return "measuring for a round trip or two how fast answers are with few requests; then " +
           std::to_string(static_cast<uint64_t>(returns_to_)) + " again";
  }
  if (present() == most()) return "as many as configured: answers do not get slower";
  if (!is_judged_) return "the start: too few answers yet to judge by";
  std::array<char, 32> usual{};
  std::snprintf(usual.data(), usual.size(), usual_seconds_ < 0.01 ? "%.1f ms" : "%.0f ms",
                usual_seconds_ * 1e3);
  if (doubles_) return std::string("doubling each round trip: answers take ") + usual.data();
  return std::string("follows the round trips: ") + usual.data() +
         " was the fastest of the last 10 s, and with more at once they take longer";
}

Duration ConcurrencyLimit::usual() const {
  double slowest = 0;
  for (const Class& known : classes_) {
    if (known.usual() != kUnknown) slowest = std::max(slowest, known.usual());
  }
  return from_seconds(slowest);
}

}  // namespace awps
