// Nobody is answered for a while, in every way and for any length: nothing may be given up for it,
// no send that may have arrived may be repeated as a probe, and all of it must end in order and
// within the pace. One row a scene, see sick_row.h. AWPS_SICK_TABLE=1 prints the table.

#include "tests/simulation/sick_scenes.h"

namespace awps {
namespace {

constexpr std::array kWays = {
    Sickness::k500Fast,   Sickness::kResetAfter, Sickness::kTimeout, Sickness::kRefused,
    Sickness::k503,       Sickness::k503After1,  Sickness::k504,     Sickness::k429,
    Sickness::k429After1, Sickness::k401,        Sickness::k403Html, Sickness::k404Html,
    Sickness::k404Empty,  Sickness::k400OldHub,  Sickness::k400Html, Sickness::k410Html,
    Sickness::k302,
};

SickRow at_rate(SickRow row, double rate, double pace) {
  row.name += "_at_" + std::to_string(static_cast<int>(rate));
  row.plan.producers.front().rate = rate;
  row.plan.service.targets = 2000;
  row.plan.endpoint.requests_per_second = pace;
  const double backlog = rate * to_seconds(row.plan.service.outage.to);
  row.length += from_seconds(1.3 * backlog / pace);
  return row;
}

SickRow one_a_minute(Sickness way, Duration length) {
  SickRow row = outage(way, length);
  row.name += "_one_a_minute";
  row.plan.producers.front().rate = 1.0 / 60;
  // Its own back-off alone lets the first action try so often, and the mean one half as often.
  const double tries = to_seconds(length) / 15;
  row.bounds.mean_innocent_attempts = 10 + tries / 2;
  row.bounds.most_recovery = seconds(32);
  row.bounds.mean_innocent_attempts =
      way == Sickness::kRefused ? 80 : row.bounds.mean_innocent_attempts;
  return row;
}

// /api/health answers all the time.
SickRow health_lies(Sickness way, Duration length) {
  SickRow row = outage(way, length);
  row.name += "_health_lies";
  row.plan.service.health_lies = true;
  // Sends themselves must ask: a back-off of up to 30 s.
  row.bounds.most_recovery = seconds(32);
  return row;
}

SickRow flapping(Sickness way) {
  SickRow row = outage(way, seconds(60));
  row.name = "flapping_" + std::string(name_of(way));
  row.plan.service.outage.period = seconds(6);
  row.plan.service.outage.down = seconds(3);
  row.plan.producers.front().rate = kHealthyRate;
  row.bounds.most_disorder = 1;
  return row;
}

// Some targets were sick before, and stay so.
SickRow with_sick_targets(Sickness way) {
  SickRow row = outage(way, seconds(60));
  row.name += "_sick_targets";
  row.plan.service.fraction = 0.12;
  row.plan.service.targets_are = Sickness::k500Fast;
  row.plan.producers.front().targets = SickProducer::Targets::kAll;
  row.length += minutes(3);
  row.plan.producers.front().until = row.length - seconds(10);
  row.bounds.culprits_die = true;
  row.bounds.most_attempts = 40;
  return row;
}

std::vector<SickRow> rows() {
  std::vector<SickRow> rows;
  for (const Sickness way : kWays) {
    for (const int length : {1, 5, 60, 600}) rows.push_back(outage(way, seconds(length)));
  }
  for (const Sickness way :
       {Sickness::k500Fast, Sickness::kTimeout, Sickness::kRefused, Sickness::k403Html}) {
    rows.push_back(outage(way, hours(1)));
    rows.push_back(at_rate(outage(way, seconds(60)), 2000, 3000));
    rows.push_back(one_a_minute(way, minutes(10)));
    rows.push_back(one_a_minute(way, hours(1)));
    if (long_rows_wanted()) rows.push_back(at_rate(outage(way, minutes(20)), 2000, 5000));
    if (long_rows_wanted()) rows.push_back(at_rate(outage(way, hours(1)), 200, kPace));
  }
  for (const Sickness way : {Sickness::k500Fast, Sickness::kTimeout, Sickness::k404Html}) {
    for (const int length : {5, 60, 1200}) rows.push_back(health_lies(way, seconds(length)));
  }
  for (const Sickness way :
       {Sickness::k500Fast, Sickness::k504, Sickness::kRefused, Sickness::k403Html}) {
    rows.push_back(flapping(way));
  }
  rows.push_back(with_sick_targets(Sickness::k500Fast));
  rows.push_back(with_sick_targets(Sickness::kTimeout));
  rows.push_back(with_sick_targets(Sickness::k403Html));
  return rows;
}

class SickOutages : public testing::TestWithParam<SickRow> {};

TEST_P(SickOutages, CostNoAction) {
  check_row(GetParam());
}

INSTANTIATE_TEST_SUITE_P(Rows, SickOutages, testing::ValuesIn(rows()),
                         [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace awps
