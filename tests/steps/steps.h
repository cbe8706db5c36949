#pragma once

// Steps: how much a piece of the hub's code does, counted, not timed. The heart (hub, coalesce,
// limit, retry) is compiled a second time for this program with -fsanitize-coverage=trace-pc: each
// basic block that runs is a step, so that every loop counts, also one that nobody thought of, and
// the daemon's own code carries no counter. What libc moves counts, too: a step for each 64 bytes.
//
// One thread.

#include <cstddef>
#include <cstdint>
#include <functional>

namespace awps {

/// How often the fewest double to make the most: 8 times, or AWPS_STEPS_DOUBLINGS.
size_t doublings();

/// Steps while `work` runs.
uint64_t steps_of(const std::function<void()>& work);

}  // namespace awps
