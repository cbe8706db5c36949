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

EndpointState::Admission Permits::take(Instant now) {
  using Admission = EndpointState::Admission;
  if (!has_slot() || requests_.earliest() > now || bytes_.earliest() > now) return Admission::kWait;
  const Admission admission = endpoint_.admit(now);
  if (admission == Admission::kWait) return admission;
  const bool has_share = share_.take(now);
  if (!has_share || !endpoint_.take_permit(now)) {
    if (has_share) share_.give_back();
    if (admission == Admission::kProbe) endpoint_.probe_not_sent();
    return Admission::kWait;
  }
  AWPS_CHECK(requests_.take(1, now));
  ++in_flight_;
  return admission;
}

void Permits::charge_bytes(uint64_t bytes, Instant now) {
  endpoint_.charge_bytes(bytes, now);
  bytes_.charge(static_cast<double>(bytes), now);
}

void Permits::give_back() {
  AWPS_CHECK(in_flight_ > 0);
  --in_flight_;
}

uint64_t Permits::available(Instant now) const {
  const uint64_t slots = has_slot() ? concurrency_.present() - in_flight_ : 0;
  return std::min(
      {slots, requests_.available(now), share_.available(now), endpoint_.available(now)});
}

Instant Permits::earliest(Instant now) const {
  if (!has_slot()) return kNever;
  return std::max(
      {now, endpoint_.earliest(now), share_.earliest(), requests_.earliest(), bytes_.earliest()});
}

}  // namespace awps
