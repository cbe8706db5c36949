#pragma once

// The streams of a status as JSON, as ADMIN.md has them. One thread.

#include <vector>

#include "admin/json_writer.h"
#include "admin/stream_view.h"

namespace awps::admin {

/// The member "streams" of the object that was begun.
void write_streams(JsonWriter& json, const std::vector<StreamView>& streams);

}  // namespace awps::admin
