#pragma once

// The number of a producer as a log keeps it: u24 run of the daemon, u40 number of its connection
// in that run. So the producers of an earlier run are others than those of this one, for barriers
// and for fairness.

#include <cstdint>

namespace awps {

inline constexpr unsigned kConnectionBits = 40;

constexpr uint64_t connection_of(uint64_t producer) {
  return producer & ((uint64_t{1} << kConnectionBits) - 1);
}

constexpr uint64_t producer_in_log(uint32_t run, uint64_t connection) {
  return uint64_t{run} << kConnectionBits | connection_of(connection);
}

/// Was it a producer of this run?
constexpr bool is_of_run(uint64_t producer, uint32_t run) {
  return producer_in_log(run, producer) == producer;
}

}  // namespace awps
