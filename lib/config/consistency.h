#pragma once

// What options must say together: bounds that depend on one another, references, two names of one
// socket. Pure function.

#include "config/config.h"
#include "config/config_error.h"

namespace awps {

/// Every mistake, at the place of the option that is best changed.
ConfigErrors check_consistency(const Config& config);

}  // namespace awps
