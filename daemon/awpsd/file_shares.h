#pragma once

// FileShares: who may have how many of the open files that the system permits. Producers get what
// delivery and operators do not need, so that accepting stops before these have none left.
//
// Pure.

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "config/config.h"
#include "daemon/awpsd/plan.h"

namespace awps {

struct FileShares {
  uint64_t producers = 0;  // connections
  uint64_t gateway = 0;    // likewise
  uint64_t operators = 0;  // likewise
  uint64_t each_hub = 0;   // connections to its service
  std::string lowered;     // what is less than configured, for people; empty: nothing is
};

/// An Error: `files` do not suffice for one of each.
Result<FileShares> share_files(uint64_t files, const Config& config, const Plan& plan);

}  // namespace awps
