#pragma once

// What makes a status of many hubs readable: those with trouble first, their sums, and one note for
// what holds of several. Functions of their arguments, any thread.

#include <cstddef>
#include <string>
#include <vector>

#include "daemon/awpsctl/view/notes.h"
#include "daemon/awpsctl/wire/status_reading.h"

namespace awps {

/// Up to so many of a kind are shown one by one.
inline constexpr size_t kFew = 4;

/// The places of the hubs in `status`: those with a fault of their own, those behind a held
/// endpoint, those with a warning, the rest; within each in the order of the status.
std::vector<size_t> by_trouble(const StatusReading& status);
/// How many of them have a fault or a warning.
size_t in_trouble(const StatusReading& status);
/// All counters and histograms added up. Its name is "all 100 hubs".
HubReading sum_of(const std::vector<HubReading>& hubs);
/// The notes of all hubs. More than kFew that say the same share a note; of more than kFew hubs
/// what is merely to know is left out.
std::vector<Note> notes_of_hubs(const std::vector<HubReading>& hubs);
/// "a, b, c and 97 more".
std::string some_of(const std::vector<std::string>& names);

}  // namespace awps
