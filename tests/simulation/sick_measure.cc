// What the records of a SickWorld come to, as numbers.

#include <algorithm>
#include <unordered_map>

#include "tests/simulation/sick_row.h"

namespace awps {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration kEarly = seconds(5);  // of an outage: not yet told

double share_of(double part, double whole) {
  return whole > 0 ? part / whole : 0;
}

// Of the healthy that were accepted in the judged time; what still waits has waited until now.
std::vector<double> waits_ms(const SickWorld& world, const SickRow& row) {
  const Instant start = world.records().start();
  std::vector<double> waits;
  for (const SickRecord& record : world.records().all()) {
    const Duration at = record.accepted - start;
    if (!record.is_healthy() || at < row.judged_from || at >= row.judged_to) continue;
    const Instant until = record.is_settled() ? record.settled : start + world.length();
    waits.push_back(1e3 * to_seconds(until - record.accepted));
  }
  std::ranges::sort(waits);
  return waits;
}

double quantile(const std::vector<double>& sorted, double part) {
  if (sorted.empty()) return 0;
  return sorted[static_cast<size_t>(part * static_cast<double>(sorted.size() - 1))];
}

void measure_culprits(SickNumbers& numbers, const SickWorld& world) {
  uint64_t attempts = 0;
  for (const SickRecord& record : world.records().all()) {
    if (!record.culprit) continue;
    ++numbers.culprits;
    attempts += record.starts;
    numbers.attempts = std::max(numbers.attempts, record.starts);
    const bool dead = record.is_settled() && record.outcome == OutcomeKind::kDeadLettered;
    numbers.culprits_dead += dead ? 1 : 0;
    const Duration settling =
        record.is_settled() ? record.settled - record.accepted : Duration::max();
    numbers.settling = std::max(numbers.settling, settling);
  }
  numbers.mean_attempts =
      share_of(static_cast<double>(attempts), static_cast<double>(numbers.culprits));
}

void measure_innocents(SickNumbers& numbers, const SickWorld& world) {
  uint64_t attempts = 0;
  for (const SickRecord& record : world.records().all()) {
    numbers.doubles += record.effects > 1 ? 1 : 0;
    if (record.culprit) continue;
    ++numbers.innocents;
    attempts += record.starts;
    numbers.innocent_attempts = std::max(numbers.innocent_attempts, record.starts);
    if (!record.is_settled()) ++numbers.innocents_waiting;
    const bool is_lost =
        record.is_settled() && !record.is_delivered() && record.outcome != OutcomeKind::kSuperseded;
    if (is_lost) ++numbers.innocents_dead;
  }
  numbers.mean_innocent_attempts =
      share_of(static_cast<double>(attempts), static_cast<double>(numbers.innocents));
}

// In the order of their last start, how many of one producer come much later than their neighbour?
// What a burst of the pace sends together is answered in any order, and so what waits behind it.
double disorder_of(std::vector<const SickRecord*> backlog, double burst) {
  const auto by_start = [](const SickRecord* a, const SickRecord* b) {
    return a->producer != b->producer ? a->producer < b->producer : a->last_start < b->last_start;
  };
  std::unordered_map<const SickRecord*, double> places;  // in the order accepted
  for (const SickRecord* record : backlog) {
    places.emplace(record, static_cast<double>(places.size()));
  }
  std::ranges::stable_sort(backlog, by_start);
  uint64_t wrong = 0;
  for (size_t i = 1; i < backlog.size(); ++i) {
    const bool alike = backlog[i - 1]->producer == backlog[i]->producer;
    wrong += alike && places[backlog[i - 1]] > places[backlog[i]] + burst ? 1 : 0;
  }
  return share_of(static_cast<double>(wrong), static_cast<double>(backlog.size()));
}

void measure_recovery(SickNumbers& numbers, const SickWorld& world, const SickRow& row) {
  const Instant ended = world.records().start() + row.plan.service.outage.to;
  std::vector<const SickRecord*> backlog;
  numbers.draining = Duration::zero();
  for (const SickRecord& record : world.records().all()) {
    if (record.culprit) continue;
    if (record.is_delivered() && record.settled >= ended) {
      numbers.recovery = std::min(numbers.recovery, record.settled - ended);
    }
    if (record.accepted > ended || record.settled < ended) continue;
    backlog.push_back(&record);
    const Duration draining = record.is_settled() ? record.settled - ended : Duration::max();
    numbers.draining = std::max(numbers.draining, draining);
  }
  const double pace = row.plan.endpoint.requests_per_second;
  numbers.disorder = disorder_of(backlog, 1.5 * pace * to_seconds(row.plan.endpoint.burst));
  numbers.ideal_draining = from_seconds(static_cast<double>(backlog.size()) / pace);
  for (Duration at{0}; at < seconds(60); at += milliseconds(100)) {
    const Duration from = row.plan.service.outage.to + at;
    const auto starts = static_cast<double>(world.records().starts(from, from + seconds(1)));
    numbers.overshoot = std::max(numbers.overshoot, starts / pace);
  }
}

void measure_outage(SickNumbers& numbers, const SickWorld& world, const SickRow& row) {
  if (!row.has_outage()) return;
  measure_recovery(numbers, world, row);
  const SickOutage& outage = row.plan.service.outage;
  const Duration from = std::min(outage.from + kEarly, outage.to);
  if (outage.period > Duration::zero() || outage.to - from < kEarly) return;
  numbers.wasted =
      static_cast<double>(world.records().starts(from, outage.to)) / to_seconds(outage.to - from);
}

// Until each target is served at its usual rate again: what is accepted then is delivered within a
// second.
Duration time_to_heal(const SickWorld& world, const SickRow& row) {
  const Duration heals_at = row.plan.service.heals_at;
  if (heals_at == Duration::max()) return Duration::max();
  const Instant healed = world.records().start() + heals_at;
  std::vector<Instant> usual(row.plan.service.targets, kNever);
  for (const SickRecord& record : world.records().all()) {
    const bool soon = record.is_delivered() && record.settled - record.accepted <= seconds(1);
    if (!record.culprit || record.accepted < healed || !soon) continue;
    usual[record.target] = std::min(usual[record.target], record.settled);
  }
  Duration longest{0};
  for (const uint32_t target : world.service().sick()) {
    if (usual[target] == kNever) return Duration::max();
    longest = std::max(longest, usual[target] - healed);
  }
  return longest;
}

Duration time_to_tell(const SickWorld& world, double rate, const SickRow& row) {
  static constexpr Duration kWindow = milliseconds(500);
  const double wanted = 0.9 * rate * to_seconds(kWindow);
  for (Duration at = row.told_from; at + kWindow <= world.length(); at += milliseconds(50)) {
    const uint64_t done = world.records().healthy_done(at, at + kWindow);
    if (static_cast<double>(done) >= wanted) return at - row.told_from;
  }
  return Duration::max();
}

}  // namespace

SickNumbers measure(const SickWorld& world, const SickRow& row) {
  SickNumbers numbers;
  measure_culprits(numbers, world);
  measure_innocents(numbers, world);
  measure_outage(numbers, world, row);
  numbers.healing = time_to_heal(world, row);
  const std::vector<double> waits = waits_ms(world, row);
  numbers.p50_ms = quantile(waits, 0.5);
  numbers.p99_ms = quantile(waits, 0.99);
  numbers.worst_ms = quantile(waits, 1);
  return numbers;
}

void compare(SickNumbers& numbers, const SickWorld& world, const SickWorld& alone,
             const SickRow& row) {
  const auto done = [&](const SickWorld& of) {
    return static_cast<double>(of.records().healthy_done(row.judged_from, row.judged_to));
  };
  numbers.share = share_of(done(world), done(alone));
  numbers.alone_p99_ms = quantile(waits_ms(alone, row), 0.99);
  const double rate = done(alone) / to_seconds(row.judged_to - row.judged_from);
  numbers.told = time_to_tell(world, rate, row);
}

}  // namespace awps
