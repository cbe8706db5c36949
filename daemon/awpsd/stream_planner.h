#pragma once

// The streams of a plan. Function of its arguments, but for what settings read; any thread.

#include "auth/settings.h"
#include "config/config_error.h"
#include "daemon/awpsd/plan.h"

namespace awps {

/// Fills in the streams, and which hubs take records. The hubs of the plan are those that could be
/// planned; `plan.default_hub` is known. Each mistake names what is missing and where to put it.
ConfigErrors plan_streams(const Config& config, const SettingsSource& settings, Plan& plan);

}  // namespace awps
