#pragma once

// machine_check: what a configuration names and this machine does not have: users, groups, files,
// folders. It changes nothing; any thread.

#include "config/config.h"
#include "config/config_error.h"

namespace awps {

/// `is_activated`: nothing is asked of the folder of the producers' socket.
ConfigErrors machine_mistakes(const Config& config, bool is_activated);

}  // namespace awps
