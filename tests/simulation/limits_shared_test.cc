// One limit that a fleet shares by its partitions of a stream (shared_by): what is used of it, what
// is refused, and how equal the daemons are, while they stay, join, leave and die, and where the
// service takes less than was configured. AWPS_LIMITS_TABLE=1 prints the table.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <numeric>

#include "base/random.h"
#include "tests/simulation/limit_row.h"

namespace awps {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr double kLimit = 1000;
constexpr uint32_t kPartitionsEach = 8;

auto always(double rate) {
  return [rate](Duration) { return rate; };
}

/// At that time a daemon hears what it owns from then on.
struct Move {
  Duration at{};
  size_t daemon = 0;
  uint32_t owned = 0;
};

struct SharedRow {
  LimitRow row;
  uint32_t all = 0;
  std::vector<Move> moves;  // by time

  friend std::ostream& operator<<(std::ostream& stream, const SharedRow& shared) {
    return stream << shared.row;
  }
};

/// Daemons of equal parts; each wants `demand` times its part.
SharedRow equal(std::string name, size_t daemons, double demand, LimitBounds bounds) {
  SharedRow shared;
  shared.row = {.name = std::move(name),
                .plan = {.service = {.spread = milliseconds(4)},
                         .hubs = daemons,
                         .daemons = daemons,
                         .most_waiting = 2000},
                .length = seconds(20),
                .judged_from = seconds(5),
                .judged_to = seconds(20),
                .permitted = kLimit,
                .bounds = bounds};
  LimitPlan& plan = shared.row.plan;
  plan.service.permitted = always(kLimit);
  plan.endpoint = {.requests_per_second = kLimit, .shared_by = "orders"};
  shared.all = kPartitionsEach * static_cast<uint32_t>(daemons);
  for (size_t daemon = 0; daemon < daemons; ++daemon) {
    plan.producers.push_back(
        {.hub = daemon, .rate = demand * kLimit / static_cast<double>(daemons)});
    shared.moves.push_back({.daemon = daemon, .owned = kPartitionsEach});
  }
  return shared;
}

/// The service takes 30 % less than was configured: 429 teach the rest.
SharedRow configured_too_high(size_t daemons, std::optional<Duration> retry_after,
                              LimitBounds bounds) {
  SharedRow shared = equal("30_percent_below_by_" + std::to_string(daemons), daemons, 3, bounds);
  LimitRow& row = shared.row;
  if (retry_after) row.name += "_retry_after_1";
  row.plan.service.permitted = always(0.7 * kLimit);
  row.plan.service.retry_after = retry_after;
  row.permitted = 0.7 * kLimit;
  row.length = row.judged_to = seconds(90);
  row.judged_from = seconds(40);
  return shared;
}

/// Ten daemons; what each wants follows from its keys, which are wanted by Zipf's law.
SharedRow unequal(size_t keys, double demand, LimitBounds bounds) {
  static constexpr size_t kDaemons = 10;
  SharedRow shared =
      equal("zipf_of_" + std::to_string(keys) + "_keys" + (demand > 1 ? "_at_1_5" : "_at_limit"),
            kDaemons, demand, bounds);
  Random random(1);
  std::vector<double> weights(kDaemons);
  for (size_t key = 1; key <= keys; ++key) {
    weights[random.below(shared.all) % kDaemons] += 1 / static_cast<double>(key);
  }
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  for (size_t daemon = 0; daemon < kDaemons; ++daemon) {
    shared.row.plan.producers[daemon].rate = demand * kLimit * weights[daemon] / sum;
  }
  return shared;
}

/// Four daemons, of which one owns nothing at first and in the end: it sends at the least part, by
/// which the fleet is above its limit. First those who have too much give back, a second later the
/// others have it.
SharedRow one_comes_and_goes() {
  SharedRow shared =
      equal("one_comes_and_goes", 4, 3, {.least_share = 0.99, .most_throttled = 0.01});
  shared.all = 64;
  shared.row.length = shared.row.judged_to = seconds(60);
  shared.moves = {{{}, 0, 22},          {{}, 1, 21},          {{}, 2, 21},
                  {seconds(20), 0, 16}, {seconds(20), 1, 16}, {seconds(20), 2, 16},
                  {seconds(21), 3, 16}, {seconds(40), 3, 0},  {seconds(41), 0, 22},
                  {seconds(41), 1, 21}, {seconds(41), 2, 21}};
  return shared;
}

/// One of four dies: for a session's time nobody has what was its own.
SharedRow one_dies() {
  SharedRow shared = equal("one_dies", 4, 3, {.least_share = 0.99, .most_throttled = 0});
  shared.row.length = shared.row.judged_to = seconds(80);
  shared.row.judged_from = seconds(51);
  shared.row.plan.producers[3].until = seconds(20);
  shared.row.plan.most_waiting = 200;
  shared.moves.push_back({seconds(50), 0, 11});
  shared.moves.push_back({seconds(50), 1, 11});
  shared.moves.push_back({seconds(50), 2, 10});
  return shared;
}

std::vector<SharedRow> rows() {
  const LimitBounds full{
      .least_share = 0.99, .most_throttled = 0, .least_fair_daemons = 0.999, .least_part = 0.99};
  return {
      equal("equal_2", 2, 3, full),
      equal("equal_10", 10, 3, full),
      equal("equal_50", 50, 3, full),
      configured_too_high(2, std::nullopt,
                          {.least_share = 0.99, .least_fair_daemons = 0.95, .least_part = 0.75}),
      configured_too_high(10, std::nullopt,
                          {.least_share = 0.99, .least_fair_daemons = 0.9, .least_part = 0.5}),
      configured_too_high(50, std::nullopt,
                          {.least_share = 0.99, .least_fair_daemons = 0.95, .least_part = 0.6}),
      configured_too_high(2, seconds(1), {.least_share = 0.93, .least_part = 0.8}),
      configured_too_high(10, seconds(1), {.least_share = 0.95, .least_part = 0.5}),
      one_comes_and_goes(),
      one_dies(),
      // Many keys even partitions out; of 1,000 the first has 13 % of the demand, where a tenth of
      // the limit is a daemon's.
      unequal(100'000, 1, {.least_share = 0.84, .most_throttled = 0}),
      unequal(100'000, 1.5, {.least_share = 0.98, .most_throttled = 0}),
      unequal(1000, 1, {.least_share = 0.72, .most_throttled = 0}),
      unequal(1000, 1.5, {.least_share = 0.87, .most_throttled = 0}),
  };
}

class LimitsOfAStream : public testing::TestWithParam<SharedRow> {};

TEST_P(LimitsOfAStream, KeepItsBounds) {
  const LimitRow& row = GetParam().row;
  LimitWorld world(row.plan);
  auto run_to = [&, next = GetParam().moves.begin()](Duration until) mutable {
    for (; next != GetParam().moves.end() && next->at <= until; ++next) {
      world.run(next->at);
      world.own(next->daemon, next->owned, GetParam().all);
    }
    world.run(until);
  };
  run_to(row.judged_from);
  world.begin_parts();
  run_to(row.length);
  const LimitNumbers numbers = measure(world, row);
  if (std::getenv("AWPS_LIMITS_TABLE") != nullptr) {
    std::puts(line_of(numbers, world, row).c_str());
  }
  judge_row(numbers, world, row);
}

INSTANTIATE_TEST_SUITE_P(Rows, LimitsOfAStream, testing::ValuesIn(rows()),
                         [](const auto& row) { return row.param.row.name; });

}  // namespace
}  // namespace awps
