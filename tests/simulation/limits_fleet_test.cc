// What 429 teach several daemons of one service that know nothing of each other, and what they must
// not teach: a share of 429 that has nothing to do with the rate costs little, and no ordinary
// throttling, however long, gives an action up. AWPS_LIMITS_TABLE=1 prints the table.

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>

#include "tests/simulation/limit_row.h"

namespace awps {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr uint64_t kWaiting = 2000;  // a hub's budget, in actions

auto always(double rate) {
  return [rate](Duration) { return rate; };
}

/// So many daemons, one hub each, that want `wanted` a second together.
LimitPlan fleet(size_t daemons, double wanted) {
  LimitPlan plan{.service = {.spread = milliseconds(4)},
                 .hubs = daemons,
                 .daemons = daemons,
                 .most_waiting = kWaiting};
  for (size_t hub = 0; hub < daemons; ++hub) {
    plan.producers.push_back({.hub = hub, .rate = wanted / static_cast<double>(daemons)});
  }
  return plan;
}

// ---- equal shares

LimitRow shared(std::string name, size_t daemons, std::optional<Duration> retry_after,
                LimitBounds bounds) {
  LimitRow row{.name = std::move(name),
               .plan = fleet(daemons, 900),
               .length = seconds(120),
               .judged_from = seconds(60),
               .judged_to = seconds(120),
               .permitted = 300,
               .bounds = bounds};
  row.plan.service.permitted = always(300);
  row.plan.service.retry_after = retry_after;
  return row;
}

LimitRow told_their_part() {
  LimitRow row = shared("five_told_20_of_100", 5, std::nullopt,
                        {.least_share = 0.95, .least_fair_daemons = 0.98, .least_part = 0.8});
  row.plan.service.permitted = always(100);
  row.permitted = 100;
  row.plan.endpoint.requests_per_second = 20;
  return row;
}

// ---- 429 that are not of the rate

LimitRow unrelated(std::string name, double chance, double rate, double least_share) {
  LimitRow row{.name = std::move(name),
               .plan = fleet(1, rate),
               .judged_from = seconds(10),
               .permitted = rate,
               .bounds = {.least_share = least_share}};
  row.plan.service.refused_by_chance = chance;
  return row;
}

// ---- nothing is given up

LimitRow throttled(size_t daemons, double wanted, std::optional<Duration> retry_after) {
  const std::string name = std::to_string(static_cast<int>(wanted)) + "_to_100_by_" +
                           std::to_string(daemons) + (retry_after ? "_retry_after_1" : "");
  LimitRow row{.name = name,
               .plan = fleet(daemons, wanted),
               .length = minutes(10),
               .judged_to = minutes(10),
               .permitted = 100,
               .bounds = {.least_share = retry_after ? 0.5 : 0.95}};
  row.plan.service.permitted = always(100);
  row.plan.service.retry_after = retry_after;
  row.plan.hub.retry.max_attempts = 3;
  return row;
}

LimitRow beside_a_flood(size_t daemons, std::optional<Duration> retry_after) {
  LimitRow row = throttled(daemons, 150, retry_after);
  row.name = "beside_a_flood_by_" + std::to_string(daemons) + (retry_after ? "_retry_after_1" : "");
  row.plan.service.refused_by_chance = 0.8;
  row.bounds = {};
  return row;
}

std::vector<LimitRow> rows() {
  std::vector<LimitRow> rows = {
      shared("shared_by_2", 2, std::nullopt,
             {.least_share = 0.97,
              .most_throttled = 0.02,
              .least_fair_daemons = 0.95,
              .least_part = 0.75}),
      shared("shared_by_2_retry_after_1", 2, seconds(1),
             {.least_share = 0.9,
              .most_throttled = 0.005,
              .least_fair_daemons = 0.95,
              .least_part = 0.7}),
      shared("shared_by_10", 10, std::nullopt,
             {.least_share = 0.97,
              .most_throttled = 0.04,
              .least_fair_daemons = 0.9,
              .least_part = 0.5}),
      shared("shared_by_10_retry_after_1", 10, seconds(1),
             {.least_share = 0.9,
              .most_throttled = 0.03,
              .least_fair_daemons = 0.9,
              .least_part = 0.5}),
      shared("shared_by_50", 50, std::nullopt,
             {.least_share = 0.97,
              .most_throttled = 0.14,
              .least_fair_daemons = 0.92,
              .least_part = 0.45}),
      shared("shared_by_50_retry_after_1", 50, seconds(1),
             // At six a second each, the first after a pause are refused again and again: now and
             // then a target is taken for a suspect, until it is answered.
             {.least_share = 0.9,
              .most_throttled = 0.06,
              .least_fair_daemons = 0.9,
              .most_charged = 1,
              .most_in_pauses = 60,
              .least_part = 0.4}),
      told_their_part(),
      unrelated("unrelated_1_in_1000", 0.001, 1000, 0.98),
      unrelated("unrelated_1_in_200", 0.005, 1000, 0.95),
      unrelated("unrelated_1_in_100", 0.01, 1000, 0.9),
      unrelated("unrelated_1_in_100_at_20", 0.01, 20, 0.9),
  };
  const std::optional<Duration> without;
  for (const size_t daemons : {1U, 2U, 10U}) {
    for (const auto& retry_after : {without, std::optional<Duration>(seconds(1))}) {
      for (const double wanted : {150.0, 1000.0}) {
        rows.push_back(throttled(daemons, wanted, retry_after));
      }
      rows.push_back(beside_a_flood(daemons, retry_after));
    }
  }
  return rows;
}

class LimitsOfAFleet : public testing::TestWithParam<LimitRow> {};

TEST_P(LimitsOfAFleet, KeepItsBounds) {
  const LimitRow& row = GetParam();
  LimitWorld world(row.plan);
  world.run(row.judged_from);
  world.begin_parts();
  world.run(row.length);
  const LimitNumbers numbers = measure(world, row);
  if (std::getenv("AWPS_LIMITS_TABLE") != nullptr) {
    std::puts(line_of(numbers, world, row).c_str());
  }
  judge_row(numbers, world, row);
}

INSTANTIATE_TEST_SUITE_P(Rows, LimitsOfAFleet, testing::ValuesIn(rows()),
                         [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace awps
