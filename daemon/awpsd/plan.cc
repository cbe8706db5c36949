#include "daemon/awpsd/plan.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <utility>
#include <variant>

#include "base/ascii.h"
#include "base/hub_name.h"
#include "base/loopback_host.h"
#include "base/url_userinfo.h"
#include "config/names.h"
#include "config/print.h"
#include "config/quantity.h"
#include "daemon/awpsd/stream_planner.h"
#include "service_api/percent_encoding.h"

namespace awps {

namespace {

constexpr std::string_view kHubSetting = "WebPubSubHub";

/// Each part may hold any byte, a ':' in the password included; libcurl takes them encoded.
Result<std::string> encoded_credentials(const SettingsSource& settings, const std::string& name) {
  const Result<std::optional<std::string>> setting = find_setting(settings, name);
  if (!setting) return setting.error();
  if (!*setting) {
    return Error{"the setting '" + name +
                 "' is not set; set a systemd credential or an environment variable of that name"};
  }
  const std::string_view text = trim(**setting);
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0) {
    return Error{"the setting '" + name + "' is not of the form user:password; correct it"};
  }
  std::string encoded;
  append_percent_encoded(encoded, text.substr(0, colon));
  encoded += ':';
  append_percent_encoded(encoded, text.substr(colon + 1));
  return encoded;
}

// It sees every token, as the service does.
Result<void> check_reverse_proxy_scheme(const ServiceConfig& service) {
  if (service.reverse_proxy.empty()) return {};
  const Result<ServiceEndpoint> proxy =
      parse_endpoint(service.reverse_proxy, std::nullopt, service.allow_plain_http);
  if (!proxy) return proxy.error();
  return {};
}

// The lines of a setting of allow_keys.
Result<std::vector<NamedKey>> gateway_keys(const SettingsSource& settings,
                                           const std::string& name) {
  static constexpr size_t kLeastCharacters = 32;
  static constexpr size_t kMostKeys = 2;
  const Result<std::optional<std::string>> setting = find_setting(settings, name);
  if (!setting) return setting.error();
  std::vector<NamedKey> keys;
  std::string_view rest = *setting ? std::string_view(**setting) : std::string_view();
  while (!rest.empty()) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view key = trim(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (!key.empty()) keys.push_back({.name = name, .key = std::string(key)});
  }
  const std::string setting_name = "the setting '" + name + "' ";
  if (keys.empty()) {
    return Error{setting_name +
                 "is not set: set a systemd credential or an environment variable of that name, "
                 "with a key of at least 32 characters (openssl rand -base64 32)"};
  }
  if (std::ranges::any_of(keys, [](const auto& k) { return k.key.size() < kLeastCharacters; })) {
    return Error{setting_name +
                 "has a key of less than 32 characters, which can be guessed: make a longer one "
                 "(openssl rand -base64 32)"};
  }
  if (keys.size() > kMostKeys) {
    return Error{setting_name +
                 "has more than two lines: one key, and a second one while it is changed"};
  }
  return keys;
}

// Fills in where the hub's service is, and what proves that we may send there.
Result<void> take_service(HubPlan& plan, const SettingsSource& settings) {
  const auto take_connection = [&](const ConnectionString& connection) {
    plan.endpoint_url = connection.endpoint.url;
    plan.access_keys = access_keys(connection);
  };
  const ServiceConfig& service = plan.service;
  const PlainHttpHosts plain_http = service.allow_plain_http;
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

class Planner {
 public:
  Planner(const Config& config, const SettingsSource& settings)
      : config_(config), settings_(settings) {}

  Result<Plan, ConfigErrors> run() {
    take_default_hub();
    const HubConfig* own = find_hub(plan_.default_hub);
    if (!plan_.default_hub.empty()) {
      add_hub(plan_.default_hub, own == nullptr ? config_.hub_defaults : *own);
    }
    for (const auto& [name, hub] : config_.hubs) {
      if (name != plan_.default_hub) add_hub(name, hub);
    }
    if (plan_.hubs.empty() && mistakes_.empty()) fail_for_want_of_hubs();
    check_shared_limits();
    std::ranges::move(plan_streams(config_, settings_, plan_), std::back_inserter(mistakes_));
    if (!mistakes_.empty()) return std::move(mistakes_);
    return std::move(plan_);
  }

 private:
  static std::string table_of(const HubPlan& hub) {
    return hub.config.service.empty() ? "service" : join_key("services", hub.config.service);
  }

  const HubConfig* find_hub(const std::string& name) const {
    const auto found = config_.hubs.find(name);
    return found == config_.hubs.end() ? nullptr : &found->second;
  }

  void take_default_hub() {
    const Result<std::string> hub = default_hub_of(config_, settings_);
    if (!hub) return fail({"service.hub"}, hub.error().message);
    plan_.default_hub = *hub;
  }

  void add_hub(const std::string& name, const HubConfig& hub) {
    const auto other = config_.services.find(hub.service);
    const bool has_other = !hub.service.empty() && other != config_.services.end();
    if (!hub.service.empty() && !has_other) return;  // a mistake that was found before
    HubPlan& planned = plan_.hubs.emplace_back();
    planned.hub = name;
    planned.config = hub;
    planned.service = has_other ? other->second : config_.service;
    const std::string table = table_of(planned);
    if (const Result<void> taken = take_service(planned, settings_); !taken) {
      fail_service(table, planned.service, taken.error().message);
    }
    if (const Result<void> checked = check_reverse_proxy_scheme(planned.service); !checked) {
      fail({table + ".reverse_proxy"}, checked.error().message);
    }
    if (const Result<void> taken = take_proxy(planned, settings_); !taken) {
      fail({table + ".proxy_credentials"}, taken.error().message);
    }
    take_gateway(planned);
  }

  // A gateway that a reload turns off runs until the next start, and needs its keys.
  void take_gateway(HubPlan& planned) {
    const std::string own = join_key("hubs", planned.hub) + ".gateway.allow_keys";
    planned.gateway.has_own_list = config_.origins.places.contains(own);
    planned.gateway.takes_service_keys = false;
    for (const std::string& name : planned.config.gateway.allow_keys) {
      if (name == kServiceKeys) {
        planned.gateway.takes_service_keys = true;
        continue;
      }
      Result<std::vector<NamedKey>> keys = gateway_keys(settings_, name);
      if (!keys) {
        if (!config_.gateway.is_on()) continue;
        fail({planned.gateway.has_own_list ? own : "gateway.allow_keys"}, keys.error().message);
        continue;
      }
      std::ranges::move(*keys, std::back_inserter(planned.gateway.keys));
    }
  }

  // An endpoint has one limit.
  void check_shared_limits() {
    std::map<std::string, const HubPlan*> first;
    for (const HubPlan& hub : plan_.hubs) {
      if (hub.endpoint_url.empty()) continue;  // a mistake that was found before
      const HubPlan& other = *first.try_emplace(hub.endpoint_url, &hub).first->second;
      const std::string& stream = hub.service.shared_by;
      if (stream == other.service.shared_by) continue;
      fail({table_of(hub) + ".shared_by", table_of(hub), table_of(other) + ".shared_by"},
           "[" + table_of(other) + "], which is the same service (" + hub.endpoint_url +
               "), is shared by " + stream_in_words(other.service.shared_by) + ", and this by " +
               stream_in_words(stream) +
               "; a service has one limit, so write the same shared_by in both");
    }
  }

  static std::string stream_in_words(const std::string& shared_by) {
    return shared_by.empty() ? "no stream" : print_text(shared_by);
  }

  // A first hub would go to [service]: what is missing there is told as well.
  void fail_for_want_of_hubs() {
    fail({"service.hub"},
         "there is no hub: set service.hub or a [hubs.NAME] table in the configuration, or the "
         "setting WebPubSubHub (environment variable or systemd credential)");
    HubPlan any{.hub = {}, .config = config_.hub_defaults, .service = config_.service};
    if (const Result<void> taken = take_service(any, settings_); !taken) {
      fail_service("service", any.service, taken.error().message);
    }
  }

  void fail_service(const std::string& table, const ServiceConfig& service,
                    const std::string& message) {
    const bool is_file = !service.connection_file.empty();
    fail({table + (is_file ? ".connection_file" : ".connection")}, message);
  }

  // What several hubs have in common is said once.
  void fail(const std::vector<std::string>& keys, const std::string& message) {
    ConfigError mistake = mistake_of(config_, keys, message);
    if (std::ranges::find(mistakes_, mistake) == mistakes_.end()) {
      mistakes_.push_back(std::move(mistake));
    }
  }

  const Config& config_;
  const SettingsSource& settings_;
  Plan plan_;
  ConfigErrors mistakes_;
};

}  // namespace

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

Result<std::string> default_hub_of(const Config& config, const SettingsSource& settings) {
  if (!config.service.hub.empty()) return config.service.hub;
  const Result<std::optional<std::string>> setting = find_setting(settings, kHubSetting);
  if (!setting) return setting.error();
  if (!*setting) return std::string();
  Result<std::string> canonical = canonical_hub_name(**setting);
  if (canonical) return canonical;
  return Error{"the setting WebPubSubHub: " + canonical.error().message};
}

Result<Plan, ConfigErrors> make_plan(const Config& config, const SettingsSource& settings) {
  return Planner(config, settings).run();
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

namespace {

// What opens the planned service need not open the present one, and must not let anybody in who may
// send to the planned one. A file of the present service may have been written anew.
bool has_fresh_keys(const HubPlan& present, const HubPlan& planned) {
  const std::string& file = present.service.connection_file;
  return !file.empty() && planned.service.connection_file == file &&
         planned.endpoint_url == present.endpoint_url;
}

}  // namespace

HubPlan plan_after_reload(const HubPlan& present, const HubPlan& planned) {
  HubPlan plan = planned;
  plan.takes_records |= present.takes_records;  // a stream keeps its `hub` until the next start
  plan.endpoint_url = present.endpoint_url;
  if (!has_fresh_keys(present, planned)) plan.access_keys = present.access_keys;
  plan.identity = present.identity;
  plan.service = present.service;
  plan.proxy_credentials = present.proxy_credentials;
  plan.service.requests_per_second = planned.service.requests_per_second;
  plan.service.bytes_per_second = planned.service.bytes_per_second;
  plan.service.shared_by = planned.service.shared_by;
  plan.service.burst = planned.service.burst;
  plan.service.retry_after_max = planned.service.retry_after_max;
  plan.service.timeout = planned.service.timeout;
  plan.config.durability = present.config.durability;
  plan.config.spool_max_bytes = present.config.spool_max_bytes;
  plan.config.dead_letters.store = present.config.dead_letters.store;
  plan.config.dedupe_window = present.config.dedupe_window;
  plan.config.dedupe_max_ids = present.config.dedupe_max_ids;
  if (present.config.writes_to_disk()) {
    plan.config.ambiguous = present.config.ambiguous;  // the other one goes with memory alone
  }
  plan.config.ordering = present.config.ordering;
  plan.config.order = present.config.order;
  return plan;
}

namespace {

void warn_of_gateway(const GatewayConfig& gateway, std::vector<std::string>& lines) {
  if (!gateway.is_on()) return;
  if (gateway.plain) {
    lines.push_back("gateway.plain = true: tokens and messages reach " + gateway.listen +
                    " unencrypted, and whoever can read that network can send; only a bridge "
                    "within this machine is a place for it");
  }
  if (gateway.allow_entra == GatewayConfig::Entra::kLoopback) {
    lines.push_back(
        "gateway.allow_entra = \"loopback\": tokens of Entra are not verified, so "
        "whoever reaches " +
        gateway.listen + " on this machine may send");
  }
}

}  // namespace

std::vector<std::string> warnings_about(const Config& config) {
  std::vector<std::string> lines;
  const auto look = [&lines](const std::string& table, const ServiceConfig& service) {
    if (!service.shared_by.empty() && service.requests_per_second <= 0 &&
        service.bytes_per_second == 0) {
      lines.push_back(table + ".shared_by = " + print_text(service.shared_by) +
                      " shares no limit, since there is none: the daemons of the fleet learn from "
                      "429 alone, each for itself; add requests_per_second, which is the fleet's");
    }
    if (without_userinfo(service.proxy).userinfo.empty()) return;
    lines.push_back(table +
                    ".proxy has a password, which every reader of the file sees; put user:password "
                    "into a setting, and name that in proxy_credentials");
  };
  look("service", config.service);
  for (const auto& [name, service] : config.services) look("services." + name, service);
  warn_of_gateway(config.gateway, lines);
  return lines;
}

}  // namespace awps
