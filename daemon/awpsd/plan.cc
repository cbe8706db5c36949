#include "daemon/awpsd/plan.h"

#include <algorithm>
#include <array>
#include <utility>
#include <variant>

#include "base/hub_name.h"
#include "base/loopback_host.h"
#include "config/print.h"

namespace awps {

namespace {

constexpr std::string_view kHubSetting = "WebPubSubHub";

// What a later version carries out. Nothing that loses or exposes data is silently left out: a hub
// that asks for the disk is refused in make_plan().
bool has_no_effect(std::string_view key) {
  return key == "spool.max_bytes";
}

Result<void> check_durability(std::string_view hub, const HubConfig& config) {
  if (config.durability == HubConfig::Durability::kMemory) return {};
  return Error{"hub '" + std::string(hub) +
               "': durability other than memory is not available in this version: what is accepted "
               "would not be on disk; set durability = \"memory\""};
}

// The default hub: as configured, else the setting WebPubSubHub, else none.
Result<std::string> default_hub_of(const Config& config, const SettingsSource& settings) {
  if (!config.service.hub.empty()) return config.service.hub;
  const Result<std::optional<std::string>> setting = find_setting(settings, kHubSetting);
  if (!setting) return setting.error();
  if (!*setting) return std::string();
  return canonical_hub_name(**setting);
}

// It sees every token, as the service does.
Result<void> check_reverse_proxy_scheme(const ServiceConfig& service) {
  if (service.reverse_proxy.empty()) return {};
  const Result<ServiceEndpoint> proxy =
      parse_endpoint(service.reverse_proxy, std::nullopt, service.allow_plain_http);
  if (!proxy) return Error{"service.reverse_proxy: " + proxy.error().message};
  return {};
}

// Fills in where the hub's service is, and what proves that we may send there.
Result<void> take_service(HubPlan& plan, const SettingsSource& settings) {
  const auto take_connection = [&](const ConnectionString& connection) {
    plan.endpoint_url = connection.endpoint.url;
    plan.access_keys = access_keys(connection);
  };
  const ServiceConfig& service = plan.service;
  const PlainHttpHosts plain_http = service.allow_plain_http;
  if (const Result<void> checked = check_reverse_proxy_scheme(service); !checked) {
    return checked.error();
  }
  if (!service.connection_file.empty()) {
    const Result<std::string> text = read_setting_file(service.connection_file);
    if (!text) return text.error();
    const Result<ConnectionString> connection = parse_connection_string(*text, plain_http);
    if (!connection) return connection.error();
    take_connection(*connection);
    return {};
  }
  const Result<ServiceSetting> setting = resolve_service(settings, service.connection, plain_http);
  if (!setting) return setting.error();
  if (const auto* connection = std::get_if<ConnectionString>(&*setting)) {
    take_connection(*connection);
    return {};
  }
  IdentitySettings identity = std::get<IdentitySettings>(*setting);
  identity.scope = service.scope;
  Result<EntraIdentity> resolved = resolve_entra(identity, service.connection, settings);
  if (!resolved) return resolved.error();
  plan.endpoint_url = identity.endpoint.url;
  plan.identity = std::move(*resolved);
  return {};
}

}  // namespace

Result<Plan> make_plan(const Config& config, const SettingsSource& settings) {
  Plan plan;
  Result<std::string> default_hub = default_hub_of(config, settings);
  if (!default_hub) return default_hub.error();
  plan.default_hub = *default_hub;
  std::vector<std::pair<std::string, HubConfig>> hubs;
  if (!plan.default_hub.empty()) {
    const auto own = config.hubs.find(plan.default_hub);
    hubs.emplace_back(plan.default_hub,
                      own == config.hubs.end() ? config.hub_defaults : own->second);
  }
  for (const auto& [name, hub] : config.hubs) {
    if (name != plan.default_hub) hubs.emplace_back(name, hub);
  }
  if (hubs.empty()) {
    return Error{
        "there is no hub: set service.hub or a [hubs.NAME] table in the configuration, or the "
        "setting WebPubSubHub (environment variable or systemd credential)"};
  }
  for (auto& [name, hub] : hubs) {
    if (const Result<void> durable = check_durability(name, hub); !durable) return durable.error();
    const ServiceConfig& service =
        hub.service.empty() ? config.service : config.services.find(hub.service)->second;
    HubPlan& hub_plan = plan.hubs.emplace_back();
    hub_plan.hub = name;
    hub_plan.config = hub;
    hub_plan.service = service;
    if (const Result<void> taken = take_service(hub_plan, settings); !taken) return taken.error();
  }
  return plan;
}

std::optional<std::string> unused_proxy_variable(const Plan& plan, const SettingsSource& settings) {
  static constexpr std::array<std::string_view, 6> kVariables = {
      "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"};
  const bool goes_out_directly = std::ranges::any_of(plan.hubs, [](const HubPlan& hub) {
    return hub.service.proxy.empty() &&
           !is_loopback_host(host_of(ServiceEndpoint{hub.endpoint_url}));
  });
  if (!goes_out_directly) return std::nullopt;
  for (const std::string_view name : kVariables) {
    if (!settings.environment(name).value_or("").empty()) return std::string(name);
  }
  return std::nullopt;
}

HubPlan plan_after_reload(const HubPlan& present, const HubPlan& planned) {
  HubPlan plan = planned;
  plan.endpoint_url = present.endpoint_url;
  plan.service = present.service;
  plan.service.requests_per_second = planned.service.requests_per_second;
  plan.service.bytes_per_second = planned.service.bytes_per_second;
  plan.service.burst = planned.service.burst;
  plan.service.retry_after_max = planned.service.retry_after_max;
  plan.service.timeout = planned.service.timeout;
  plan.config.ordering = present.config.ordering;
  plan.config.order = present.config.order;
  return plan;
}

std::vector<std::string> options_without_effect(const Config& config) {
  std::vector<std::string> lines;
  for (const ConfigChange& change : changes_between(Config{}, config)) {
    if (has_no_effect(change.key)) lines.push_back(change.key + " has no effect in this version");
  }
  return lines;
}

}  // namespace awps
