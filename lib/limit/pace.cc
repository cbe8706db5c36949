#include "limit/pace.h"

#include <algorithm>
#include <cmath>

namespace awps {

namespace {

constexpr double kReduction = 0.9;
constexpr double kToCeiling = 10;      // seconds until the ceiling is reached again
constexpr double kDoubling = 4;        // seconds, where no ceiling is known
constexpr double kBelowCostly = 0.97;  // of a ceiling whose excess costs a pause
constexpr double kForgottenBeyond = 10;
constexpr Duration kLongestStep = std::chrono::seconds(1);
constexpr double kLeastPace = 1;  // requests a second
// Below these an estimate is mostly chance.
constexpr Duration kShortest = std::chrono::milliseconds(20);
constexpr double kFewest = 4;
constexpr double kBlindCut = 0.5;
constexpr Duration kKeepsCeiling = std::chrono::milliseconds(500);

int64_t to_ns(Instant instant) {
  return instant.time_since_epoch().count();
}

}  // namespace

void Pace::set_configured(double configured) {
  configured_.store(configured, std::memory_order_relaxed);
  if (!is_learnt()) {
    present_.store(configured, std::memory_order_relaxed);
  } else if (configured > 0 && configured < present()) {
    present_.store(configured, std::memory_order_relaxed);
  }
}

bool Pace::note_throttled(Instant started, Instant now) {
  int64_t reduced_at = reduced_at_.load(std::memory_order_relaxed);
  const bool is_first = reduced_at == INT64_MIN;
  if (!is_first && to_ns(started) <= reduced_at) return false;
  const int64_t paused_until = paused_until_.load(std::memory_order_relaxed);
  const bool was_paused = !is_first && paused_until > reduced_at;
  const int64_t from = was_paused ? paused_until : reduced_at;
  const RateMeter::Measured measured =
      successes_.since(is_first ? Instant::min() : Instant(Duration(from)), now);
  if (!is_first && !was_paused && measured.over < kShortest) return false;
  // Who changes the time acts; whoever comes second speaks of the same event.
  if (!reduced_at_.compare_exchange_strong(reduced_at, to_ns(now), std::memory_order_relaxed)) {
    return false;
  }
  const bool is_blind =
      !is_first && (measured.events < kFewest || (was_paused && measured.over < kKeepsCeiling));
  // The first that was answered well was lent by the service's bucket, for the most part.
  const bool is_lent = is_first && measured.over < kKeepsCeiling;
  const double seen = is_lent ? kBlindCut * measured.per_second : measured.per_second;
  const double rate = std::max(is_blind ? kBlindCut * present() : seen, kLeastPace);
  const bool keeps = !is_first && measured.over >= kKeepsCeiling;
  const double ceiling = was_paused ? kBelowCostly * rate : rate;
  ceiling_.store(keeps ? ceiling : 0, std::memory_order_relaxed);
  base_.store(std::max(kReduction * rate, kLeastPace), std::memory_order_relaxed);
  used_time_.store(0, std::memory_order_relaxed);
  publish(base_.load(std::memory_order_relaxed));
  return true;
}

void Pace::note_pause(Duration length, Instant now) {
  pause_length_.store(length.count(), std::memory_order_relaxed);
  paused_until_.store(to_ns(now + length), std::memory_order_relaxed);
}

double Pace::learnt(double seconds) const {
  const double ceiling = ceiling_.load(std::memory_order_relaxed);
  if (ceiling <= 0) {
    return base_.load(std::memory_order_relaxed) * std::exp2(seconds / kDoubling);
  }
  const double pause = to_seconds(Duration(pause_length_.load(std::memory_order_relaxed)));
  const double to_ceiling = kToCeiling * (1 + pause);
  const double distance = (seconds - to_ceiling) / to_ceiling;
  return ceiling * (1 + (1 - kReduction) * distance * distance * distance);
}

void Pace::publish(double learnt) {
  const double limit = configured() > 0 ? std::min(configured(), learnt) : learnt;
  present_.store(limit, std::memory_order_relaxed);
}

bool Pace::advance(Instant now) {
  if (!is_learnt()) return false;
  int64_t next = next_step_.load(std::memory_order_relaxed);
  if (to_ns(now) < next) return false;
  const int64_t after = to_ns(now) + kStep.count();
  if (!next_step_.compare_exchange_strong(next, after, std::memory_order_relaxed)) return false;
  const bool is_used = success_rate(now) >= present() / 2;
  if (!is_used || next == INT64_MIN) return false;
  const int64_t passed =
      std::min<int64_t>(to_ns(now) - next + kStep.count(), Duration(kLongestStep).count());
  const int64_t used = used_time_.fetch_add(passed, std::memory_order_relaxed) + passed;
  const double value = learnt(to_seconds(Duration(used)));
  const double known =
      std::max(ceiling_.load(std::memory_order_relaxed), base_.load(std::memory_order_relaxed));
  if (value > known * kForgottenBeyond) {
    base_.store(0, std::memory_order_relaxed);
    reduced_at_.store(INT64_MIN, std::memory_order_relaxed);
    present_.store(configured(), std::memory_order_relaxed);
    return true;
  }
  publish(value);
  return true;
}

double Pace::success_rate(Instant now) const {
  return successes_.since(Instant::min(), now).per_second;
}

}  // namespace awps
