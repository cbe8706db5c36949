#pragma once

// config_check: everything that is wrong with a configuration at once: in its form, in what it
// plans (hubs, services, settings), and for this machine (users, groups, files, folders), each with
// its file, line, key and remedy. What passes it starts. A start, a reload, `--check-config` and
// `config diff` all go by it.
//
// It reads files and asks the system, changes nothing, and may be called by any thread.

#include <string>
#include <vector>

#include "auth/settings.h"
#include "config/config_error.h"
#include "config/load.h"
#include "daemon/awpsd/plan.h"

namespace awps {

struct CheckedConfig {
  Config config;
  Plan plan;  // whole if there are no mistakes
  ConfigErrors mistakes;

  bool ok() const { return mistakes.empty(); }
};

/// Sockets that come from systemd: nothing is asked of their folders.
struct Activation {
  bool has_producers = false;
  std::string gateway{};  // its address, which counts instead of gateway.listen; empty: none
};

CheckedConfig check_config(ConfigReading reading, const SettingsSource& settings,
                           const Activation& activation = {});

}  // namespace awps
