#include "tests/simulation/limit_row.h"

#include <algorithm>
#include <cstdio>
#include <numeric>

namespace awps {

namespace {

using Event = LimitWorld::Event;
using std::chrono::seconds;

double ratio(uint64_t part, double whole) {
  return whole > 0 ? static_cast<double>(part) / whole : 0;
}

std::string text_of(Duration duration) {
  return duration == Duration::max() ? "never" : std::to_string(to_seconds(duration)) + " s";
}

}  // namespace

LimitNumbers measure(const LimitWorld& world, const LimitRow& row) {
  const Duration from = row.judged_from;
  const Duration to = row.judged_to;
  LimitNumbers numbers;
  numbers.requests = world.count(Event::kStart, from, to);
  numbers.share = ratio(world.count(Event::kDone, from, to), row.permitted * to_seconds(to - from));
  numbers.throttled =
      ratio(world.count(Event::kThrottled, from, to), static_cast<double>(numbers.requests));
  numbers.fair_hubs = world.fairness_of_hubs();
  numbers.fair_producers = world.fairness_of_producers();
  const std::vector<double> parts = world.parts_of_daemons();
  numbers.fair_daemons = LimitWorld::fairness_of(parts);
  const double sum = std::accumulate(parts.begin(), parts.end(), 0.0);
  const double least = *std::ranges::min_element(parts);
  numbers.part = sum > 0 ? least * static_cast<double>(parts.size()) / sum : 0;
  numbers.concurrency = world.concurrency();
  if (row.trouble_ended == Duration::zero()) return numbers;
  numbers.recovery = world.time_to_reach(0.9 * row.full_rate, row.trouble_ended);
  // The worst second of the first five: the first after the trouble may hold the probe alone.
  for (Duration at{0}; at < seconds(5); at += std::chrono::milliseconds(100)) {
    const Duration begin = row.trouble_ended + at;
    const uint64_t starts = world.count(Event::kStart, begin, begin + seconds(1));
    numbers.overshoot = std::max(numbers.overshoot, ratio(starts, row.full_rate));
  }
  return numbers;
}

std::string line_of(const LimitNumbers& numbers, const LimitWorld& world, const LimitRow& row) {
  std::array<char, 400> line{};
  (void)std::snprintf(line.data(), line.size(),
                      "%-34s share %.3f  429 %.4f  hubs %.3f  producers %.3f  daemons %.3f  "
                      "least %.2f  recovery %s  "
                      "overshoot %.3f  concurrency %llu  requests %llu  charged %llu  dead %llu  "
                      "expired %llu",
                      row.name.c_str(), numbers.share, numbers.throttled, numbers.fair_hubs,
                      numbers.fair_producers, numbers.fair_daemons, numbers.part,
                      text_of(numbers.recovery).c_str(), numbers.overshoot,
                      static_cast<unsigned long long>(numbers.concurrency),
                      static_cast<unsigned long long>(numbers.requests),
                      static_cast<unsigned long long>(world.charged()),
                      static_cast<unsigned long long>(world.outcomes(OutcomeKind::kDeadLettered)),
                      static_cast<unsigned long long>(world.outcomes(OutcomeKind::kExpired)));
  return line.data();
}

void judge_row(const LimitNumbers& numbers, const LimitWorld& world, const LimitRow& row) {
  const LimitBounds& bounds = row.bounds;
  testing::Test::RecordProperty("row", line_of(numbers, world, row));
  EXPECT_GE(numbers.share, bounds.least_share);
  EXPECT_LE(numbers.throttled, bounds.most_throttled);
  EXPECT_GE(numbers.fair_hubs, bounds.least_fair_hubs);
  EXPECT_GE(numbers.fair_producers, bounds.least_fair_producers);
  EXPECT_GE(numbers.fair_daemons, bounds.least_fair_daemons);
  EXPECT_GE(numbers.part, bounds.least_part);
  EXPECT_LE(numbers.recovery, bounds.most_recovery);
  EXPECT_LE(numbers.overshoot, bounds.most_overshoot);
  EXPECT_LE(numbers.concurrency, bounds.most_concurrency);
  EXPECT_LE(world.charged(), bounds.most_charged) << "attempts that an action was charged";
  EXPECT_EQ(world.outcomes(OutcomeKind::kDeadLettered), 0U);
  EXPECT_EQ(world.outcomes(OutcomeKind::kExpired), 0U);
  EXPECT_LE(world.starts_in_pause(), bounds.most_in_pauses);
  EXPECT_EQ(world.idle_turns(), 0U) << "a worker that may do nothing would spin";
  if (testing::Test::HasFailure()) ADD_FAILURE() << line_of(numbers, world, row);
}

}  // namespace awps
