// A share of the targets is sick for good, in every way: the others must be served as if alone, and
// the sick ones must end as dead letters. One row a scene, see sick_row.h. AWPS_SICK_TABLE=1 prints
// the table; it is the harness for whoever changes the evidence of trouble.

#include <cmath>

#include "tests/simulation/sick_scenes.h"

namespace awps {
namespace {

constexpr std::array kWays = {
    Sickness::k500Fast,    Sickness::k500Slow,   Sickness::kResetBefore, Sickness::kResetAfter,
    Sickness::kTimeout,    Sickness::k429,       Sickness::k429After0,   Sickness::k429After1,
    Sickness::k429After30, Sickness::k503After1, Sickness::k401,         Sickness::k403Html,
    Sickness::k404Html,    Sickness::k404Empty,  Sickness::k400Old,      Sickness::k400OldHub,
};

std::string percent(double fraction) {
  return std::to_string(static_cast<int>(std::lround(100 * fraction)));
}

// One producer sends to all targets in turn.
SickRow mixed(Sickness way, double fraction) {
  SickRow row = sick_targets(way, fraction);
  row.name = "mixed_" + percent(fraction) + "_" + std::string(name_of(way));
  row.plan.producers = {
      {.targets = SickProducer::Targets::kAll, .rate = kHealthyRate / (1 - fraction)}};
  return row;
}

// All sick ones come together, before anybody was answered.
SickRow sick_first(Sickness way) {
  SickRow row = sick_targets(way, 0.5);
  row.name = "sick_first_" + std::string(name_of(way));
  row.plan.producers = {{.targets = SickProducer::Targets::kSick, .at_once = 200},
                        {.rate = kHealthyRate, .from = milliseconds(200)}};
  row.judged_from = std::max<Duration>(row.judged_from, seconds(5));
  return row;
}

// The same in a hub that is busy and fine.
SickRow burst(Sickness way) {
  SickRow row = sick_targets(way, 0.5);
  row.name = "burst_" + std::string(name_of(way));
  row.plan.producers = {
      {.targets = SickProducer::Targets::kSick, .at_once = 200, .from = seconds(10)},
      {.rate = kHealthyRate}};
  row.told_from = seconds(10);
  row.judged_from += seconds(15);
  row.judged_to += seconds(15);
  return row;
}

// Another sick target every half second.
SickRow trickling(Sickness way) {
  SickRow row = sick_targets(way, 0.5);
  row.name = "trickling_" + std::string(name_of(way));
  row.plan.producers = {{.targets = SickProducer::Targets::kSick, .rate = 2, .until = seconds(50)},
                        {.rate = kHealthyRate}};
  return row;
}

SickRow single_lane(Sickness way) {
  SickRow row = sick_targets(way, 0.01);
  row.name = "single_lane_" + std::string(name_of(way));
  row.plan.culprits_each = 12;
  row.plan.hub.retry.max_attempts = 4;
  row.plan.producers = {{.targets = SickProducer::Targets::kOneSick, .at_once = 12}, {.rate = 20}};
  return row;
}

SickRow by_age() {
  SickRow row = mixed(Sickness::k500Fast, 0.12);
  row.name = "given_up_by_age";
  row.plan.hub.retry.max_attempts = 1000;
  row.plan.hub.retry.max_age = seconds(30);
  row.bounds.most_attempts = 30;
  return row;
}

// The pace is less than what the healthy want: alone they are bound by it every moment.
SickRow saturated(Sickness way) {
  SickRow row = sick_targets(way, 0.5);
  row.name = "saturated_" + std::string(name_of(way));
  row.plan.hub.retry.max_attempts = 3;
  row.plan.producers = {{.targets = SickProducer::Targets::kSick, .at_once = 200},
                        {.rate = 1.5 * kPace}};
  return row;
}

// Nine tenths of the pace are taken: what the sick ones may cost is little. Their first attempts
// make a backlog that needs a while to drain.
SickRow near_pace(Sickness way, double fraction) {
  SickRow row = mixed(way, fraction);
  row.name = "near_pace_" + percent(fraction) + "_" + std::string(name_of(way));
  row.plan.producers.front().rate = 0.9 * kPace / (1 - fraction);
  row.judged_from += seconds(30);
  row.judged_to += seconds(30);
  return row;
}

// Requests that hang take most of the permits that there are.
SickRow few_permits(Sickness way) {
  SickRow row = mixed(way, 0.12);
  row.name = "few_permits_" + std::string(name_of(way));
  row.plan.hub.max_in_flight = 16;
  row.judged_from += minutes(2);
  row.judged_to += minutes(2);
  row.bounds.most_settling = row.length = minutes(20);
  return row;
}

SickRow at_rate(Sickness way, double rate, double pace) {
  SickRow row = mixed(way, 0.5);
  row.name = "at_" + std::to_string(std::lround(rate)) + "_a_second_" + std::string(name_of(way));
  row.plan.producers.front().rate = 2 * rate;
  row.plan.endpoint.requests_per_second = pace;
  return row;
}

// Thousands of lanes with two sick of three actions each second.
SickRow fast(Sickness way, double fraction) {
  SickRow row = at_rate(way, 2000, 3000);
  row.name = "at_2000_" + percent(fraction) + "_" + std::string(name_of(way));
  row.plan.service.targets = 2000;
  row.plan.service.fraction = fraction;
  row.plan.producers.front().rate = 2000 / (1 - fraction);
  row.plan.culprits_each = 1;
  row.plan.hub.retry.max_attempts = 4;
  row.length = seconds(70);
  row.bounds.most_settling = seconds(65);
  row.judged_from = seconds(5);
  return row;
}

SickRow one_a_minute(Sickness way) {
  SickRow row = mixed(way, 0.5);
  row.name = "one_a_minute_" + std::string(name_of(way));
  row.plan.service.targets = 10;
  row.plan.producers.front().rate = 2.0 / 60;
  row.plan.culprits_each = 1;
  row.length = hours(2);
  row.judged_to = hours(1);
  row.bounds.most_told = Duration::max();
  row.bounds.most_settling = hours(1);
  row.bounds.most_standstill = minutes(2);
  row.bounds.most_attempts = 80;  // those that nobody else was answered beside are not charged
  return row;
}

SickRow many_targets(Sickness way, uint32_t sick) {
  SickRow row = sick_targets(way, 0.99);
  row.name = "many_" + std::to_string(sick) + "_" + std::string(name_of(way));
  row.plan.service.targets = sick + 100;
  row.plan.service.fraction = static_cast<double>(sick) / (sick + 100);
  row.plan.culprits_each = 1;
  row.plan.hub.retry = {.max_attempts = 3, .max_age = seconds(60)};
  row.plan.endpoint.requests_per_second = 2000;
  row.plan.producers = {
      {.targets = SickProducer::Targets::kSick, .rate = 500, .until = seconds(sick / 500)},
      {.rate = kHealthyRate}};
  row.length = seconds(200 + sick / 50);
  row.bounds = {.least_share = 0.95, .most_p99 = 2, .culprits_die = true, .most_attempts = 20};
  return row;
}

std::vector<SickRow> rows() {
  std::vector<SickRow> rows;
  for (const double fraction : {0.01, 0.12, 0.5, 0.95}) {
    for (const Sickness way : kWays) rows.push_back(mixed(way, fraction));
  }
  for (const Sickness way :
       {Sickness::k500Fast, Sickness::kTimeout, Sickness::k403Html, Sickness::k404Empty,
        Sickness::k429After1, Sickness::k401, Sickness::k400OldHub}) {
    rows.push_back(sick_first(way));
    rows.push_back(burst(way));
    if (way != Sickness::k429After1) rows.push_back(trickling(way));
    rows.push_back(single_lane(way));
  }
  rows.push_back(by_age());
  rows.push_back(saturated(Sickness::k500Fast));
  rows.push_back(saturated(Sickness::k403Html));
  for (const Sickness way : {Sickness::k500Fast, Sickness::k500Slow, Sickness::k403Html}) {
    rows.push_back(near_pace(way, 0.12));
    rows.push_back(near_pace(way, 0.5));
  }
  rows.push_back(few_permits(Sickness::k500Slow));
  rows.push_back(few_permits(Sickness::kTimeout));
  rows.push_back(at_rate(Sickness::k500Fast, 20, kPace));
  rows.push_back(at_rate(Sickness::k404Html, 20, kPace));
  rows.push_back(one_a_minute(Sickness::k500Fast));
  rows.push_back(one_a_minute(Sickness::k403Html));
  for (const double fraction : {0.12, 0.5}) {
    rows.push_back(fast(Sickness::k500Fast, fraction));
    rows.push_back(fast(Sickness::k403Html, fraction));
  }
  rows.push_back(many_targets(Sickness::k500Fast, 10'000));
  if (long_rows_wanted()) rows.push_back(many_targets(Sickness::k500Fast, 100'000));
  return rows;
}

class SickTargets : public testing::TestWithParam<SickRow> {};

TEST_P(SickTargets, HarmNobodyElse) {
  check_row(GetParam());
}

INSTANTIATE_TEST_SUITE_P(Rows, SickTargets, testing::ValuesIn(rows()),
                         [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace awps
