#pragma once

// From a plan and the configuration to the Options of the modules: the only place where both are
// known. Functions of their arguments, but for what looks up users; any thread.

#include <vector>

#include "admin/admin_server.h"
#include "base/result.h"
#include "config/config.h"
#include "daemon/awpsd/plan.h"
#include "gateway/door.h"
#include "http/curl_options.h"
#include "http_server/limits.h"
#include "limit/endpoint_state.h"
#include "socket/socket_server.h"
#include "spool/log_options.h"
#include "spool/space.h"
#include "stream/stream.h"
#include "worker/committer.h"
#include "worker/worker.h"

namespace awps {

PipelineOptions pipeline_options(const HubPlan& plan);
Sender::Options sender_options(const HubPlan& plan);
HubQueue::Options queue_options(const HubPlan& plan, int intake_threads);
/// The queue of a durable hub's doors, which ends at its committer.
HubQueue::Options arrivals_options(const HubPlan& plan, const SpoolConfig& spool,
                                   int intake_threads);
/// From which its worker takes.
HubQueue::Options window_options(const HubPlan& plan);
/// Of a durable hub, from which its worker takes the records of streams.
HubQueue::Options records_options(const HubPlan& plan, int intake_threads);
/// What one producer may have on disk alone.
uint64_t producer_spool_bytes(const HubPlan& plan, const SpoolConfig& spool);
KnownIds::Options known_ids_options(const HubPlan& plan);
Committer::Options committer_options(const HubPlan& plan, const SpoolConfig& spool,
                                     int intake_threads);
/// Its folder and its store are still to be put in.
LogOptions log_options(const HubPlan& plan, const SpoolConfig& spool);
/// Of its dead letters.
LogOptions letters_log_options(const HubPlan& plan);
SpoolSpace::Options space_options(const SpoolConfig& spool);
CurlOptions transport_options(const HubPlan& plan);
/// For an identity's requests for tokens.
CurlOptions token_transport_options(const HubPlan& plan);
EndpointState::Options endpoint_options(const ServiceConfig& service);
AdminServer::Options admin_options(const AdminConfig& admin);
/// `connections`: as many as there are files for.
http_server::Limits gateway_limits(const GatewayConfig& gateway, uint64_t connections);
Door::Limits door_limits(const GatewayConfig& gateway, int slot);
Result<SocketServer::Options> socket_options(const Config& config);
StreamOptions stream_thread_options(const StreamPlan& plan);
/// The hubs' access lists; the queues are still to be put in.
Result<std::vector<IntakeHub>> intake_hubs(const std::vector<HubPlan>& plans);

}  // namespace awps
