#include "daemon/awpsd/config_check.h"

#include <algorithm>
#include <utility>

#include "config/consistency.h"
#include "config/names.h"
#include "daemon/awpsd/machine_check.h"

namespace awps {

namespace {

// Of a file that cannot be read, or of which one table cannot, nobody knows what else it says.
bool is_unread(const ConfigError& mistake) {
  return mistake.key.empty();
}

bool is_below(const std::string& key, const std::string& table) {
  return key == table || key.starts_with(table + ".");
}

// What follows from a mistake that was found before is no mistake of its own.
bool follows(const ConfigError& mistake, const ConfigErrors& found) {
  const bool is_said = mistake.place.line != 0;
  return std::ranges::any_of(found, [&](const ConfigError& before) {
    if (is_unread(before)) return !is_said;
    if (mistake.key == "service.hub" && !is_said) {
      return is_below(before.key, "hubs") || before.key == mistake.key;
    }
    return is_below(before.key, mistake.key) || is_below(mistake.key, before.key);
  });
}

void append(ConfigErrors more, ConfigErrors& to) {
  const ConfigErrors before = to;
  for (ConfigError& mistake : more) {
    if (!follows(mistake, before)) to.push_back(std::move(mistake));
  }
}

}  // namespace

CheckedConfig check_config(ConfigReading reading, const SettingsSource& settings,
                           const Activation& activation) {
  CheckedConfig checked{
      .config = std::move(reading.config), .plan = {}, .mistakes = std::move(reading.mistakes)};
  if (!activation.gateway.empty() && checked.config.gateway.listen != activation.gateway) {
    checked.config.gateway.listen = activation.gateway;
    append(check_gateway(checked.config), checked.mistakes);
  }
  Result<Plan, ConfigErrors> plan = make_plan(checked.config, settings);
  ConfigErrors machine = machine_mistakes(checked.config, activation);
  if (!plan) append(plan.error(), checked.mistakes);
  append(std::move(machine), checked.mistakes);
  if (plan) checked.plan = std::move(*plan);
  return checked;
}

}  // namespace awps
