#pragma once

// From the configuration and the settings to the Options of the modules: the only place where both
// are known.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "admin/admin_server.h"
#include "auth/entra_identity.h"
#include "auth/settings.h"
#include "base/result.h"
#include "config/config.h"
#include "http/curl_options.h"
#include "hub/worker.h"
#include "limit/endpoint_state.h"
#include "socket/socket_server.h"

namespace awps {

/// A hub with everything that its configuration and its service say.
struct HubPlan {
  std::string hub;  // canonical
  HubConfig config;
  ServiceConfig service;
  std::string endpoint_url;
  std::vector<std::string> access_keys;  // in the order tried; empty: there is an identity
  std::optional<EntraIdentity> identity{};
};

/// The hubs to run, the default one first if there is one.
struct Plan {
  std::vector<HubPlan> hubs;
  std::string default_hub;  // empty: producers name theirs
};

/// Looks the settings up. An Error names what is missing and where to put it.
Result<Plan> make_plan(const Config& config, const SettingsSource& settings);

/// Options that were set, but have no effect in this version: a line each, for people.
std::vector<std::string> options_without_effect(const Config& config);

PipelineOptions pipeline_options(const HubPlan& plan);
Sender::Options sender_options(const HubPlan& plan);
HubQueue::Options queue_options(const HubPlan& plan, int intake_threads);
CurlOptions transport_options(const HubPlan& plan);
/// For an identity's requests for tokens.
CurlOptions token_transport_options(const HubPlan& plan);
EndpointState::Options endpoint_options(const ServiceConfig& service);
AdminServer::Options admin_options(const AdminConfig& admin);
Result<SocketServer::Options> intake_options(const Config& config, int workers);
/// The hubs' access lists; the queues are still to be put in.
Result<std::vector<IntakeHub>> intake_hubs(const std::vector<HubPlan>& plans);

/// Is on this machine what the configuration names: users, groups, the file of the admin's token?
Result<void> check_machine(const Config& config, const Plan& plan);

}  // namespace awps
