#pragma once

// What is kept of an action that was accepted and not delivered: a line of the producers' protocol
// (PROTOCOL.md) that can be sent again. Function of its arguments.

#include <string>

#include "base/clock.h"
#include "hub/entry.h"

namespace awps {

/// Appends the entry's action with its hub, without a '\n'. `age` is taken off its time to live.
/// An ordered batch stays in order: its elements get a key of their own.
void append_kept_action(std::string& out, const Entry& entry, const std::string& hub, Duration age);

}  // namespace awps
