#pragma once

// machine_check: what a configuration names and this machine does not have: users, groups, files,
// folders. It changes nothing; any thread.

#include "config/config.h"
#include "config/config_error.h"
#include "daemon/awpsd/config_check.h"

namespace awps {

ConfigErrors machine_mistakes(const Config& config, const Activation& activation);

}  // namespace awps
