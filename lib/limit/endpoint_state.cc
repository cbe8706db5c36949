#include "limit/endpoint_state.h"

#include <algorithm>

namespace awps {

namespace {

constexpr Duration kEachLook = std::chrono::milliseconds(50);

}  // namespace

void LearntBounds::forget() {
  filter_names.forget();
  url_bytes.forget();
  body_bytes.forget();
  for (RulePause& pause : pauses) pause.forget();
  for (std::atomic<bool>& off : forbidden) off.store(false, std::memory_order_relaxed);
}

EndpointState::EndpointState(const Options& options)
    : shared_by_(options.shared_by),
      bytes_per_second_(options.bytes_per_second),
      burst_(options.burst.count()),
      pace_(options.requests_per_second),
      requests_({.units_per_second = options.requests_per_second, .burst = options.burst}),
      bytes_({.units_per_second = options.bytes_per_second, .burst = options.burst}),
      trouble_({.retry_after_max = options.retry_after_max}) {
  {
    const MutexLock lock(applying_);
    apply_part(Instant::min());
  }
  apply_pace();
}

void EndpointState::set_limits(const Options& options, Instant now) {
  burst_.store(options.burst.count(), std::memory_order_relaxed);
  pace_.set_configured(options.requests_per_second);
  trouble_.set_retry_after_max(options.retry_after_max);
  {
    const MutexLock lock(applying_);
    if (shared_by_ != options.shared_by) told_ = {};
    shared_by_ = options.shared_by;
    bytes_per_second_ = options.bytes_per_second;
    apply_part(now);
  }
  apply_pace();
}

// ---- the part of a fleet's limits

void EndpointState::set_part(const SharedPart& told, Instant now) {
  {
    const MutexLock lock(applying_);
    told_ = told;
    apply_part(now);
  }
  apply_pace();
}

void EndpointState::look_at_lease(Instant now) {
  {
    const MutexLock lock(applying_);
    if (told_.lease == nullptr) return;
    apply_part(now);
  }
  apply_pace();
}

void EndpointState::apply_part(Instant now) {
  const bool has_lease = told_.lease != nullptr;
  next_look_.store(has_lease ? (now + kEachLook).time_since_epoch().count() : INT64_MAX,
                   std::memory_order_relaxed);
  const bool is_covered = !has_lease || told_.lease->covers(now);
  const double before = shared_.part;
  shared_ = {.stream = shared_by_,
             .owned = is_covered ? told_.owned : 0,
             .all = told_.all,
             .part = shared_by_.empty() ? 1 : told_.value(now)};
  bytes_.set_options({.units_per_second = bytes_per_second_ * shared_.part, .burst = burst()});
  if (shared_.part == before) return;
  const double pace_before = pace_.present();
  pace_.set_part(shared_.part, now);
  if (shared_.part < before) return;
  // What was charged at the lower rate would be paid off at that rate: minutes, of a large body.
  bytes_.hasten(shared_.part / before, now);
  const double pace = pace_.present();
  if (pace <= pace_before || pace_before <= 0) return;
  requests_.hasten(pace / pace_before, now);
  shares_.hasten(pace / pace_before, now);
}

std::string EndpointState::shared_by() const {
  const MutexLock lock(applying_);
  return shared_by_;
}

std::optional<SharedLimit> EndpointState::shared_limit() const {
  const MutexLock lock(applying_);
  if (shared_by_.empty()) return std::nullopt;
  return shared_;
}

std::string EndpointState::pace_reason(Instant now) const {
  const std::optional<SharedLimit> shared = shared_limit();
  if (!shared || pace_.configured() <= 0) return pace_.reason(now);
  const std::string words = words_of(*shared, pace_.configured());
  if (pace_.present() >= pace_.limit()) return words;
  return pace_.reason(now) + "; at most " + words;
}

// ---- requests

// The last one who applies it reads the newest.
void EndpointState::apply_pace() {
  const MutexLock lock(applying_);
  requests_.set_options({.units_per_second = pace_.present(), .burst = burst()});
}

Passage EndpointState::admit(Instant now) {
  if (now.time_since_epoch().count() >= next_look_.load(std::memory_order_relaxed)) {
    look_at_lease(now);
  }
  if (pace_.advance(now)) apply_pace();
  shares_.recompute(pace_.present(), burst(), now);
  return trouble_.admit(now);
}

bool EndpointState::take_permit(Instant now) {
  return bytes_.earliest() <= now && requests_.take(1, now);
}

Instant EndpointState::earliest() const {
  return std::max({trouble_.admits_at(), requests_.earliest(), bytes_.earliest()});
}

void EndpointState::note_throttled(const Pace::Refusal& refusal, Instant now) {
  if (!pace_.note_throttled(refusal, now)) return;
  apply_pace();
  // A burst that was saved up while the pace was not what held us back would go on as before.
  requests_.exhaust(now);
}

void EndpointState::forget_pace() {
  pace_.forget();
  apply_pace();
}

void EndpointState::forget(Instant now) {
  forget_pace();
  bounds_.forget();
  trouble_.forget(now);
}

}  // namespace awps
