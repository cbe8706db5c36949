#include "daemon/awpsd/explain/explain.h"

#include <iostream>
#include <set>
#include <utility>

#include "daemon/awpsd/explain/explanation.h"
#include "daemon/awpsd/explain/reports.h"
#include "daemon/awpsd/options.h"

namespace awps {

namespace {

constexpr std::string_view kHubVariable = "WebPubSubHub";
constexpr std::string_view kPlaceholderHub = "example";
constexpr std::string_view kPlaceholder =
    "Endpoint=https://example.webpubsub.azure.com;AccessKey=none;Version=1.0;";

// A rule can be tried by whoever may not read the secret, or has none yet.
void forget_unreadable_file(ServiceConfig& service) {
  if (service.connection_file.empty() || read_setting_file(service.connection_file)) return;
  service.connection_file.clear();
}

Result<Plan, ConfigErrors> plan_without_secrets(Config config, const SettingsSource& settings) {
  std::set<std::string, std::less<>> connections = {config.service.connection};
  forget_unreadable_file(config.service);
  for (auto& [name, service] : config.services) {
    connections.insert(service.connection);
    forget_unreadable_file(service);
  }
  config.gateway.listen.clear();  // else its keys would be asked for
  const bool has_hubs = !config.hubs.empty();
  SettingsSource placeholders = settings;
  placeholders.environment = [&](std::string_view name) {
    std::optional<std::string> found = settings.environment(name);
    if (found && !found->empty()) return found;
    if (connections.contains(name)) return std::optional<std::string>(kPlaceholder);
    if (name == kHubVariable && !has_hubs) return std::optional<std::string>(kPlaceholderHub);
    return found;
  };
  return make_plan(config, placeholders);
}

// Hubs that nothing goes to say little, but where nothing goes to any.
std::vector<ExplainedHub> addressed(std::vector<ExplainedHub> hubs) {
  std::vector<ExplainedHub> kept;
  for (ExplainedHub& hub : hubs) {
    if (hub.with.accepted > 0) kept.push_back(std::move(hub));
  }
  return kept.empty() ? hubs : kept;
}

}  // namespace

ExitCode explain(const ExplainOptions& options, const Config& config,
                 const SettingsSource& settings) {
  const Result<Plan, ConfigErrors> plan = plan_without_secrets(config, settings);
  if (!plan) {
    std::cerr << to_string(plan.error());
    return ExitCode::kConfig;
  }
  Result<std::string> text = read_input_file(options.file);
  if (!text) {
    std::cerr << "awpsd: " << text.error().message << '\n';
    return ExitCode::kNoInput;
  }
  ExplainInput input;
  read_input(std::move(*text), *plan, config.socket.max_line_bytes, input);
  const std::vector<ExplainedHub> hubs = addressed(explain_input(input, *plan, options.round_trip));
  if (options.json) {
    write_json_report(std::cout, input, hubs);
  } else {
    write_text_report(std::cout, input, hubs,
                      {.round_trip = options.round_trip, .full = options.full});
  }
  std::cout.flush();
  return input.refused.empty() ? ExitCode::kOk : ExitCode::kDataError;
}

}  // namespace awps
