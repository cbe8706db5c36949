#pragma once

// What several rules compare of two actions: the same target, the same list of excluded, the same
// options. Pure, any thread.

#include <cstdint>

#include "action/action.h"

namespace awps {

/// The same connections, in whatever order. Long lists in another order count as different: that
/// costs a request, and comparing them could cost more.
bool same_excluded(const Action& a, const Action& b);

/// The same receivers: kind, name, `excluded`, `filter`.
bool same_target(const Action& a, const Action& b);

/// Equal for actions of the same target; never 0. A hash: same_target() has the last word.
uint64_t target_hash(const Action& action);

}  // namespace awps
