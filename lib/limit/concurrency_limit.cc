#include "limit/concurrency_limit.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace awps {

namespace {

constexpr double kTolerance = 2;  // so much slower than usual is still usual
constexpr double kLeastGradient = 0.5;
constexpr double kSmoothing = 0.3;  // of the step from one limit to the next
constexpr double kMemory = 0.0005;  // weight of a window in what is usual, if it is slower

}  // namespace

ConcurrencyLimit::ConcurrencyLimit(uint64_t most)
    : most_(static_cast<double>(std::max<uint64_t>(most, 1))),
      limit_(std::min(most_, static_cast<double>(kFirst))) {}

void ConcurrencyLimit::set_most(uint64_t most) {
  most_ = static_cast<double>(std::max<uint64_t>(most, 1));
  limit_ = std::clamp(limit_, std::min(most_, static_cast<double>(kLeast)), most_);
}

void ConcurrencyLimit::note_answer(Duration took, uint64_t under_way) {
  sum_seconds_ += to_seconds(took);
  ++answers_;
  const bool is_reached = under_way >= present();
  was_reached_ |= is_reached;
  if (slow_start_ && is_reached) limit_ = std::min(most_, limit_ + 1);
  if (answers_ >= window_) end_window();
}

std::string ConcurrencyLimit::reason() const {
  if (present() == most()) return "as many as configured: answers do not get slower";
  if (usual_seconds_ == 0) return "the start: too few answers yet to judge by";
  std::array<char, 32> usual{};
  std::snprintf(usual.data(), usual.size(), usual_seconds_ < 0.01 ? "%.1f ms" : "%.0f ms",
                usual_seconds_ * 1e3);
  if (slow_start_) return std::string("doubling each round trip: answers take ") + usual.data();
  return std::string("follows the round trips: ") + usual.data() +
         " was the fastest of late, and with more at once they take longer";
}

void ConcurrencyLimit::end_window() {
  const double mean = sum_seconds_ / static_cast<double>(answers_);
  if (usual_seconds_ == 0) usual_seconds_ = mean;
  const bool is_slow = mean > kTolerance * usual_seconds_;
  // What is faster is usual at once; a sick service does not become usual soon.
  usual_seconds_ = std::min(mean, usual_seconds_ + kMemory * (mean - usual_seconds_));
  if (is_slow) slow_start_ = false;
  if (!slow_start_) {
    const double gradient = std::clamp(kTolerance * usual_seconds_ / mean, kLeastGradient, 1.0);
    const double room = was_reached_ ? std::sqrt(limit_) : 0;
    const double next = limit_ * gradient + (is_slow ? 0 : room);
    limit_ += kSmoothing * (next - limit_);
  }
  limit_ = std::clamp(limit_, std::min(most_, static_cast<double>(kLeast)), most_);
  window_ = std::max(kFewest, present());
  sum_seconds_ = 0;
  answers_ = 0;
  was_reached_ = false;
}

}  // namespace awps
