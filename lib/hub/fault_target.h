#pragma once

// The target of a failure: whom an operation's action is for, as Trouble (limit/trouble.h) knows
// it: a group, a user, a connection, a pair of both, everybody, a filter, several
// groups. A coalesced request has a
// target of its own, by its form and its first member: a form of request can be sick where its
// members are well.
//
// Pure. An action costs a hash of its names.

#include <cstdint>
#include <string>

#include "hub/operation.h"

namespace awps {

/// `hub` is a hash of the hub's name: two hubs' groups of one name are two targets.
uint64_t fault_target_of(const Action& action, uint64_t hub);
uint64_t fault_target_of(const Operation& operation, uint64_t hub);

/// For people: "sendToGroup in group 'news'".
std::string fault_target_name(const Operation& operation);

}  // namespace awps
