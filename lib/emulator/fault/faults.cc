#include "emulator/fault/faults.h"

namespace awps::emulator {

bool FaultWindow::contains(Duration since_begin) const {
  if (since_begin < from || (until && since_begin >= *until)) return false;
  return period == Duration::zero() || (since_begin - from) % period < active;
}

std::optional<Fault> Faults::decide(const FaultSubject& subject, Instant now) {
  std::optional<Fault> slowed;  // by rules that continue
  for (FaultRule& rule : script_.rules) {
    if (!rule.window.contains(now - begin_) || !matches(rule.match, subject)) continue;
    if (!is_due(rule)) continue;
    const Duration delay = delay_of(rule) + (slowed ? slowed->delay : Duration::zero());
    Fault fault = rule.fault;
    fault.delay = delay;
    if (!rule.continues) return fault;
    slowed = std::move(fault);
  }
  return slowed;
}

/// For a request that matches; counts it.
bool Faults::is_due(FaultRule& rule) {
  ++rule.matched;
  if (rule.matched <= rule.skip || (rule.count && rule.applied >= *rule.count)) return false;
  if ((rule.matched - rule.skip) % rule.every != 0) return false;
  if (rule.probability < 1 && !random_.chance(rule.probability)) return false;
  ++rule.applied;
  return true;
}

Duration Faults::delay_of(const FaultRule& rule) {
  if (rule.most_delay <= rule.fault.delay) return rule.fault.delay;
  const auto span = static_cast<uint64_t>((rule.most_delay - rule.fault.delay).count());
  return rule.fault.delay + Duration(static_cast<int64_t>(random_.below(span + 1)));
}

}  // namespace awps::emulator
