#pragma once

// Plan: the hubs and streams to run, each with everything that its configuration, its service and
// the settings say. Functions of their arguments, but for what settings read; any thread.

#include <optional>
#include <string>
#include <vector>

#include "auth/entra_identity.h"
#include "auth/settings.h"
#include "base/result.h"
#include "config/config.h"
#include "config/config_error.h"
#include "daemon/awpsd/stream_plan.h"
#include "gateway/bearer.h"

namespace awps {

/// Who may send to a hub over the gateway's TCP address.
struct GatewayPlan {
  std::vector<NamedKey> keys;  // of allow_keys, without those of the service
  bool takes_service_keys = true;
  bool has_own_list = false;  // [hubs.NAME.gateway] says allow_keys
};

/// A hub with everything that its configuration and its service say.
struct HubPlan {
  std::string hub;  // canonical
  HubConfig config;
  ServiceConfig service;          // its proxy without user name and password
  std::string proxy_credentials;  // "user:password", each percent-encoded; empty: none
  std::string endpoint_url;
  std::vector<std::string> access_keys;  // in the order tried; empty: there is an identity
  std::optional<EntraIdentity> identity{};
  GatewayPlan gateway{};
  bool takes_records = false;  // a stream may address it
};

/// The hubs and streams to run.
struct Plan {
  std::vector<HubPlan> hubs;  // the default one first if there is one
  std::vector<StreamPlan> streams;
  std::string default_hub;  // empty: producers name theirs
};

/// Fills in proxy_credentials, and takes what is one out of service.proxy: so no message of anybody
/// can show a password.
Result<void> take_proxy(HubPlan& plan, const SettingsSource& settings);

/// Looks the settings up. Each mistake names what is missing and where to put it. A configuration
/// that has mistakes of its own is planned as far as it can be read.
Result<Plan, ConfigErrors> make_plan(const Config& config, const SettingsSource& settings);

/// As configured, else the setting WebPubSubHub, else empty.
Result<std::string> default_hub_of(const Config& config, const SettingsSource& settings);

/// What a running hub goes by after a reload that planned `planned`: the way to the service waits
/// for the next start, with what proves who we are there, and so does the order of what is under
/// way. New keys in the connection_file of the present service count at once.
HubPlan plan_after_reload(const HubPlan& present, const HubPlan& planned);

/// What is no mistake, and yet is better changed or must be known: passwords where a setting should
/// stand, a gateway that takes what it cannot check. A line each, for people.
std::vector<std::string> warnings_about(const Config& config);

/// One of the environment's variables for proxies that is set although no hub's service goes by it:
/// only `proxy` counts. nullopt: none, or each service has its proxy or is on this machine.
std::optional<std::string> unused_proxy_variable(const Plan& plan, const SettingsSource& settings);

}  // namespace awps
