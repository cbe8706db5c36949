#pragma once

// The reference chapters of the manual, from the tables that the program itself goes by: what the
// parser takes (config/option.h) and what is counted (metrics/metric_table.h). As roff(7); pure
// functions.

#include <string>

namespace awps {

/// Every option under the heading of its table: default, what may be written, meaning.
std::string options_as_roff();
std::string metrics_as_roff();

}  // namespace awps
