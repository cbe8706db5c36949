#pragma once

// SickRow: one scene of the tables of persistent faults, the numbers that it came to, and the
// bounds that they must keep.
//
// 1. What no scene may do is judged in every row: give up what is innocent, let it expire, repeat
//    an ambiguous send in an outage before its own back-off, stand still, or spin.
// 2. What a row's bounds do not name is measured and printed, but not judged.

#include <gtest/gtest.h>

#include <string>

#include "tests/simulation/sick_world.h"

namespace awps {

struct SickBounds {
  // Against the same run without the culprits.
  double least_share = 0;                // of the healthy deliveries in the judged time
  double most_p99 = 0;                   // times that of alone, and a round trip; 0: any
  Duration most_told = Duration::max();  // until the healthy are delivered at 90 % of the rate
  // Of the culprits.
  bool culprits_die = false;                 // each is a dead letter at the end
  Duration most_settling = Duration::max();  // from accept
  uint32_t most_attempts = UINT32_MAX;
  Duration most_healing = Duration::max();  // from heals_at, until each is served as usual
  // Of the innocent.
  bool innocents_arrive = false;  // each is delivered at the end
  uint32_t most_innocent_attempts = UINT32_MAX;
  double mean_innocent_attempts = 1e9;
  // Of an outage.
  double most_wasted = 1e9;                  // requests a second, after its first 5 s
  Duration most_recovery = Duration::max();  // from its end to the first delivery
  double most_draining = 0;     // times what the pace needs for the backlog, and 2 s; 0: any
  double most_overshoot = 1e9;  // starts of the worst second after it, of the pace
  double most_disorder = 1;     // of the backlog's neighbours, started in the wrong order

  Duration most_standstill = std::chrono::seconds(35);
};

struct SickRow {
  std::string name;
  SickPlan plan;
  Duration length = std::chrono::seconds(200);
  Duration judged_from{0};
  Duration judged_to = std::chrono::seconds(60);
  Duration told_from{0};  // when the sick ones come
  SickBounds bounds;

  bool has_outage() const { return plan.service.outage.as != Sickness::kNone; }
  friend std::ostream& operator<<(std::ostream& stream, const SickRow& row) {
    return stream << row.name;
  }
};

/// What a row came to.
struct SickNumbers {
  double share = 0;
  double p99_ms = 0;
  double alone_p99_ms = 0;
  double p50_ms = 0;
  double worst_ms = 0;
  Duration told = Duration::max();

  uint64_t culprits = 0;
  uint64_t culprits_dead = 0;
  Duration settling{0};  // max: some are not settled
  uint32_t attempts = 0;
  double mean_attempts = 0;
  Duration healing = Duration::max();

  uint64_t innocents = 0;
  uint64_t innocents_dead = 0;  // dead letters, or expired
  uint64_t innocents_waiting = 0;
  uint32_t innocent_attempts = 0;
  double mean_innocent_attempts = 0;
  uint64_t doubles = 0;  // sends that took effect twice or more

  double wasted = 0;
  Duration recovery = Duration::max();
  Duration draining = Duration::max();
  Duration ideal_draining{0};
  double overshoot = 0;
  double disorder = 0;
};

/// Runs the row, and the same alone if it is compared with it.
void check_row(const SickRow& row);

SickNumbers measure(const SickWorld& world, const SickRow& row);
/// Compares with the same run without the culprits.
void compare(SickNumbers& numbers, const SickWorld& world, const SickWorld& alone,
             const SickRow& row);
/// One line, for people.
std::string line_of(const SickNumbers& numbers, const SickWorld& world, const SickRow& row);
void judge_row(const SickNumbers& numbers, const SickWorld& world, const SickRow& row);

/// Rows that take more than a second are run only with AWPS_SICK_LONG=1.
bool long_rows_wanted();

}  // namespace awps
