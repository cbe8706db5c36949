#include "limit/endpoint_state.h"

#include <algorithm>

namespace awps {

void LearntBounds::forget() {
  filter_names.forget();
  url_bytes.forget();
  body_bytes.forget();
  for (RulePause& pause : pauses) pause.forget();
  for (std::atomic<bool>& off : forbidden) off.store(false, std::memory_order_relaxed);
}

EndpointState::EndpointState(const Options& options)
    : burst_(options.burst.count()),
      pace_(options.requests_per_second),
      requests_({.units_per_second = options.requests_per_second, .burst = options.burst}),
      bytes_({.units_per_second = options.bytes_per_second, .burst = options.burst}),
      trouble_({.retry_after_max = options.retry_after_max}) {}

void EndpointState::set_limits(const Options& options) {
  burst_.store(options.burst.count(), std::memory_order_relaxed);
  pace_.set_configured(options.requests_per_second);
  bytes_.set_options({.units_per_second = options.bytes_per_second, .burst = options.burst});
  trouble_.set_retry_after_max(options.retry_after_max);
  apply_pace();
}

// The last one who applies it reads the newest.
void EndpointState::apply_pace() {
  const MutexLock lock(applying_);
  requests_.set_options({.units_per_second = pace_.present(), .burst = burst()});
}

Passage EndpointState::admit(Instant now) {
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
