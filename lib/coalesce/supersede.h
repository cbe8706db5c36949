#pragma once

// supersede: a later change takes the place of a waiting earlier one that it makes void.
//
// | later | earlier |
// |---|---|
// | addUserToGroup, removeUserFromGroup | either, of the same user and group |
// | addConnectionToGroup, removeConnectionFromGroup | either, of the same connection and group |
// | grantPermission, revokePermission | either, of the same connection, permission and target |
// | a close, removeUserFromAllGroups, removeConnectionFromAllGroups | an equal one |
// | removeUserFromAllGroups, but an unordered one | the changes of that user (sweeps) |
//
// Why it is exact. Each of these sets a state: after it the pair is a member, or is not, whatever
// it was before. So "earlier, later" leaves the same state as "later" alone, and only what looks at
// the state between the two could tell. What could look stands in a lane or barrier of the two and
// was accepted between them: the caller replaces only where nothing was (hub/replacer.h). What was
// not promised an order against them (DESIGN.md §3) may as well have come before both or after
// both.
//
// A removeUserFromAllGroups stands at the tail of its user's lane, not in the place of the changes
// that leave: what its producer accepts next and would have waited for a change waits for it
// instead, as for a barrier. An unordered one is none, so it sweeps nothing. Another removal of
// that user, or a close of its connections, would have waited for the change and does not wait for
// the removal: whichever of these is carried out first, no membership is left.
//
// A close that is equal, waiting and taken once closes the same connections as taken twice.
//
// A change of many memberships is never superseded: which connections its filter selects depends on
// when it is carried out.
//
// Pure, any thread.

#include <cstdint>

#include "action/action.h"

namespace awps {

/// Equal for actions that may supersede one another; 0: the rule does not know this kind. A hash:
/// supersedes() has the last word.
uint64_t supersede_key(const Action& action);

/// Does `later` in the place of `earlier` leave the state that both in turn would?
bool supersedes(const Action& later, const Action& earlier);

/// The same for a removeUserFromAllGroups and a change of its user's memberships. It takes no
/// place: it is about more than the earlier one was.
bool sweeps(const Action& later, const Action& earlier);

}  // namespace awps
