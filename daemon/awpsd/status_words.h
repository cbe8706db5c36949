#pragma once

// A hub and its endpoint as operators see them: states and the reasons for them, in words.
// Functions of their arguments; any thread.

#include <string>

#include "admin/status.h"
#include "base/result.h"
#include "daemon/awpsd/hub_table.h"
#include "daemon/awpsd/hub_unit.h"

namespace awps {

/// Without its hubs.
EndpointStatus status_of(const EndpointState& endpoint, const HubPlan& plan, Instant now);

/// Without the worker's report.
HubStatus status_of(const HubUnit& hub, WallTime now);
HubStatus status_of(const RestingHub& hub);

/// Why the hub does not deliver, with the remedy; empty: it does, or an operator paused it.
std::string not_ready_reason(const HubUnit& hub, const EndpointStatus& endpoint, AwakeInstant now);

/// Is every delivery loop turning? Else which one is not.
Result<void> alive(const HubTable& hubs, AwakeInstant now);

/// One line for people: what is queued, delivered, refused.
std::string status_line(const HubTable& hubs);

}  // namespace awps
