#include "hub/permits.h"

#include <algorithm>

#include "base/check.h"

namespace awps {

Permits::Permits(const Options& options, EndpointState& endpoint)
    : endpoint_(endpoint),
      requests_({.units_per_second = options.requests_per_second, .burst = options.burst}),
      bytes_({.units_per_second = options.bytes_per_second, .burst = options.burst}),
      share_(endpoint.join()),
      concurrency_(options.max_in_flight) {}

void Permits::set_options(const Options& options) {
  requests_.set_options({.units_per_second = options.requests_per_second, .burst = options.burst});
  bytes_.set_options({.units_per_second = options.bytes_per_second, .burst = options.burst});
  concurrency_.set_most(options.max_in_flight);
}

Passage Permits::take(Instant now) {
  if (!has_slot() || requests_.earliest() > now || bytes_.earliest() > now) return Passage::kWait;
  const Passage passage = endpoint_.admit(now);
  if (passage == Passage::kWait) return passage;
  const bool has_share = share_.take(now);
  if (!has_share || !endpoint_.take_permit(now)) {
    if (has_share) share_.give_back();
    if (passage == Passage::kProbe) endpoint_.trouble().probe_not_sent();
    return Passage::kWait;
  }
  AWPS_CHECK(requests_.take(1, now));
  ++in_flight_;
  return passage;
}

void Permits::cancel(Passage passage) {
  give_back();
  requests_.give_back(1);
  share_.give_back();
  endpoint_.give_back_permit();
  if (passage == Passage::kProbe) endpoint_.trouble().probe_not_sent();
}

void Permits::charge_bytes(uint64_t bytes, Instant now) {
  endpoint_.charge_bytes(bytes, now);
  bytes_.charge(static_cast<double>(bytes), now);
}

void Permits::give_back() {
  AWPS_CHECK(in_flight_ > 0);
  --in_flight_;
}

uint64_t Permits::slots() const {
  const auto left = [](uint64_t most, uint64_t used) { return most - std::min(used, most); };
  const uint64_t on_time = left(in_flight_, overdue_);
  return std::min(left(concurrency_.present(), on_time), left(concurrency_.most(), in_flight_));
}

uint64_t Permits::available(Instant now) const {
  const uint64_t free = is_paused() ? 0 : slots();
  return std::min(
      {free, requests_.available(now), share_.available(now), endpoint_.available(now)});
}

Instant Permits::earliest(Instant now) const {
  if (!has_slot()) return kNever;
  return std::max(
      {now, endpoint_.earliest(), share_.earliest(), requests_.earliest(), bytes_.earliest()});
}

}  // namespace awps
