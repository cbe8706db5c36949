#include "daemon/awpsd/plan.h"

#include <utility>
#include <variant>

#include "base/ascii.h"
#include "base/hub_name.h"
#include "base/url_userinfo.h"
#include "config/print.h"
#include "service_api/percent_encoding.h"

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

/// Each part may hold any byte, a ':' in the password included; libcurl takes them encoded.
Result<std::string> encoded_credentials(const SettingsSource& settings, const std::string& name) {
  const Result<std::optional<std::string>> setting = find_setting(settings, name);
  if (!setting) return setting.error();
  if (!*setting) {
    return Error{"proxy_credentials: the setting '" + name +
                 "' is not set; set a systemd credential or an environment variable of that name"};
  }
  const std::string_view text = trim(**setting);
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0) {
    return Error{"proxy_credentials: the setting '" + name +
                 "' is not of the form user:password; correct it"};
  }
  std::string encoded;
  append_percent_encoded(encoded, text.substr(0, colon));
  encoded += ':';
  append_percent_encoded(encoded, text.substr(colon + 1));
  return encoded;
}

// What was a URL with a password is one without, so that no message of anybody can show it.
Result<void> take_proxy(HubPlan& plan, const SettingsSource& settings) {
  UrlWithoutUser split = without_userinfo(plan.service.proxy);
  plan.service.proxy = std::move(split.url);
  plan.proxy_credentials = std::move(split.userinfo);
  const std::string& setting = plan.service.proxy_credentials;
  if (setting.empty()) return {};
  Result<std::string> credentials = encoded_credentials(settings, setting);
  if (!credentials) return credentials.error();
  plan.proxy_credentials = std::move(*credentials);
  return {};
}

// Fills in where the hub's service is, and what proves that we may send there.
Result<void> take_service(HubPlan& plan, const SettingsSource& settings) {
  const auto take_connection = [&](const ConnectionString& connection) {
    plan.endpoint_url = connection.endpoint.url;
    plan.access_keys = access_keys(connection);
  };
  const ServiceConfig& service = plan.service;
  if (!service.connection_file.empty()) {
    const Result<std::string> text = read_setting_file(service.connection_file);
    if (!text) return text.error();
    const Result<ConnectionString> connection = parse_connection_string(*text);
    if (!connection) return connection.error();
    take_connection(*connection);
    return {};
  }
  const Result<ServiceSetting> setting = resolve_service(settings, service.connection);
  if (!setting) return setting.error();
  if (const auto* connection = std::get_if<ConnectionString>(&*setting)) {
    take_connection(*connection);
    return {};
  }
  const IdentitySettings& identity = std::get<IdentitySettings>(*setting);
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
    if (const Result<void> taken = take_proxy(hub_plan, settings); !taken) return taken.error();
  }
  return plan;
}

HubPlan plan_after_reload(const HubPlan& present, const HubPlan& planned) {
  HubPlan plan = planned;
  plan.endpoint_url = present.endpoint_url;
  plan.service = present.service;
  plan.proxy_credentials = present.proxy_credentials;
  plan.service.requests_per_second = planned.service.requests_per_second;
  plan.service.bytes_per_second = planned.service.bytes_per_second;
  plan.service.burst = planned.service.burst;
  plan.service.retry_after_max = planned.service.retry_after_max;
  plan.service.timeout = planned.service.timeout;
  plan.config.ordering = present.config.ordering;
  plan.config.order = present.config.order;
  return plan;
}

std::vector<std::string> warnings_about(const Config& config) {
  std::vector<std::string> lines;
  for (const ConfigChange& change : changes_between(Config{}, config)) {
    if (has_no_effect(change.key)) lines.push_back(change.key + " has no effect in this version");
  }
  const auto look = [&lines](const std::string& table, const ServiceConfig& service) {
    if (without_userinfo(service.proxy).userinfo.empty()) return;
    lines.push_back(table +
                    ".proxy has a password, which every reader of the file sees; put user:password "
                    "into a setting, and name that in proxy_credentials");
  };
  look("service", config.service);
  for (const auto& [name, service] : config.services) look("services." + name, service);
  return lines;
}

}  // namespace awps
