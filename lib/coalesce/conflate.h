#pragma once

// conflate: of the values that a producer sends to one target under one conflationKey only the
// latest matters; it takes the place of an earlier one that still waits.
//
// Why it is what the producer asked for. The receivers get a subsequence of the values of this key
// that ends with the last one, each newer than the one before: the earlier value's place is taken
// only while it waits, and nothing that conflicts with either was accepted between the two, but for
// values of other keys to the same target (hub/replacer.h). So a receiver of those other messages
// sees them in the order accepted among themselves; a value may come before a value of another key
// that was accepted earlier than itself, never before one that was accepted earlier than the value
// in whose place it stands.
//
// Pure, any thread.

#include <cstdint>

#include "action/action.h"

namespace awps {

/// Equal for values of one key to one target; 0: the action has no conflationKey. A hash:
/// conflates() has the last word.
uint64_t conflate_key(const Action& action);

/// Are both values of one key to one target?
bool conflates(const Action& later, const Action& earlier);

}  // namespace awps
