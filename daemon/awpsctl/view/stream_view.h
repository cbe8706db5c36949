#pragma once

// How streams look: a line for each stream, a table of its partitions, and what an operator should
// know of it. Lines without '\n', none wider than asked for. Functions of their arguments, any
// thread.

#include <cstddef>
#include <string>
#include <vector>

#include "daemon/awpsctl/view/notes.h"
#include "daemon/awpsctl/view/status_view.h"
#include "daemon/awpsctl/wire/stream_reading.h"

namespace awps {

/// A line for each stream.
std::vector<std::string> stream_lines(const std::vector<StreamReading>& streams,
                                      const ViewOptions& options);
/// For each stream its line and its partitions, those first that hold up most. Of more than `most`
/// partitions the others are a line with their sums.
std::vector<std::string> partition_lines(const std::vector<StreamReading>& streams, size_t most,
                                         const ViewOptions& options);
std::vector<Note> stream_notes(const StreamReading& stream);

}  // namespace awps
