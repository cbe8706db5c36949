#include "tests/simulation/sick_scenes.h"

#include <algorithm>
#include <cmath>

namespace awps {

namespace {

// That throttling follows the target is known after some refusals that came again (see
// throttle_pattern.h); until then the endpoint pauses, and its pace falls. A request that hangs is
// overdue after a second: until then it takes the place of others.
Duration told_after(Sickness way) {
  if (way == Sickness::k429After30) return minutes(16);
  if (is_throttling(way) || way == Sickness::k503After1) return seconds(200);
  if (way == Sickness::kTimeout) return seconds(15);
  return way == Sickness::k500Slow ? seconds(5) : Duration::zero();
}

// From the end of an outage to the first delivery: a hold of an endpoint at fault grows to 30 s.
Duration recovery_of(Sickness way) {
  switch (way) {
    case Sickness::k401:
    case Sickness::k403Html:
    case Sickness::k404Html:
    case Sickness::k404Empty:
    case Sickness::k400OldHub:
    case Sickness::k400Html:
    case Sickness::k410Html:
    case Sickness::k302:
      return seconds(32);
    case Sickness::k429After30:
      return seconds(32);
    case Sickness::kTimeout:
      return seconds(12);  // what was under way hangs to its end
    default:
      return seconds(5);
  }
}

constexpr Duration kOutageBegins = seconds(10);
constexpr Duration kBetweenProbes = milliseconds(300);

}  // namespace

SickPlan plain_plan() {
  SickPlan plan;
  plan.hub.coalesce.enabled = false;
  plan.hub.max_in_flight = 256;
  plan.endpoint.requests_per_second = kPace;
  plan.culprits_each = 2;
  return plan;
}

SickRow sick_targets(Sickness way, double fraction) {
  SickRow row{.plan = plain_plan()};
  row.plan.service.fraction = fraction;
  row.plan.service.targets_are = way;
  row.judged_from = told_after(way);
  if (is_throttling(way) && fraction > 0.2) row.judged_from += minutes(3);
  row.judged_to = row.judged_from + seconds(60);
  const bool is_slow = way == Sickness::k429After30 || way == Sickness::kTimeout;
  if (is_slow) row.plan.hub.retry.max_attempts = 4;
  const bool throttles = is_throttling(way) || way == Sickness::k503After1;
  row.length = way == Sickness::k429After30 ? minutes(25)
               : is_slow                    ? minutes(10)
               : throttles                  ? minutes(12)
                                            : seconds(400);
  SickBounds& bounds = row.bounds;
  if (fraction <= 0.5) bounds = {.least_share = 0.95, .most_p99 = 2};
  if (fraction <= 0.5 && !throttles) bounds.most_told = seconds(5);
  // When all but 5 % are throttled, it speaks of the rate.
  bounds.culprits_die = fraction <= 0.5 || !throttles;
  if (throttles) bounds.most_standstill = minutes(3);
  if (bounds.culprits_die) bounds.most_settling = row.length - seconds(5);
  bounds.most_attempts = row.plan.hub.retry.max_attempts + 10;
  return row;
}

SickRow outage(Sickness way, Duration length) {
  SickRow row{.plan = plain_plan()};
  row.name = "outage_" + std::to_string(std::lround(to_seconds(length))) + "s_" +
             std::string(name_of(way));
  const Duration to = kOutageBegins + length + kBetweenProbes;
  row.plan.service.outage = {.as = way, .from = kOutageBegins, .to = to};
  row.plan.producers = {{.rate = 20, .until = to + seconds(40)}};
  row.length = to + seconds(120) + length / 10;
  row.judged_to = row.length;
  const double seconds_out = to_seconds(length);
  // Where there is no way to the service, a try costs nobody anything.
  const double attempts_a_second = way == Sickness::kRefused ? 0.4 : 0.1;
  row.bounds = {
      .innocents_arrive = true,
      .most_innocent_attempts = static_cast<uint32_t>(12 + seconds_out * attempts_a_second),
      .mean_innocent_attempts = 4,
      .most_wasted = 3,
      .most_recovery = recovery_of(way),
      // A pace that was learnt from 429 comes back by its own law.
      .most_draining = is_throttling(way) ? 0 : 1.25,
      .most_overshoot = 1.15,
      // Whoever was told to come again later comes when it was told to.
      .most_disorder = is_throttling(way) || way == Sickness::k503After1 ? 0.5 : 0.05};
  return row;
}

}  // namespace awps
