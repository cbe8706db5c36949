#pragma once

// spool_check: whether durable hubs can have what they need under spool.path, before a start, and
// for `--check-config`. A reload does not ask: a disk that fails while the daemon runs is no reason
// to refuse what else has changed.
//
// Of the logs it changes nothing: a daemon may be writing them. One thread.

#include <string>
#include <vector>

#include "config/config.h"
#include "config/config_error.h"
#include "daemon/awpsd/plan.h"

namespace awps {

/// spool.path cannot be written to, although a hub is durable, whatever is on its disk.
ConfigErrors spool_mistakes(const Config& config, const Plan& plan);

/// What is no mistake: a line each, for people. Who has the spool now, and logs that cannot be
/// read.
std::vector<std::string> doubts_about_spool(const Config& config, const Plan& plan);

}  // namespace awps
