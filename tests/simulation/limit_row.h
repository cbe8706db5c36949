#pragma once

// LimitRow: one scene of the table of limits, the numbers that it came to, and the bounds that they
// must keep.
//
// 1. A bound holds today with a margin: a number that leaves it is a regression, or a discovery.
// 2. What is not named in a row's bounds is not judged, but for what no scene may do: charge an
//    action, give one up, let one expire, start one within a pause, or spin.

#include <gtest/gtest.h>

#include <string>

#include "tests/simulation/limit_world.h"

namespace awps {

struct LimitBounds {
  double least_share = 0;      // of what was permitted
  double most_throttled = 1;   // of the requests
  double least_fair_hubs = 0;  // Jain's index
  double least_fair_producers = 0;
  double least_fair_daemons = 0;
  uint64_t most_charged = 0;                 // attempts of one action
  uint64_t most_in_pauses = 0;               // requests that started while a pause was asked for
  double least_part = 0;                     // of the daemon that got least, of an equal part
  Duration most_recovery = Duration::max();  // from the end of the trouble to 90 %
  double most_overshoot =
      1e9;  // starts of the first second after the trouble, of what is permitted
  uint64_t most_concurrency = UINT64_MAX;  // that a hub may have under way, at the end
};

struct LimitRow {
  std::string name;
  LimitPlan plan;
  Duration length = std::chrono::seconds(60);
  Duration judged_from{0};
  Duration judged_to = std::chrono::seconds(60);
  double permitted = 0;       // requests a second while it is judged, on average
  Duration trouble_ended{0};  // 0: there is none
  double full_rate = 0;       // after the trouble
  LimitBounds bounds;

  friend std::ostream& operator<<(std::ostream& stream, const LimitRow& row) {
    return stream << row.name;
  }
};

/// What a row came to.
struct LimitNumbers {
  double share = 0;
  double throttled = 0;
  double fair_hubs = 0;
  double fair_producers = 0;
  double fair_daemons = 0;
  double part = 0;
  Duration recovery = Duration::max();
  double overshoot = 0;
  uint64_t concurrency = 0;
  uint64_t requests = 0;
};

LimitNumbers measure(const LimitWorld& world, const LimitRow& row);
/// One line, for people.
std::string line_of(const LimitNumbers& numbers, const LimitWorld& world, const LimitRow& row);
/// Records the numbers with the test, and judges them.
void judge_row(const LimitNumbers& numbers, const LimitWorld& world, const LimitRow& row);

}  // namespace awps
