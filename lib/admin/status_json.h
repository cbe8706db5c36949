#pragma once

// The status as JSON, as ADMIN.md shows it.
//
// Pure.

#include <string>

#include "admin/status.h"

namespace awps::admin {

/// Of the admin interface; keys are never removed within one.
inline constexpr int kProtocolVersion = 1;

std::string status_json(const ServiceStatus& status);

/// "running", "paused", "draining", "drained", "removed"
std::string to_text(HubState state);

}  // namespace awps::admin
