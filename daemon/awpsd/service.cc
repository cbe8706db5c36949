#include "daemon/awpsd/service.h"

#include <pthread.h>

#include <algorithm>
#include <set>

#include "auth/entra_token_source.h"
#include "base/hub_name.h"
#include "base/check.h"
#include "base/random.h"

namespace awps {

namespace {

// Producers get this long to read their last replies after everything is settled.
constexpr Duration kLastReplies = std::chrono::seconds(2);

// A start waits this long for the identities' first tokens.
constexpr Duration kFirstTokens = std::chrono::seconds(5);
// A reload not so long: operators wait for it. A hub without a token holds its endpoint a moment.
constexpr Duration kFirstTokensOfReload = std::chrono::seconds(1);

void lead_to(const HubUnit& hub, IntakeHub& entry) {
  entry.queue = hub.queue.get();
  entry.entrance = hub.entrance.get();
}

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
      most_hubs_(plan.hubs.size() + kSpareHubs),
      logger_(logger),
      on_worker_end_(std::move(on_worker_end)),
      shared_(clock_, logger, [this] { release_credential_holds(); }),
      intake_counters_(config.socket.threads),
      undelivered_(config.spool.path, clock_) {
  for (const HubPlan& hub : plan.hubs) make_hub(hub);
}

Service::~Service() {
  shared_.stop_identities();  // their threads wake the hubs' transports
}

// ---- hubs

void Service::make_tokens(HubUnit& hub) {
  if (hub.plan.identity) {
    hub.tokens = std::make_unique<EntraTokenSource>(shared_.keeper_of(hub.plan));
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

HubUnit& Service::make_hub(const HubPlan& plan) {
  auto made = std::make_unique<HubUnit>();
  HubUnit& hub = *made;
  hub.plan = plan;
  hub.applied = plan;
  hub.transport = std::make_unique<CurlTransport>(clock_, transport_options(plan));
  hub.endpoint = &shared_.endpoint_of(plan);
  make_tokens(hub);
  hub.queue = std::make_unique<HubQueue>(
      queue_options(plan, static_cast<int>(config_.socket.threads)),
      [&transport = *hub.transport] { transport.wake(); }, [this] { intake_->room_again(); });
  hub.entrance = std::make_unique<MemoryEntrance>(*hub.queue);
  const MutexLock lock(hubs_mutex_);
  const Worker::Options options{.number = static_cast<int>(hubs_.size()),
                                .hub = pipeline_options(plan),
                                .sender = sender_options(plan)};
  const Worker::Parts parts{.queue = *hub.queue,
                            .endpoint = *hub.endpoint,
                            .transport = *hub.transport,
                            .tokens = *hub.tokens,
                            .clock = clock_,
                            .counters = hub.counters,
                            .logger = logger_};
  hub.worker = std::make_unique<Worker>(options, parts, seed_from_system());
  hub.worker->on_undelivered(
      [this](std::string_view line, uint64_t actions) { undelivered_.append(line, actions); });
  hub.max_in_flight = options.hub.max_in_flight;
  hub.requests_per_second = options.hub.requests_per_second;
  hubs_.push_back(std::move(made));
  return hub;
}

void Service::start_worker(HubUnit& hub) {
  workers_running_.fetch_add(1, std::memory_order_relaxed);
  hub.thread = std::jthread([this, &hub] {
    hub.worker->run();
    // Release pairs with the acquire in Operators::report_of(), which reads what the worker left.
    hub.ended.store(true, std::memory_order_release);
    // Release pairs with the acquire in workers_ended(): what the worker wrote is seen with it.
    workers_running_.fetch_sub(1, std::memory_order_release);
    on_worker_end_();
  });
  static constexpr size_t kLongestName = 15;  // that Linux keeps of a thread's
  pthread_setname_np(hub.thread.native_handle(),
                     ("hub/" + hub.plan.hub).substr(0, kLongestName).c_str());
  const std::optional<EntraIdentity>& identity = hub.plan.identity;
  logger_.info("hub {} goes to {} with {}", hub.plan.hub, hub.plan.endpoint_url,
               identity ? name_of(identity->flow) : "an access key");
}

std::vector<HubUnit*> Service::all_hubs() const {
  const MutexLock lock(hubs_mutex_);
  std::vector<HubUnit*> hubs;
  for (const auto& hub : hubs_) hubs.push_back(hub.get());
  return hubs;
}

std::vector<HubUnit*> Service::hubs() const {
  std::vector<HubUnit*> hubs = all_hubs();
  std::erase_if(hubs,
                [](const HubUnit* hub) { return hub->queue->is_removed() && hub->is_empty(); });
  std::ranges::sort(hubs, {}, [this](const HubUnit* hub) {
    return std::pair(hub->plan.hub != default_hub_, hub->plan.hub);
  });
  return hubs;
}

HubUnit* Service::hub_with(std::string_view canonical_name) const {
  const MutexLock lock(hubs_mutex_);
  const auto found =
      std::ranges::find(hubs_, canonical_name, [](const auto& hub) { return hub->plan.hub; });
  return found == hubs_.end() ? nullptr : found->get();
}

HubUnit* Service::find_hub(std::string_view name) const {
  const Result<std::string> canonical = canonical_hub_name(name);
  return canonical ? hub_with(*canonical) : nullptr;
}

// ---- start and stop

Result<void, ListenError> Service::start(const Plan& plan, int activated_fd) {
  const Result<SocketServer::Options> options =
      intake_options(config_, static_cast<int>(most_hubs_));
  if (!options) return ListenError{ExitCode::kConfig, options.error().message};
  Result<std::vector<IntakeHub>> hubs = intake_hubs(plan.hubs);
  if (!hubs) return ListenError{ExitCode::kConfig, hubs.error().message};
  for (size_t i = 0; i < hubs->size(); ++i) {
    lead_to(*find_hub(plan.hubs[i].hub), (*hubs)[i]);
  }
  intake_ = std::make_unique<SocketServer>(*options, std::move(*hubs), default_hub_,
                                           std::span(intake_counters_));
  if (Result<void, ListenError> listening = intake_->listen(activated_fd); !listening) {
    return listening;
  }
  shared_.start_identities(kFirstTokens);
  for (HubUnit* hub : all_hubs()) start_worker(*hub);
  intake_->start();
  return {};
}

void Service::drain(Instant deadline) {
  const MutexLock lock(apply_mutex_);
  stopping_.store(true, std::memory_order_relaxed);
  intake_->stop_reading();
  for (HubUnit* hub : all_hubs()) {
    set_paused(*hub, false);
    hub->worker->stop(deadline);
  }
}

void Service::stop_now() {
  for (HubUnit* hub : all_hubs()) hub->worker->stop_now();
}

uint64_t Service::finish() {
  uint64_t undelivered = 0;
  for (HubUnit* hub : all_hubs()) {
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

// ---- changes

void Service::release_credential_holds() {
  shared_.release_credential_holds();
  for (HubUnit* hub : all_hubs()) hub->transport->wake();
}

void Service::reload_credentials() {
  for (HubUnit* hub : all_hubs()) {
    if (hub->keys != nullptr) hub->keys->take_fresh_keys();
  }
  shared_.forget_what_was_learnt();
  release_credential_holds();
}

// The way to the service waits for the next start, and so does the order of what is under way.
HubPlan Service::follow(const HubUnit& hub, const HubPlan& planned) const {
  const HubPlan& present = hub.applied;
  HubPlan followed = planned;
  followed.endpoint_url = present.endpoint_url;
  followed.service = present.service;
  followed.service.requests_per_second = planned.service.requests_per_second;
  followed.service.bytes_per_second = planned.service.bytes_per_second;
  followed.service.burst = planned.service.burst;
  followed.service.retry_after_max = planned.service.retry_after_max;
  followed.service.timeout = planned.service.timeout;
  followed.config.ordering = present.config.ordering;
  followed.config.order = present.config.order;
  if (planned.endpoint_url != present.endpoint_url) {
    logger_.warn("hub {} goes to {} until the next start, and then to {}", hub.plan.hub,
                 present.endpoint_url, planned.endpoint_url);
  }
  return followed;
}

void Service::reconfigure(HubUnit& hub, const HubPlan& plan) {
  hub.applied = plan;
  hub.queue->set_options(queue_options(plan, /*intake_threads=*/0));
  if (hub.queue->is_removed()) end_steering(hub);  // what an operator did to it since
  hub.queue->set_removed(false);
  const PipelineOptions options = pipeline_options(plan);
  hub.max_in_flight = options.max_in_flight;
  hub.requests_per_second = options.requests_per_second;
  hub.worker->ask([options, sender = sender_options(plan)](Worker& worker) {
    worker.reconfigure(options, sender);
  });
}

// What it has is delivered.
void Service::remove(HubUnit& hub) {
  hub.queue->set_removed(true);
  end_steering(hub);
}

Result<void> Service::apply(const Plan& plan) {
  const MutexLock lock(apply_mutex_);
  if (is_stopping()) return Error{"the daemon is stopping"};
  std::vector<HubPlan> plans = plan.hubs;
  const bool keeps_default =
      default_hub_.empty() || std::ranges::find(plans, default_hub_, &HubPlan::hub) != plans.end();
  // Another default hub waits for the next start: connections were told of this one.
  if (!keeps_default) plans.push_back(hub_with(default_hub_)->applied);
  Result<std::vector<IntakeHub>> directory = intake_hubs(plans);
  if (!directory) return directory.error();
  std::vector<HubUnit*> gone = all_hubs();
  const auto added = static_cast<size_t>(std::ranges::count_if(
      plans, [&](const HubPlan& planned) { return hub_with(planned.hub) == nullptr; }));
  if (gone.size() + added > most_hubs_) {
    return Error{"more than " + std::to_string(kSpareHubs) +
                 " hubs came by reloads: restart the daemon for more"};
  }
  std::set<const EndpointState*> limited;
  for (size_t i = 0; i < plans.size(); ++i) {
    HubUnit* hub = hub_with(plans[i].hub);
    if (hub != nullptr) {
      reconfigure(*hub, follow(*hub, plans[i]));
      std::erase(gone, hub);
    } else {
      hub = &make_hub(plans[i]);
      shared_.start_identities(kFirstTokensOfReload);
      start_worker(*hub);
    }
    // As at the start: of hubs with one endpoint the first says its limits.
    if (limited.insert(hub->endpoint).second) {
      hub->endpoint->set_limits(endpoint_options(hub->applied.service));
    }
    lead_to(*hub, (*directory)[i]);
  }
  for (HubUnit* hub : gone) {
    if (!hub->queue->is_removed()) remove(*hub);
  }
  intake_->set_hubs(std::move(*directory), default_hub_);
  return {};
}

void Service::set_paused(HubUnit& hub, bool pauses) {
  hub.paused = pauses;
  hub.worker->ask([pauses](Worker& worker) {
    worker.pipeline().pause(pauses);
    return true;
  });
}

void Service::set_draining(HubUnit& hub, bool drains) {
  hub.draining = drains;
  hub.queue->set_admitting(!drains);
}

void Service::end_steering(HubUnit& hub) {
  set_draining(hub, false);
  set_paused(hub, false);
}

Result<void> Service::pause(const std::vector<HubUnit*>& hubs) {
  const MutexLock lock(apply_mutex_);
  if (is_stopping()) return Error{"the daemon is stopping, and delivers what it has"};
  for (HubUnit* hub : hubs) set_paused(*hub, true);
  return {};
}

Result<void> Service::drain(const std::vector<HubUnit*>& hubs) {
  const MutexLock lock(apply_mutex_);
  for (const HubUnit* hub : hubs) {
    if (!hub->paused) continue;
    return Error{"hub '" + hub->plan.hub + "' is paused and would never be empty: resume it"};
  }
  for (HubUnit* hub : hubs) set_draining(*hub, true);
  return {};
}

Result<void> Service::resume(const std::vector<HubUnit*>& hubs) {
  const MutexLock lock(apply_mutex_);
  if (is_stopping()) return Error{"the daemon is stopping: start it again"};
  for (HubUnit* hub : hubs) end_steering(*hub);
  return {};
}

// ---- what is to be told

Result<void> Service::alive() const {
  const Instant now = clock_.now();
  for (const HubUnit* hub : all_hubs()) {
    if (hub->is_alive(now)) continue;
    const Duration since = now - hub->worker->last_turn();
    return Error{"hub " + hub->plan.hub + ": its delivery loop has not turned for " +
                 std::to_string(static_cast<int>(to_seconds(since))) + " s"};
  }
  return {};
}

IntakeValues Service::intake_values() const {
  IntakeValues values;
  for (const IntakeCounters& counters : intake_counters_) add_values_of(counters, values);
  return values;
}

std::string Service::status_line() const {
  uint64_t queued = 0;
  uint64_t delivered = 0;
  uint64_t dead = 0;
  uint64_t expired = 0;
  for (const HubUnit* hub : all_hubs()) {
    const HubValues values = values_of(hub->counters);
    queued += values.queued + values.active + values.deferred;
    delivered += values.delivered;
    dead += values.dead_lettered;
    expired += values.expired;
  }
  return std::to_string(hubs().size()) + " hubs, " + std::to_string(queued) + " actions waiting, " +
         std::to_string(delivered) + " delivered, " + std::to_string(dead) + " dead letters, " +
         std::to_string(expired) + " expired";
}

}  // namespace awps
