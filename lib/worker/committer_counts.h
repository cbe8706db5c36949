#pragma once

// CommitterCounts: what a committer has done with actions, beside what the worker counts. Values.

#include <cstdint>

namespace awps {

struct CommitterCounts {
  uint64_t accepted = 0;  // committed or given to the worker, and live at the start
  uint64_t expired = 0;   // on disk
  uint64_t lost = 0;      // to damage
  uint64_t uncommitted_bytes = 0;
  uint64_t duplicates = 0;
};

}  // namespace awps
