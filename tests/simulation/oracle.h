#pragma once

// The oracle of order: which earlier actions a later one must wait for, said pair by pair in the
// words of DESIGN.md §3, without lanes, barriers or hashes. Slow and simple on purpose.

#include <cstdint>
#include <string>

#include "action/action.h"
#include "hub/order_plan.h"

namespace awps {

/// What the oracle must know of an action.
struct OrderedAction {
  const Action* action = nullptr;
  uint64_t producer = 0;
  uint32_t ordered_batch = 0;
};

/// Must the later of two actions of one hub start only after the earlier one's Outcome?
bool must_wait(const OrderedAction& later, const OrderedAction& earlier, Ordering ordering);

/// Is it only the barrier among group actions (removeUserFromAllGroups and its like) that makes the
/// later one wait?
bool waits_only_as_logout_barrier(const OrderedAction& later, const OrderedAction& earlier);

}  // namespace awps
