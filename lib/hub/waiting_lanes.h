#pragma once

// Which lanes wait the longest, for people: what order costs. One thread: the hub's worker. It
// looks at a hundred thousand lanes at most.

#include <cstdint>
#include <string>
#include <vector>

#include "action/action.h"
#include "hub/lanes.h"

namespace awps {

/// "sendToGroup to group 'dashboard'": whom the action addresses.
std::string target_text(const Action& action);

struct LaneInWords {
  std::string target;
  uint64_t waiting = 0;  // actions behind those that may go
};

/// Up to `limit`, the longest first.
std::vector<LaneInWords> longest_lanes(const LaneTable& lanes, size_t limit);

}  // namespace awps
