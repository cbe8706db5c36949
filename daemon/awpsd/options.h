#pragma once

// From a plan and the configuration to the Options of the modules: the only place where both are
// known. Functions of their arguments, but for what looks up users; any thread.

#include <vector>

#include "admin/admin_server.h"
#include "base/result.h"
#include "config/config.h"
#include "daemon/awpsd/plan.h"
#include "http/curl_options.h"
#include "limit/endpoint_state.h"
#include "socket/socket_server.h"
#include "worker/worker.h"

namespace awps {

PipelineOptions pipeline_options(const HubPlan& plan);
Sender::Options sender_options(const HubPlan& plan);
HubQueue::Options queue_options(const HubPlan& plan, int intake_threads);
CurlOptions transport_options(const HubPlan& plan);
/// For an identity's requests for tokens.
CurlOptions token_transport_options(const HubPlan& plan);
EndpointState::Options endpoint_options(const ServiceConfig& service);
AdminServer::Options admin_options(const AdminConfig& admin);
Result<SocketServer::Options> socket_options(const Config& config);
/// The hubs' access lists; the queues are still to be put in.
Result<std::vector<IntakeHub>> intake_hubs(const std::vector<HubPlan>& plans);

}  // namespace awps
