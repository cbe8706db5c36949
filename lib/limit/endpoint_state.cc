#include "limit/endpoint_state.h"

#include <algorithm>

namespace awps {

namespace {

int64_t to_ns(Instant instant) {
  return instant.time_since_epoch().count();
}
Instant to_instant(int64_t ns) {
  return Instant(Duration(ns));
}

void raise_to(std::atomic<int64_t>& target, int64_t value) {
  int64_t seen = target.load(std::memory_order_relaxed);
  while (seen < value && !target.compare_exchange_weak(seen, value, std::memory_order_relaxed)) {
  }
}

}  // namespace

std::string_view name_of(HoldReason reason) {
  switch (reason) {
    case HoldReason::kNone:
      return "none";
    case HoldReason::kCredential:
      return "credential refused";
    case HoldReason::kEndpointAtFault:
      return "endpoint at fault";
    case HoldReason::kBreaker:
      return "circuit breaker open";
  }
  return "";
}

std::string_view remedy_of(HoldReason reason) {
  switch (reason) {
    case HoldReason::kNone:
      break;
    case HoldReason::kCredential:
      return "check the access key, or the identity and its role; it is probed, and a rewritten "
             "connection_file or a reload ends the hold";
    case HoldReason::kEndpointAtFault:
      return "check the endpoint's address, the hub's name and the proxy";
    case HoldReason::kBreaker:
      return "the service or the way to it fails; it is probed each second";
  }
  return "";
}

EndpointState::EndpointState(const Options& options)
    : retry_after_max_(options.retry_after_max.count()),
      first_hold_(options.first_hold),
      longest_hold_(options.longest_hold),
      probe_patience_(options.probe_patience),
      breaker_failures_(options.breaker_failures),
      burst_(options.burst.count()),
      pace_(options.requests_per_second),
      requests_({.units_per_second = options.requests_per_second, .burst = options.burst}),
      bytes_({.units_per_second = options.bytes_per_second, .burst = options.burst}) {}

void EndpointState::set_limits(const Options& options) {
  retry_after_max_.store(options.retry_after_max.count(), std::memory_order_relaxed);
  burst_.store(options.burst.count(), std::memory_order_relaxed);
  pace_.set_configured(options.requests_per_second);
  bytes_.set_options({.units_per_second = options.bytes_per_second, .burst = options.burst});
  apply_pace();
}

void EndpointState::apply_pace() {
  requests_.set_options({.units_per_second = pace_.present(), .burst = burst()});
}

void EndpointState::begin_trouble() {
  if (needs_probe_.exchange(true, std::memory_order_acq_rel)) return;
  success_before_trouble_.store(last_success_.load(std::memory_order_relaxed),
                                std::memory_order_relaxed);
}

void EndpointState::recover() {
  needs_probe_.store(false, std::memory_order_release);
  recoveries_.fetch_add(1, std::memory_order_release);
}

EndpointState::Admission EndpointState::admit(Instant now) {
  if (pace_.advance(now)) apply_pace();
  shares_.recompute(pace_.present(), burst(), now);
  if (to_ns(now) < blocked_until_.load(std::memory_order_acquire)) return Admission::kWait;
  if (!needs_probe_.load(std::memory_order_acquire)) return Admission::kGo;
  int64_t probed_at = probed_at_.load(std::memory_order_acquire);
  if (probed_at != kNoProbe && to_ns(now) < probed_at + probe_patience_.count()) {
    return Admission::kWait;
  }
  if (!probed_at_.compare_exchange_strong(probed_at, to_ns(now), std::memory_order_acq_rel)) {
    return Admission::kWait;
  }
  // A pause may have begun since the first look.
  if (to_ns(now) >= blocked_until_.load(std::memory_order_acquire)) return Admission::kProbe;
  probe_not_sent();
  return Admission::kWait;
}

bool EndpointState::take_permit(Instant now) {
  return bytes_.earliest() <= now && requests_.take(1, now);
}

Instant EndpointState::earliest(Instant now) const {
  static constexpr Duration kLookAgain = std::chrono::milliseconds(20);
  if (now >= blocked_until() && probed_at_.load(std::memory_order_acquire) != kNoProbe) {
    return now + kLookAgain;
  }
  return std::max({blocked_until(), requests_.earliest(), bytes_.earliest()});
}

Instant EndpointState::probe_at() const {
  if (!needs_probe_.load(std::memory_order_acquire)) return kNever;
  const int64_t probed_at = probed_at_.load(std::memory_order_acquire);
  const Instant next =
      probed_at == kNoProbe ? Instant::min() : to_instant(probed_at) + probe_patience_;
  return std::max(blocked_until(), next);
}

void EndpointState::pause(Duration length, Instant now) {
  const Duration bounded = std::clamp(length, Duration::zero(),
                                      Duration(retry_after_max_.load(std::memory_order_relaxed)));
  // First the demand for a probe, then the time: nobody may slip through between the two.
  begin_trouble();
  raise_to(blocked_until_, to_ns(now + bounded));
  pace_.note_pause(bounded, now);
}

void EndpointState::hold(HoldReason reason, Instant now) {
  const int64_t length = hold_length_.load(std::memory_order_relaxed);
  // Several requests were under way when the doubt arose: only the first of them sets the time.
  if (hold_reason_.load(std::memory_order_relaxed) != HoldReason::kNone && blocked_until() > now) {
    return;
  }
  const bool first = length == 0 || reason == HoldReason::kBreaker;
  const int64_t next = first ? first_hold_.count() : std::min(length * 2, longest_hold_.count());
  hold_length_.store(next, std::memory_order_relaxed);
  hold_reason_.store(reason, std::memory_order_relaxed);
  begin_trouble();
  raise_to(blocked_until_, to_ns(now) + next);
}

void EndpointState::probe_ended(bool good, Instant now) {
  if (good && now >= blocked_until()) {
    hold_reason_.store(HoldReason::kNone, std::memory_order_relaxed);
    hold_length_.store(0, std::memory_order_relaxed);
    recover();
    // Another hub may have asked for a pause or a hold meanwhile: its probe is still owed.
    if (now < blocked_until()) needs_probe_.store(true, std::memory_order_release);
  } else if (!good && hold_reason() == HoldReason::kNone) {
    // After a pause the failed probe is an ordinary failure, with a back-off of its own.
    if (now >= blocked_until()) recover();
  } else if (!good) {
    // From when the last one was asked: one that took its whole timeout delays the next no more.
    const int64_t probed_at = probed_at_.load(std::memory_order_acquire);
    hold(hold_reason(), probed_at == kNoProbe ? now : to_instant(probed_at));
  }
  probe_not_sent();
}

void EndpointState::note_success(Instant now) {
  raise_to(last_success_, to_ns(now));
  pace_.note_success(now);
  note_alive();
}

void EndpointState::note_throttled(const Pace::Refusal& refusal, Instant now) {
  if (!pace_.note_throttled(refusal, now)) return;
  apply_pace();
  // A burst that was saved up while the pace was not what held us back would go on as before.
  requests_.exhaust(now);
}

void EndpointState::note_failure(Instant now) {
  const uint32_t before = failures_in_a_row_.fetch_add(1, std::memory_order_relaxed);
  if (before + 1 < breaker_failures_) return;
  if (hold_reason() == HoldReason::kNone) hold(HoldReason::kBreaker, now);
}

void EndpointState::release_hold() {
  hold_reason_.store(HoldReason::kNone, std::memory_order_relaxed);
  hold_length_.store(0, std::memory_order_relaxed);
  recover();
  blocked_until_.store(INT64_MIN, std::memory_order_release);
}

void EndpointState::permit_all_forms() {
  bounds_.fan_out_forbidden.store(false, std::memory_order_relaxed);
  bounds_.bulk_forbidden.store(false, std::memory_order_relaxed);
}

Instant EndpointState::success_before_trouble() const {
  return to_instant(success_before_trouble_.load(std::memory_order_relaxed));
}

Instant EndpointState::last_success() const {
  return to_instant(last_success_.load(std::memory_order_relaxed));
}

Instant EndpointState::blocked_until() const {
  return to_instant(blocked_until_.load(std::memory_order_acquire));
}

}  // namespace awps
