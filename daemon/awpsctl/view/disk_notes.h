#pragma once

// Of hubs that keep what they accepted on disk: what an operator should know of that. Any thread.

#include <vector>

#include "daemon/awpsctl/view/notes.h"
#include "daemon/awpsctl/wire/status_reading.h"

namespace awps {

/// Nothing for a hub that keeps nothing on disk.
std::vector<Note> disk_notes(const HubReading& hub);

}  // namespace awps
