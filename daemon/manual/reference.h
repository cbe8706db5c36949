#pragma once

// The reference chapters of the manual, from what the program itself goes by: what the parser takes
// (config/option.h), and what a scrape of /metrics has (admin/exposition.h). As roff(7); pure
// functions.

#include <string>

namespace awps {

/// Every option under the heading of its table: default, what may be written, meaning.
std::string options_as_roff();
/// Every family of metrics: name, labels, type, meaning.
std::string metrics_as_roff();

}  // namespace awps
