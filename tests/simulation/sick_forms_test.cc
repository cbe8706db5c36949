// What is sick is not a target but a kind of action, a form of request, a hub, an address or a
// producer's poison; or a target that becomes well; or there is throttling besides. One row a
// scene, see sick_row.h. AWPS_SICK_TABLE=1 prints the table.

#include "tests/simulation/sick_scenes.h"

namespace awps {
namespace {

using Targets = SickProducer::Targets;

SickBounds as_alone() {
  return {.least_share = 0.95, .most_p99 = 2, .most_told = seconds(5)};
}

// ---- a kind

SickRow sick_kind(Sickness way) {
  SickRow row{.name = "kind_" + std::string(name_of(way)), .plan = plain_plan()};
  row.plan.service.sick_kind = ActionKind::kAddUserToGroup;
  row.plan.service.kind_is = way;
  row.plan.hub.retry.max_age = seconds(60);
  row.plan.producers = {{.rate = 20, .until = seconds(20), .kind = ActionKind::kAddUserToGroup},
                        {.rate = kHealthyRate}};
  row.bounds = as_alone();
  row.bounds.culprits_die = true;
  row.bounds.most_attempts = 80;
  row.length = minutes(6);
  return row;
}

// ---- a form: whatever carries a filter fails

SickRow sick_filters(Sickness way) {
  SickRow row{.name = "fan_out_" + std::string(name_of(way)), .plan = plain_plan()};
  row.plan.service.filters_are = way;
  row.plan.hub.coalesce = {.fan_out_min = 2};
  row.plan.endpoint.requests_per_second = 100;
  row.plan.producers = {{.at_once = 60, .every = seconds(1), .until = seconds(120)}};
  row.judged_to = seconds(120);
  row.bounds = {.least_share = 0.95, .innocents_arrive = true, .most_innocent_attempts = 20};
  // A form is doubted after two failures, each of which takes the client's timeout.
  if (way == Sickness::kTimeout) row.bounds.least_share = 0.9;
  return row;
}

SickRow sick_bulk(Sickness way) {
  SickRow row = sick_filters(way);
  row.name = "bulk_" + std::string(name_of(way));
  row.plan.hub.coalesce.bulk_membership = true;
  row.plan.producers.front().kind = ActionKind::kAddUserToGroup;
  // Those that waited meanwhile were superseded.
  if (way == Sickness::kTimeout) row.bounds.least_share = 0.6;
  return row;
}

// A request with one sick member fails as a whole.
SickRow sick_members(Sickness way) {
  SickRow row = sick_filters(Sickness::kNone);
  row.name = "fan_out_members_" + std::string(name_of(way));
  row.plan.service.fraction = 0.12;
  row.plan.service.targets_are = way;
  row.plan.producers.front().targets = Targets::kAll;
  row.bounds.culprits_die = true;
  row.bounds.most_attempts = 90;
  // At the end nobody else is tried: then their age ends them, unless it may be the address.
  row.bounds.culprits_die = way == Sickness::k500Fast;
  row.length = minutes(15);
  row.bounds.most_standstill = minutes(15);
  return row;
}

// ---- a hub, an address, health

SickRow sick_hub(Sickness way) {
  SickRow row{.name = "hub_" + std::string(name_of(way)), .plan = plain_plan()};
  row.plan.hubs = 2;
  row.plan.service.sick_hub = 1;
  row.plan.service.hub_is = way;
  row.plan.producers = {{.rate = 20, .hub = 1}, {.rate = kHealthyRate}};
  row.judged_from = is_throttling(way) ? seconds(120) : seconds(5);
  row.judged_to = row.judged_from + seconds(60);
  row.length = seconds(200);
  row.bounds = as_alone();
  if (is_throttling(way)) row.bounds.most_told = minutes(1);
  return row;
}

SickRow dead_address() {
  SickRow row{.name = "one_address_dead", .plan = plain_plan()};
  row.plan.service.one_address_dead = true;
  row.plan.producers = {{.rate = 20, .until = seconds(60)}};
  row.bounds = {.least_share = 0.95, .innocents_arrive = true, .most_standstill = seconds(10)};
  return row;
}

SickRow broken_health(double fraction) {
  SickRow row = sick_targets(Sickness::k500Fast, fraction);
  row.name = fraction > 0 ? "health_broken_sick_targets" : "health_broken";
  row.plan.service.health_is_broken = true;
  row.plan.producers = {{.targets = Targets::kAll, .rate = kHealthyRate / (1 - fraction)}};
  row.bounds.culprits_die = fraction > 0;
  return row;
}

// Nobody else is asked, so that only health can tell whose fault it is.
SickRow nobody_else(Sickness way) {
  SickRow row{.name = "nobody_else_" + std::string(name_of(way)), .plan = plain_plan()};
  row.plan.service.fraction = 0.01;
  row.plan.service.targets_are = way;
  row.plan.hub.retry = {.max_attempts = 3, .max_age = seconds(60)};
  row.plan.producers = {{.targets = Targets::kOneSick, .at_once = 2}};
  row.length = minutes(10);
  row.bounds = {.culprits_die = true, .most_attempts = 30, .most_standstill = minutes(3)};
  // A refusal while nobody is answered speaks of the address: nothing is given up.
  if (way == Sickness::k404Html) {
    row.bounds = {.most_attempts = 60, .most_standstill = minutes(10)};
  }
  return row;
}

// ---- neighbours

// Half of the targets get one poisoned action each; the neighbours' own must all arrive.
SickRow poison(Sickness way) {
  SickRow row{.name = "poison_" + std::string(name_of(way)), .plan = plain_plan()};
  row.plan.service.poison_is = way;
  row.plan.hub.retry.max_attempts = 5;
  row.plan.culprits_each = 1;
  row.plan.producers = {
      {.targets = Targets::kAll, .at_once = 100, .from = seconds(5), .poisons = true},
      {.targets = Targets::kAll, .rate = kHealthyRate, .until = seconds(100)}};
  row.judged_from = seconds(10);
  row.judged_to = seconds(70);
  row.bounds = as_alone();
  row.bounds.culprits_die = true;
  row.bounds.most_attempts = 20;
  row.bounds.innocents_arrive = true;
  row.length = minutes(5);
  // What waits behind a poison that hangs, or pauses the endpoint, waits as long.
  if (way == Sickness::kTimeout || is_throttling(way)) {
    row.bounds.most_p99 = 0;
    row.bounds.most_standstill = minutes(12);
    row.bounds.most_attempts = 40;
    row.plan.producers.back().until = minutes(8);
    if (is_throttling(way)) row.judged_from = minutes(5);
    row.judged_to = row.judged_from + minutes(1);
    row.length = minutes(15);
  }
  return row;
}

// ---- becoming well

SickRow healing(Sickness way) {
  SickRow row = sick_targets(way, 0.12);
  row.name = "healing_" + std::string(name_of(way));
  row.plan.service.heals_at = seconds(60);
  row.plan.culprits_each = 1000;
  row.plan.producers = {{.targets = Targets::kSick, .rate = 20}, {.rate = kHealthyRate}};
  row.bounds.culprits_die = false;
  row.bounds.most_settling = Duration::max();
  row.bounds.most_healing = seconds(35);
  // Their own attempts hang when they become well.
  if (way == Sickness::kTimeout) row.bounds.most_p99 = 40;
  if (is_throttling(way)) {
    row.bounds.most_healing = seconds(60);
    row.bounds.most_p99 = 0;
  }
  return row;
}

// ---- throttling besides

SickRow bucket(Sickness way, std::optional<Duration> retry_after) {
  SickRow row = sick_targets(way, 0.12);
  row.name = "bucket_" + std::string(retry_after ? "ra1_" : "") + std::string(name_of(way));
  row.plan.endpoint.requests_per_second = 0;
  row.plan.service.limits.permitted = [](Duration) { return 300.0; };
  row.plan.service.limits.retry_after = retry_after;
  row.plan.producers = {{.targets = Targets::kSick, .rate = 2, .until = seconds(24)},
                        {.rate = 400, .until = seconds(120)}};
  row.judged_from = seconds(10);
  row.judged_to = seconds(70);
  row.bounds.most_told = Duration::max();
  row.bounds.least_share = 0.93;
  row.bounds.most_attempts = 30;
  return row;
}

SickRow unrelated_429(Sickness way) {
  SickRow row = sick_targets(way, 0.12);
  row.name = "unrelated_429_" + std::string(name_of(way));
  row.plan.service.unrelated_429 = 0.01;
  row.plan.producers = {{.targets = Targets::kAll, .rate = kHealthyRate / 0.88}};
  row.bounds.most_told = Duration::max();
  return row;
}

// Nobody is sick: ordinary throttling gives nothing up, not even with three attempts.
SickRow throttling(double offered, std::optional<Duration> retry_after, double foreign) {
  SickRow row{.name = "throttling_" + std::to_string(static_cast<int>(offered)) +
                      (retry_after ? "_ra1" : "") + (foreign > 0 ? "_foreign" : ""),
              .plan = plain_plan()};
  row.plan.endpoint.requests_per_second = 0;
  row.plan.service.limits.permitted = [](Duration) { return 100.0; };
  row.plan.service.limits.retry_after = retry_after;
  row.plan.service.unrelated_429 = foreign;
  row.plan.hub.retry.max_attempts = 3;
  row.plan.producers = {{.rate = offered}};
  row.length = minutes(10);
  return row;
}

std::vector<SickRow> rows() {
  std::vector<SickRow> rows = {dead_address(),
                               broken_health(0),
                               broken_health(0.12),
                               sick_kind(Sickness::k403Forbidden),
                               sick_kind(Sickness::k500Fast),
                               sick_kind(Sickness::k404Html)};
  for (const Sickness way : {Sickness::k500Fast, Sickness::k404Empty, Sickness::k403Forbidden,
                             Sickness::kTimeout, Sickness::k403Html}) {
    rows.push_back(sick_filters(way));
    rows.push_back(sick_bulk(way));
  }
  for (const Sickness way :
       {Sickness::k500Fast, Sickness::k403Html, Sickness::kTimeout, Sickness::k429After1}) {
    rows.push_back(sick_hub(way));
    rows.push_back(poison(way));
    rows.push_back(healing(way));
  }
  for (const Sickness way : {Sickness::k500Fast, Sickness::k404Html}) {
    rows.push_back(sick_members(way));
    rows.push_back(nobody_else(way));
    rows.push_back(bucket(way, std::nullopt));
    rows.push_back(bucket(way, seconds(1)));
    rows.push_back(unrelated_429(way));
  }
  for (const double offered : {150.0, 1000.0}) {
    rows.push_back(throttling(offered, std::nullopt, 0));
    rows.push_back(throttling(offered, seconds(1), 0));
    rows.push_back(throttling(offered, std::nullopt, 0.8));
  }
  return rows;
}

class SickForms : public testing::TestWithParam<SickRow> {};

TEST_P(SickForms, HarmNobodyElse) {
  check_row(GetParam());
}

INSTANTIATE_TEST_SUITE_P(Rows, SickForms, testing::ValuesIn(rows()),
                         [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace awps
