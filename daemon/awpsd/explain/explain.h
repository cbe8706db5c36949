#pragma once

// awpsd --explain: which requests a file of protocol lines becomes under the configuration, and
// why, so that a rule can be seen before it is switched on. Nothing is sent, and no secret is
// needed.
//
// One thread.

#include <iosfwd>
#include <string>

#include "auth/settings.h"
#include "base/clock.h"
#include "base/exit_code.h"
#include "config/config.h"

namespace awps {

struct ExplainOptions {
  std::string file;  // "-": standard input
  Duration round_trip = std::chrono::milliseconds(25);
  bool full = false;
  bool json = false;
};

/// kDataError: a line was refused; the others are explained. kNoInput, kConfig: nothing is.
ExitCode explain(const ExplainOptions& options, const Config& config,
                 const SettingsSource& settings);

}  // namespace awps
