// The limits against services whose limits are known, in virtual time: how much of what is
// permitted is used, how much is refused, who gets how much, and how soon all is well again. One
// row a scene, judged by numbers; see limit_row.h. AWPS_LIMITS_TABLE=1 prints the table.

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>

#include "tests/simulation/limit_row.h"

namespace awps {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Duration kNear = microseconds(500);
constexpr Duration kFar = milliseconds(25);

auto always(double rate) {
  return [rate](Duration) { return rate; };
}

// Full of trouble between the two times, well otherwise.
auto trouble(Mood mood, Duration from, Duration to) {
  return [=](Duration at, size_t) { return at >= from && at < to ? mood : Mood::kWell; };
}

std::vector<ProducerPlan> one_producer(double rate) {
  return {{.rate = rate}};
}

// ---- a limit that the service has

LimitRow throttle(std::string name, Duration round_trip, std::optional<Duration> retry_after,
                  LimitBounds bounds = {.least_share = 0.97, .most_throttled = 0.01}) {
  return {.name = std::move(name),
          .plan = {.service = {.round_trip = round_trip,
                               .permitted = always(1000),
                               .retry_after = retry_after},
                   .producers = one_producer(5000)},
          .permitted = 1000,
          .bounds = bounds};
}

LimitRow slow_ramp() {
  LimitRow row = throttle("slow_ramp", kFar, std::nullopt);
  row.plan.service.permitted = [](Duration at) {
    return 200 + 45 * std::min(to_seconds(at), 40.0);
  };
  row.permitted = (40 * 1100.0 + 20 * 2000.0) / 60;
  row.bounds.least_share = 0.7;
  return row;
}

LimitRow limit_that_falls_and_rises() {
  LimitRow row = throttle("limit_that_falls_and_rises", kFar, std::nullopt);
  row.plan.service.permitted = [](Duration at) {
    return at < seconds(20) || at >= seconds(40) ? 1500.0 : 300.0;
  };
  row.permitted = 1100;
  row.bounds.least_share = 0.58;
  return row;
}

LimitRow ten_hubs_throttled() {
  LimitRow row = throttle("ten_hubs_throttled", milliseconds(5), std::nullopt);
  row.plan.hubs = 10;
  row.bounds.least_fair_hubs = 0.995;
  row.plan.producers.clear();
  row.length = row.judged_to = seconds(30);
  for (size_t hub = 0; hub < 10; ++hub) {
    row.plan.producers.push_back({.hub = hub, .rate = hub == 0 ? 2000.0 : 300.0});
  }
  return row;
}

LimitRow ten_producers_throttled() {
  LimitRow row = throttle("ten_producers_throttled", milliseconds(5), std::nullopt);
  row.bounds.least_fair_producers = 0.995;
  row.plan.producers.clear();
  for (size_t i = 0; i < 10; ++i) row.plan.producers.push_back({.rate = i == 0 ? 2000.0 : 300.0});
  return row;
}

// ---- what it can carry out

LimitRow fixed_capacity() {
  return {.name = "fixed_capacity",
          .plan = {.service = {.capacity = always(2000)}, .producers = one_producer(5000)},
          .permitted = 2000,
          .bounds = {.least_share = 0.99}};
}

LimitRow brown_out() {
  LimitRow row{.name = "brown_out",
               .plan = {.producers = one_producer(1500)},
               .judged_from = seconds(20),
               .judged_to = seconds(40),
               .permitted = 200,
               .trouble_ended = seconds(40),
               .full_rate = 2000,
               .bounds = {.least_share = 0.97, .most_recovery = seconds(1)}};
  row.plan.service.capacity = [](Duration at) {
    return at >= seconds(20) && at < seconds(40) ? 200.0 : 2000.0;
  };
  return row;
}

// 55 are under way at once, of 64; judged from 5 s after the quick ones.
LimitRow quick_answers_of_another_kind() {
  LimitRow row{
      .name = "quick_answers_of_another_kind",
      .plan = {.service = {.round_trip = milliseconds(55), .round_trip_of_others = milliseconds(1)},
               .producers = one_producer(1000)},
      .judged_from = seconds(25),
      .permitted = 1000,
      .bounds = {.least_share = 0.95}};
  row.plan.producers.push_back(
      {.rate = 60'000, .from = seconds(20), .until = milliseconds(20'005), .sends = false});
  return row;
}

// ---- a service that is not there

// It ends between two probes.
constexpr Duration kBegins = seconds(10);
constexpr Duration kBetween = milliseconds(300);

LimitRow outage(std::string name, Mood mood, Duration length) {
  return {
      .name = std::move(name),
      .plan = {.service = {.mood = trouble(mood, kBegins, kBegins + kBetween + length)},
               .producers = one_producer(500),
               .endpoint = {.requests_per_second = 2000}},
      .length = seconds(30) + length,
      .judged_from = seconds(12) + length,
      .judged_to = seconds(15) + length,
      .permitted = 2000,
      .trouble_ended = kBegins + kBetween + length,
      .full_rate = 2000,
      .bounds = {.least_share = 0.97, .most_recovery = milliseconds(2500), .most_overshoot = 1.11}};
}

LimitRow long_outage(std::string name, Mood mood) {
  LimitRow row = outage(std::move(name), mood, minutes(15));
  row.plan.producers = one_producer(50);
  return row;
}

LimitRow great_outage(std::string name) {
  LimitRow row = outage(std::move(name), Mood::kRefusesConnections, seconds(60));
  row.plan.producers = one_producer(10'000);
  row.plan.endpoint.requests_per_second = 12'000;
  row.permitted = row.full_rate = 12'000;
  row.length = seconds(80);
  return row;
}

LimitRow great_outage_of_a_throttle() {
  LimitRow row = great_outage("outage_60_s_at_10000_limit_learnt");
  row.plan.endpoint.requests_per_second = 0;
  row.plan.service.permitted = always(12'000);
  row.bounds.least_share = 0.9;
  row.bounds.most_throttled = 0.01;
  return row;
}

LimitRow flapping() {
  LimitRow row = outage("flapping", Mood::kRefusesConnections, seconds(60));
  row.plan.service.mood = [](Duration at, size_t) {
    return at % milliseconds(3700) < milliseconds(2200) ? Mood::kWell : Mood::kRefusesConnections;
  };
  row.plan.producers = one_producer(2000);
  row.judged_from = seconds(4);
  row.judged_to = seconds(60);
  row.length = seconds(60);
  row.permitted = 2000 * 2.2 / 3.7;
  row.trouble_ended = Duration::zero();
  row.bounds = {.least_share = 0.75};
  return row;
}

std::vector<LimitRow> rows() {
  return {
      throttle("throttle_near", kNear, std::nullopt),
      throttle("throttle_far", kFar, std::nullopt),
      throttle("throttle_near_retry_after_1", kNear, seconds(1),
               {.least_share = 0.9, .most_throttled = 0.003}),
      throttle("throttle_far_retry_after_1", kFar, seconds(1),
               {.least_share = 0.9, .most_throttled = 0.003}),
      throttle("throttle_near_retry_after_5", kNear, seconds(5),
               {.least_share = 0.6, .most_throttled = 0.003}),
      throttle("throttle_far_retry_after_5", kFar, seconds(5),
               {.least_share = 0.6, .most_throttled = 0.003}),
      slow_ramp(),
      limit_that_falls_and_rises(),
      ten_hubs_throttled(),
      ten_producers_throttled(),
      fixed_capacity(),
      quick_answers_of_another_kind(),
      brown_out(),
      outage("connections_refused", Mood::kRefusesConnections, seconds(20)),
      outage("server_errors", Mood::kFails, seconds(20)),
      outage("black_hole", Mood::kBlackHole, seconds(25)),
      flapping(),
      great_outage("outage_60_s_at_10000"),
      great_outage_of_a_throttle(),
      long_outage("outage_15_min_refused", Mood::kRefusesConnections),
      long_outage("outage_15_min_server_errors", Mood::kFails),
      long_outage("outage_15_min_black_hole", Mood::kBlackHole),
  };
}

class LimitsTable : public testing::TestWithParam<LimitRow> {};

TEST_P(LimitsTable, KeepsItsBounds) {
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

INSTANTIATE_TEST_SUITE_P(Rows, LimitsTable, testing::ValuesIn(rows()),
                         [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace awps
