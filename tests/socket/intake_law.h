#pragma once

// The law of the intake (DESIGN.md §1), once all reads are over: every action that was read was
// either refused or accepted by a hub. The harnesses of this folder check it behind each test.

#include <gtest/gtest.h>

#include <cstdint>
#include <span>

#include "metrics/counters.h"

namespace awps {

inline IntakeValues sum_of(std::span<const IntakeCounters> counters) {
  IntakeValues values;
  for (const IntakeCounters& thread : counters) add_values_of(thread, values);
  return values;
}

/// `accepted`: what the hubs were given, as they count it.
inline void expect_intake_law(std::span<const IntakeCounters> counters, uint64_t accepted) {
  const IntakeValues values = sum_of(counters);
  EXPECT_EQ(values.actions, values.rejected + accepted)
      << values.rejected << " were refused, and " << accepted << " accepted";
}

}  // namespace awps
