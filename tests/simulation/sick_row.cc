#include "tests/simulation/sick_row.h"

#include <array>
#include <cstdio>
#include <cstdlib>

namespace awps {

namespace {

std::string text_of(Duration duration) {
  if (duration == Duration::max()) return "never";
  std::array<char, 40> text{};
  (void)std::snprintf(text.data(), text.size(), "%.2fs", to_seconds(duration));
  return text.data();
}

template <typename... Values>
std::string formatted(const char* format, Values... values) {
  std::array<char, 300> text{};
  (void)std::snprintf(text.data(), text.size(), format, values...);
  return text.data();
}

unsigned long long number(uint64_t value) {
  return value;
}

bool is_compared(const SickRow& row) {
  return row.bounds.least_share > 0 || row.bounds.most_p99 > 0 ||
         row.bounds.most_told < Duration::max();
}

void judge_healthy(const SickNumbers& numbers, const SickRow& row) {
  const SickBounds& bounds = row.bounds;
  if (!is_compared(row)) return;
  EXPECT_GE(numbers.share, bounds.least_share) << "of what the healthy get alone";
  EXPECT_LE(numbers.told, bounds.most_told) << "until the healthy are served at their rate";
  if (bounds.most_p99 == 0) return;
  const double round_trip_ms = 1e3 * to_seconds(row.plan.service.limits.round_trip);
  EXPECT_LE(numbers.p99_ms, bounds.most_p99 * numbers.alone_p99_ms + round_trip_ms);
}

void judge_culprits(const SickNumbers& numbers, const SickRow& row) {
  const SickBounds& bounds = row.bounds;
  if (bounds.culprits_die) {
    EXPECT_GT(numbers.culprits, 0U);
    EXPECT_EQ(numbers.culprits_dead, numbers.culprits);
  }
  EXPECT_LE(numbers.settling, bounds.most_settling);
  EXPECT_LE(numbers.attempts, bounds.most_attempts);
  EXPECT_LE(numbers.healing, bounds.most_healing);
}

void judge_innocents(const SickNumbers& numbers, const SickRow& row) {
  const SickBounds& bounds = row.bounds;
  EXPECT_EQ(numbers.innocents_dead, 0U) << "dead letters, or expired, of the innocent";
  if (bounds.innocents_arrive) {
    EXPECT_EQ(numbers.innocents_waiting, 0U);
  }
  EXPECT_LE(numbers.innocent_attempts, bounds.most_innocent_attempts);
  EXPECT_LE(numbers.mean_innocent_attempts, bounds.mean_innocent_attempts);
}

void judge_outage(const SickNumbers& numbers, const SickRow& row) {
  if (!row.has_outage()) return;
  const SickBounds& bounds = row.bounds;
  EXPECT_LE(numbers.wasted, bounds.most_wasted) << "requests a second";
  EXPECT_LE(numbers.recovery, bounds.most_recovery);
  EXPECT_LE(numbers.overshoot, bounds.most_overshoot);
  EXPECT_LE(numbers.disorder, bounds.most_disorder);
  if (bounds.most_draining == 0) return;
  const double ideal = to_seconds(numbers.ideal_draining);
  EXPECT_LE(to_seconds(numbers.draining),
            bounds.most_draining * ideal + 3 + to_seconds(bounds.most_recovery));
}

}  // namespace

bool long_rows_wanted() {
  return std::getenv("AWPS_SICK_LONG") != nullptr;
}

void check_row(const SickRow& row) {
  SickWorld world(row.plan);
  world.run(row.length);
  SickNumbers numbers = measure(world, row);
  if (is_compared(row)) {
    SickWorld alone(SickPlan::alone_of(row.plan));
    alone.run(row.judged_to);
    compare(numbers, world, alone, row);
  }
  judge_row(numbers, world, row);
  const std::string line = line_of(numbers, world, row);
  testing::Test::RecordProperty("row", line);
  const bool failed = testing::Test::HasFailure();
  if (std::getenv("AWPS_SICK_TABLE") != nullptr) {
    std::printf("%s %s\n", failed ? "FAIL" : "  ok", line.c_str());
  } else if (failed) {
    ADD_FAILURE() << line;
  }
}

std::string line_of(const SickNumbers& numbers, const SickWorld& world, const SickRow& row) {
  std::string line = formatted("%-30s", row.name.c_str());
  if (is_compared(row)) {
    line += formatted(" share %.3f  p99 %.0f (alone %.0f) worst %.0f ms  told %s ", numbers.share,
                      numbers.p99_ms, numbers.alone_p99_ms, numbers.worst_ms,
                      text_of(numbers.told).c_str());
  }
  if (numbers.culprits > 0) {
    line += formatted(" culprits dead %llu/%llu in %s, attempts %u mean %.1f ",
                      number(numbers.culprits_dead), number(numbers.culprits),
                      text_of(numbers.settling).c_str(), numbers.attempts, numbers.mean_attempts);
  }
  line += formatted(" innocents dead %llu waiting %llu of %llu, attempts %u mean %.2f ",
                    number(numbers.innocents_dead), number(numbers.innocents_waiting),
                    number(numbers.innocents), numbers.innocent_attempts,
                    numbers.mean_innocent_attempts);
  if (row.has_outage()) {
    line += formatted(
        " outage: sends %llu wasted/s %.2f  first %s drained %s (ideal %s)  overshoot %.2f"
        "  disorder %.3f  ambiguous probes %llu ",
        number(world.records().starts_in_outage()), numbers.wasted,
        text_of(numbers.recovery).c_str(), text_of(numbers.draining).c_str(),
        text_of(numbers.ideal_draining).c_str(), numbers.overshoot, numbers.disorder,
        number(world.records().ambiguous_probes()));
  }
  if (row.plan.service.heals_at != Duration::max()) line += " healed " + text_of(numbers.healing);
  line += formatted(" doubles %llu  health %llu  standstill %s, %llu starts  idle %llu%s",
                    number(numbers.doubles), number(world.health_probes()),
                    text_of(world.records().longest_standstill()).c_str(),
                    number(world.records().most_starts_in_vain()), number(world.idle_turns()),
                    world.is_stuck() ? "  STUCK" : "");
  return line;
}

void judge_row(const SickNumbers& numbers, const SickWorld& world, const SickRow& row) {
  judge_healthy(numbers, row);
  judge_culprits(numbers, row);
  judge_innocents(numbers, row);
  judge_outage(numbers, row);
  EXPECT_EQ(world.records().ambiguous_probes(), 0U)
      << "sends that may have arrived, repeated in an outage before their own back-off";
  EXPECT_LE(world.records().longest_standstill(), row.bounds.most_standstill);
  EXPECT_EQ(world.idle_turns(), 0U) << "a worker that may do nothing would spin";
  EXPECT_FALSE(world.is_stuck()) << "time stands still: a livelock";
}

}  // namespace awps
