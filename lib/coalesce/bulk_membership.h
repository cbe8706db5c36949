#pragma once

// bulk_membership: waiting adds to one group, or removes from one group, become one :addToGroups or
// :removeFromGroups for everyone whom a filter names.
//
// Why no client can tell. The service selects the connections of the users (or the connections)
// named and changes their membership of that one group, as the single requests would. Never two
// groups: groups and filter are a cross product. Adds and removes never share an operation, and of
// one pair only one change can be at the front of its lane. A name with '/', of a member or of the
// group, never takes part: by path the service does not reach it, by body it would.
//
// What is lost: the service no longer says which member was missing (404 …NotExisted), so every
// member is reported delivered. Therefore the rule is off by default.
//
// Pure, any thread.

#include <cstdint>

#include "action/action.h"
#include "coalesce/coalesce_options.h"
#include "coalesce/name_filter.h"

namespace awps {

bool may_be_bulk(const Action& action, const CoalesceOptions& options);

/// Equal for the same change of the same group by the same sort of members; never 0. A hash:
/// same_change() has the last word.
uint64_t change_hash(const Action& action);

bool same_change(const Action& a, const Action& b);

}  // namespace awps
