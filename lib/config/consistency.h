#pragma once

// What options must say together: bounds that depend on one another, references, two names of one
// socket. Pure function.

#include "config/config.h"
#include "config/config_error.h"

namespace awps {

/// Every mistake, at the place of the option that is best changed.
ConfigErrors check_consistency(const Config& config);

/// Those of [gateway] alone: `config.gateway.listen` may be another address than the files say,
/// that of a socket which systemd made.
ConfigErrors check_gateway(const Config& config);

}  // namespace awps
