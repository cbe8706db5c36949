#pragma once

// The paged list of a group's connections, ordered by connection id. A continuation token is
// base64url of "<last connection id>"; it names a place, not a snapshot. Pure.

#include "emulator/hub.h"
#include "emulator/rest_operations.h"

namespace awps::emulator {

/// `members` is nullptr if the group does not exist: an empty list.
HttpResponse list_connections(const Members* members, const RestRequest& request);

}  // namespace awps::emulator
