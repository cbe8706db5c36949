#pragma once

// ProcessFacts: what Linux says of this process, for the metrics that every exporter has.
//
// Any thread; reads /proc.

#include <cstdint>

namespace awps::admin {

struct ProcessFacts {
  double cpu_seconds = 0;
  uint64_t open_fds = 0;
  uint64_t max_fds = 0;
  uint64_t resident_bytes = 0;
  uint64_t virtual_bytes = 0;
  uint64_t threads = 0;
};

ProcessFacts process_facts();

}  // namespace awps::admin
