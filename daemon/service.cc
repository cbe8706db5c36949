#include "daemon/service.h"

#include "action/encoder.h"
#include "auth/entra_token_source.h"
#include "base/random.h"

namespace awps {

namespace {

// Producers get this long to read their last replies after everything is settled.
constexpr Duration kLastReplies = std::chrono::seconds(2);
// The workers' start waits this long for the identities' first tokens.
constexpr Duration kFirstTokens = std::chrono::seconds(5);

// The keys that the file holds now; what is wrong with it is said once, until it changes.
std::function<std::optional<std::vector<std::string>>()> keys_of_file(const HubPlan& plan,
                                                                      spdlog::logger& logger) {
  return [path = plan.service.connection_file, url = plan.endpoint_url, hub = plan.hub, &logger,
          said = std::string()]() mutable -> std::optional<std::vector<std::string>> {
    Result<std::vector<std::string>> keys = read_access_keys(path, url);
    if (keys) {
      said.clear();
      return std::move(*keys);
    }
    if (said != keys.error().message) {
      said = keys.error().message;
      logger.error("hub {}: the connection file was read again: {}; the old key is kept", hub,
                   said);
    }
    return std::nullopt;
  };
}

}  // namespace

Service::Service(const Config& config, const Plan& plan, spdlog::logger& logger,
                 std::function<void()> on_worker_end)
    : config_(config),
      default_hub_(plan.default_hub),
      logger_(logger),
      on_worker_end_(std::move(on_worker_end)),
      intake_counters_(config.socket.threads),
      undelivered_(config.spool.path, clock_.wall_now()) {
  const int intake_threads = static_cast<int>(config.socket.threads);
  for (const HubPlan& hub : plan.hubs) {
    make_hub(hub, static_cast<int>(hubs_.size()), intake_threads);
  }
}

Service::~Service() = default;

EndpointState& Service::endpoint_of(const HubPlan& plan) {
  std::unique_ptr<EndpointState>& endpoint = endpoints_[plan.endpoint_url];
  if (endpoint == nullptr) {
    endpoint = std::make_unique<EndpointState>(endpoint_options(plan.service));
  }
  return *endpoint;
}

EntraTokenKeeper& Service::keeper_of(const HubPlan& plan) {
  const CurlOptions options = token_transport_options(plan);
  for (const auto& known : identities_) {
    if (known->identity == *plan.identity && known->proxy == options.proxy &&
        known->ca_file == options.ca_file) {
      return *known->keeper;
    }
  }
  Identity& made = *identities_.emplace_back(std::make_unique<Identity>());
  made.identity = *plan.identity;
  made.proxy = options.proxy;
  made.ca_file = options.ca_file;
  made.transport = std::make_unique<CurlTransport>(clock_, options);
  made.keeper = std::make_unique<EntraTokenKeeper>(
      EntraTokenKeeper::Options{.identity = *plan.identity, .seed = seed_from_system()},
      *made.transport, clock_, [this](const EntraTokenKeeper::Event& event) { report(event); });
  return *made.keeper;
}

void Service::make_tokens(Hub& hub) {
  if (hub.plan.identity) {
    hub.tokens = std::make_unique<EntraTokenSource>(keeper_of(hub.plan));
    return;
  }
  KeyTokenSource::Options options;
  if (!hub.plan.service.connection_file.empty()) {
    options.fresh_keys = keys_of_file(hub.plan, logger_);
  }
  auto keys = std::make_unique<KeyTokenSource>(hub.plan.access_keys, options, seed_from_system());
  hub.keys = keys.get();
  hub.tokens = std::move(keys);
}

void Service::make_hub(const HubPlan& plan, int number, int intake_threads) {
  Hub& hub = *hubs_.emplace_back(std::make_unique<Hub>());
  hub.plan = plan;
  hub.transport = std::make_unique<CurlTransport>(clock_, transport_options(plan));
  make_tokens(hub);
  hub.queue = std::make_unique<HubQueue>(
      queue_options(plan, intake_threads), [&transport = *hub.transport] { transport.wake(); },
      [this] { intake_->room_again(); });
  const Worker::Options options{
      .number = number, .hub = hub_options(plan), .sender = sender_options(plan)};
  const Worker::Parts parts{.queue = *hub.queue,
                            .endpoint = endpoint_of(plan),
                            .transport = *hub.transport,
                            .tokens = *hub.tokens,
                            .clock = clock_,
                            .counters = hub.counters,
                            .logger = logger_};
  hub.worker = std::make_unique<Worker>(options, parts, seed_from_system());
  hub.worker->on_abandon([this, &hub](const Entry& entry) { keep_undelivered(hub, entry); });
}

Result<void, ListenError> Service::make_intake() {
  const Result<IntakeServer::Options> options =
      intake_options(config_, static_cast<int>(hubs_.size()));
  if (!options) return ListenError{ExitCode::kConfig, options.error().message};
  std::vector<IntakeHub> hubs;
  for (const auto& hub : hubs_) {
    const HubConfig& access = hub->plan.config;
    Result<AccessList> list = resolve_access_list(access.allow_users, access.allow_groups);
    if (!list) {
      return ListenError{
          ExitCode::kConfig,
          "hubs." + hub->plan.hub + ".allow_users, allow_groups: " + list.error().message};
    }
    hubs.push_back({.queue = hub->queue.get(), .access = *list});
  }
  intake_ = std::make_unique<IntakeServer>(*options, std::move(hubs), default_hub_,
                                           std::span(intake_counters_));
  return {};
}

// Where the tokens come at once, as they do, no worker finds itself without.
void Service::start_identities() {
  const Instant end = clock_.now() + kFirstTokens;
  for (const auto& identity : identities_) {
    identity->keeper->ask_first(std::max(end - clock_.now(), Duration::zero()));
    identity->keeper->start();
  }
}

void Service::report(const EntraTokenKeeper::Event& event) {
  using Kind = EntraTokenKeeper::Event::Kind;
  switch (event.kind) {
    case Kind::kRefreshFailed:
      logger_.warn("{}; the token in use is still good, and it is tried again", event.message);
      return;
    case Kind::kNoToken:
      logger_.error("{}; accepted actions wait, and it is tried again", event.message);
      return;
    case Kind::kRecovered:
      logger_.info("{}", event.message);
      release_credential_holds();
      return;
  }
}

void Service::release_credential_holds() {
  for (const auto& [url, endpoint] : endpoints_) {
    if (endpoint->hold_reason() == HoldReason::kCredential) endpoint->release_hold();
  }
  for (const auto& hub : hubs_) hub->transport->wake();
}

void Service::reload_credentials() {
  for (const auto& hub : hubs_) {
    if (hub->keys != nullptr) hub->keys->take_fresh_keys();
  }
  for (const auto& [url, endpoint] : endpoints_) endpoint->permit_all_forms();
  release_credential_holds();
}

Result<void, ListenError> Service::start(int activated_fd) {
  if (Result<void, ListenError> made = make_intake(); !made) return made;
  if (Result<void, ListenError> listening = intake_->listen(activated_fd); !listening) {
    return listening;
  }
  start_identities();
  workers_running_.store(static_cast<int>(hubs_.size()), std::memory_order_relaxed);
  for (const auto& hub : hubs_) {
    hub->thread = std::jthread([this, &worker = *hub->worker] {
      worker.run();
      // Release pairs with the acquire in workers_ended(): what the worker wrote is seen with it.
      workers_running_.fetch_sub(1, std::memory_order_release);
      on_worker_end_();
    });
  }
  intake_->start();
  for (const auto& hub : hubs_) {
    const std::optional<EntraIdentity>& identity = hub->plan.identity;
    logger_.info("hub {} goes to {} with {}", hub->plan.hub, hub->plan.endpoint_url,
                 identity ? name_of(identity->flow) : "an access key");
  }
  return {};
}

void Service::drain(Instant deadline) {
  intake_->stop_reading();
  for (const auto& hub : hubs_) hub->worker->drain(deadline);
}

void Service::stop_now() {
  for (const auto& hub : hubs_) hub->worker->stop_now();
}

uint64_t Service::finish() {
  uint64_t undelivered = 0;
  for (const auto& hub : hubs_) {
    hub->thread.join();
    undelivered += hub->worker->abandoned();
  }
  intake_->finish(clock_.now() + kLastReplies);
  const Result<uint64_t> kept = undelivered_.finish();
  if (!kept) {
    logger_.error("{}", kept.error().message);
  } else if (*kept > 0) {
    logger_.error("{} actions were not delivered; they are in {}", *kept, undelivered_.path());
  }
  return undelivered;
}

// The action as a line with its hub and what is left of its time to live.
void Service::keep_undelivered(const Hub& hub, const Entry& entry) {
  Action action = entry.action();
  ActionOptions options = *action.options;
  options.hub = hub.plan.hub;
  action.options = &options;
  // Lines of their own would lose the order of an ordered batch: a key of its own keeps it.
  const std::string key = "batch-" + std::to_string(entry.batch->account().producer) + "-" +
                          std::to_string(entry.accepted->ordered_batch);
  if (entry.accepted->ordered_batch != 0 && options.ordering_key.empty()) {
    options.ordering_key = key;
  }
  if (action.time_to_live > Duration::zero()) {
    const Duration age = clock_.now() - entry.batch->accepted_at();
    action.time_to_live = std::max<Duration>(action.time_to_live - age, Duration{1'000'000});
  }
  std::string line;
  append_action(line, action);
  undelivered_.append(line);
}

std::string Service::status_line() const {
  uint64_t queued = 0;
  uint64_t delivered = 0;
  uint64_t dead = 0;
  uint64_t expired = 0;
  for (const auto& hub : hubs_) {
    queued += hub->counters.queued.value() + hub->counters.active.value() +
              hub->counters.deferred.value();
    delivered += hub->counters.delivered.value();
    dead += hub->counters.dead_lettered.value();
    expired += hub->counters.expired.value();
  }
  return std::to_string(hubs_.size()) + " hubs, " + std::to_string(queued) + " actions waiting, " +
         std::to_string(delivered) + " delivered, " + std::to_string(dead) + " dead letters, " +
         std::to_string(expired) + " expired";
}

}  // namespace awps
