#include "daemon/awpsd/gateway_door.h"

#include <pthread.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "auth/settings.h"
#include "base/loopback_host.h"
#include "daemon/awpsd/gateway_hosts.h"
#include "daemon/awpsd/options.h"

namespace awps {

namespace {

// From the change of a file until it is taken.
constexpr Duration kLookEvery = std::chrono::seconds(30);
// Answers are given by then; their clients get so long to read them.
constexpr Duration kLastGatewayAnswers = std::chrono::seconds(3);

}  // namespace

GatewayDoor::GatewayDoor(const Config& config, Parts parts)
    : config_(config), parts_(std::move(parts)), present_(config.gateway) {}

GatewayDoor::~GatewayDoor() = default;

// ---- start

Result<void, ListenError> GatewayDoor::listen(std::vector<IntakeHub> directory) {
  const GatewayConfig& gateway = config_.gateway;
  Result<ListenAddress> address = parse_listen_address(gateway.listen);
  if (!address) {
    return ListenError{ExitCode::kConfig, "gateway.listen: " + address.error().message};
  }
  Result<AccessList> access =
      resolve_access_list(config_.socket.allow_users, config_.socket.allow_groups);
  if (!access) return ListenError{ExitCode::kConfig, access.error().message};
  address_ = std::move(*address);
  access_ = std::move(*access);
  if (!gateway.tls_certificate.empty()) {
    auto certificate = GatewayCertificate::open(gateway.tls_certificate);
    if (!certificate) {
      return ListenError{ExitCode::kConfig,
                         "gateway.tls_certificate: " + certificate.error().message};
    }
    certificate_ = std::move(*certificate);
  }
  door_ = std::make_unique<Door>(
      door_limits(gateway, parts_.slot), door_options(gateway), hubs_with(std::move(directory)),
      Door::Parts{.clock = parts_.clock,
                  .counters = counters_,
                  .warn = [this](const std::string& line) { parts_.logger.warn("{}", line); }});
  server_ = std::make_unique<http_server::Server>(server_options(), *door_);
  if (Result<void, ListenError> bound = bind(); !bound) return bound;
  door_->attach(*server_);
  return {};
}

Result<void, ListenError> GatewayDoor::bind() {
  if (parts_.activated_fd >= 0) {
    if (auto adopted = server_->adopt(UniqueFd(parts_.activated_fd)); !adopted) return adopted;
  }
  if (auto listening = server_->listen(); !listening) {
    return ListenError{listening.error().exit_code, "gateway: " + listening.error().message};
  }
  address_ = server_->addresses().front();
  if (address_.is_tcp() || parts_.activated_fd >= 0) return {};
  return server_->set_access(config_.socket.mode, config_.socket.group);
}

http_server::Server::Options GatewayDoor::server_options() const {
  http_server::Server::Options options{
      .addresses = {},
      .socket_mode = 0600,  // until set_access()
      .thread_name = "gateway",
      .loop = {.limits = gateway_limits(config_.gateway, parts_.max_connections),
               .tls = certificate_ == nullptr ? nullptr : certificate_->context()}};
  if (parts_.activated_fd < 0) options.addresses.push_back(address_);
  return options;
}

DoorOptions GatewayDoor::door_options(const GatewayConfig& gateway) const {
  // The address that is bound counts: another one may wait for the next start.
  const bool is_loopback = address_.is_tcp() && is_loopback_host(address_.host);
  DoorOptions options{
      .passes_reads = gateway.reads == GatewayConfig::Reads::kPass,
      .takes_entra = gateway.allow_entra == GatewayConfig::Entra::kLoopback && is_loopback,
      .hosts = hosts_of(address_),
      .access = access_};
  std::ranges::copy(gateway.allow_hosts, std::back_inserter(options.hosts));
  if (certificate_ != nullptr) {
    std::ranges::copy(certificate_->context()->names(), std::back_inserter(options.hosts));
  }
  return options;
}

void GatewayDoor::start() {
  next_look_ = parts_.clock.now() + kLookEvery;
  server_->start();
}

// ---- reload

Door::Hubs GatewayDoor::hubs_with(std::vector<IntakeHub> directory) {
  RulesParts parts{.make_transport = parts_.make_transport, .max_reads = config_.gateway.max_reads};
  {
    const MutexLock lock(mutex_);
    parts.watched = watched_;
  }
  GatewayRules rules = rules_of(parts_.hubs, parts);
  {
    const MutexLock lock(mutex_);
    watched_ = std::move(rules.watched);
  }
  return {.directory = std::make_shared<HubDirectory>(std::move(directory), ""),
          .rules = std::move(rules.rules)};
}

void GatewayDoor::set_hubs(std::vector<IntakeHub> directory) {
  door_->set_hubs(hubs_with(std::move(directory)));
}

void GatewayDoor::follow(const Config& config) {
  const MutexLock files(files_mutex_);
  const bool has_certificate = !config.gateway.tls_certificate.empty();
  if (has_certificate != (certificate_ != nullptr)) {
    parts_.logger.warn("reload: the gateway goes on {} TLS until the next start",
                       certificate_ == nullptr ? "without" : "with");
  }
  {
    const MutexLock lock(mutex_);
    std::string certificate =
        has_certificate ? config.gateway.tls_certificate : present_.tls_certificate;
    present_ = config.gateway;
    present_.tls_certificate = std::move(certificate);
  }
  take_files();
}

void GatewayDoor::room_again() {
  door_->room_again();
}

// ---- files

void GatewayDoor::tick() {
  if (parts_.clock.now() < next_look_ || looks_.exchange(true)) return;
  next_look_ = parts_.clock.now() + kLookEvery;
  looker_ = std::jthread([this] {
    pthread_setname_np(pthread_self(), "gateway files");
    {
      const MutexLock files(files_mutex_);
      take_files();
    }
    looks_ = false;
  });
}

void GatewayDoor::take_files() {
  GatewayConfig present;
  std::vector<WatchedKeys> watched;
  {
    const MutexLock lock(mutex_);
    present = present_;
    watched = watched_;
  }
  if (certificate_ != nullptr) take_certificate(present.tls_certificate);
  for (const WatchedKeys& watch : watched) {
    // A worker whose key is refused reads the file, too, and tells of what is wrong with it.
    Result<std::vector<std::string>> keys = read_access_keys(watch.file, watch.endpoint_url);
    if (keys) watch.keys->take(std::move(*keys));
  }
  door_->set_options(door_options(present));  // with it the door asks for the keys
}

void GatewayDoor::take_certificate(const std::string& name) {
  const auto tell = [this](const std::string& error) {
    parts_.logger.error("gateway: {}; the certificate that was read before stays", error);
  };
  const auto context = certificate_->look(name, tell);
  if (context == nullptr) return;
  server_->set_tls(context);
  parts_.logger.info("gateway: a new TLS certificate is taken for new connections");
}

// ---- status

std::string GatewayDoor::address() const {
  return to_text(address_);
}

GatewayStatus GatewayDoor::status() const {
  GatewayStatus status{.listen = address(),
                       .connections = server_->connections(),
                       .max_connections = parts_.max_connections,
                       .values = counters_.values()};
  if (certificate_ == nullptr) return status;
  const GatewayCertificate::State state = certificate_->state();
  status.certificate_end = state.not_after;
  status.certificate_error = state.error;
  status.warning = warning_of_end(state.not_after, parts_.clock.wall_now());
  return status;
}

// ---- stop

void GatewayDoor::begin_stop() {
  server_->stop_accepting();
  door_->begin_stop();
}

bool GatewayDoor::finish_stop(const std::function<bool(const std::string& hub)>& has_log) {
  door_->finish_stop(has_log);
  return server_->stop_within(kLastGatewayAnswers);
}

}  // namespace awps
