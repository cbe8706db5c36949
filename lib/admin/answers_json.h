#pragma once

// What the daemon says of dead letters, changes of its configuration and tapped actions, as JSON in
// the shapes of ADMIN.md.
//
// Pure.

#include <string>
#include <vector>

#include "admin/admin_service.h"

namespace awps::admin {

std::string dead_letters_json(const DeadLetterPage& page);
std::string redrive_json(const RedriveResult& result);
std::string purge_json(uint64_t purged);
std::string changes_json(const ConfigDiff& diff);
std::string url_json(const std::string& url);
std::string error_json(const std::string& code, const std::string& message);

/// A line a record, and a last one if some were left out; empty if there is nothing to say.
std::string tap_lines(const std::vector<TapRecord>& records, uint64_t left_out);

}  // namespace awps::admin
