#pragma once

// The scenes that the tables of persistent faults have in common.

#include <array>
#include <string>
#include <vector>

#include "tests/simulation/sick_row.h"

namespace awps {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

inline constexpr double kPace = 400;         // configured, of the endpoint
inline constexpr double kHealthyRate = 200;  // actions a second to targets that are well

/// One hub that coalesces nothing, and is bound by the configured pace alone.
SickPlan plain_plan();

/// So many of 200 targets are sick in this way, for good. With the bounds that every such scene
/// keeps; producers are missing.
SickRow sick_targets(Sickness way, double fraction);

/// Everybody fails from 10 s on for so long, in this way; 20 actions a second.
SickRow outage(Sickness way, Duration length);

}  // namespace awps
