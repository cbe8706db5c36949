#pragma once

// fan_out: waiting sends of one message to many users (or many connections) become one broadcast
// with a filter that names them.
//
// Why no client can tell. A message to a user, to a connection and a broadcast look the same
// ("from":"server"); a group's message does not, so it never takes part. The filter selects exactly
// the connections of the users named, as each single send would, at the moment that the service
// carries it out. An action with a filter of its own never takes part: its text would stand beside
// ours. Each name stands once in an operation, so two messages to one user stay two; every member
// is at the front of all its lanes, so nobody overtakes; and the operation occupies the lanes of
// its members until it is answered (hub/gatherer.h).
//
// Pure, any thread.

#include <cstdint>

#include "action/action.h"
#include "coalesce/coalesce_options.h"
#include "coalesce/name_filter.h"

namespace awps {

/// May it go by filter? Says nothing of who else waits.
bool may_fan_out(const Action& action, const CoalesceOptions& options);

Receivers receivers_of(const Action& action);

/// Equal for one message to the same sort of receivers; never 0. A hash: same_message() has the
/// last word.
uint64_t message_hash(const Action& action);

/// The same bytes, data type and message TTL to the same sort of receivers.
bool same_message(const Action& a, const Action& b);

/// The broadcast for members of this message; `options` holds its filter.
Action fan_out_action(const Action& member, ActionOptions& options);

}  // namespace awps
