#include "daemon/awpsd/hub_table.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "auth/entra_token_source.h"
#include "base/hub_name.h"
#include "base/random.h"
#include "daemon/awpsd/options.h"
#include "http/reverse_proxy_transport.h"

namespace awps {

namespace {

// A start waits this long for the identities' first tokens.
constexpr Duration kFirstTokens = std::chrono::seconds(5);
// A reload not so long: operators wait for it. A hub without a token holds its endpoint a moment.
constexpr Duration kFirstTokensOfReload = std::chrono::seconds(1);

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

std::vector<HubPlan> plans_of(const std::vector<HubUnit*>& hubs) {
  std::vector<HubPlan> plans;
  for (const HubUnit* hub : hubs) plans.push_back(hub->applied);
  return plans;
}

}  // namespace

HubTable::HubTable(const Plan& plan, Parts parts, Listeners listeners)
    : parts_(std::move(parts)),
      listeners_(std::move(listeners)),
      default_hub_(plan.default_hub),
      most_hubs_(plan.hubs.size() + kSpareHubs),
      shared_({.clock = parts_.clock,
               .logger = parts_.logger,
               .make_transport = parts_.make_transport,
               .on_recovered = [this] { release_credential_holds(); }}) {
  for (const HubPlan& hub : plan.hubs) make_hub(hub);
}

HubTable::~HubTable() {
  shared_.stop_identities();  // their threads wake the hubs' transports
}

// ---- the hubs

std::vector<HubUnit*> HubTable::all_hubs() const {
  const MutexLock lock(hubs_mutex_);
  std::vector<HubUnit*> hubs;
  for (const auto& hub : hubs_) hubs.push_back(hub.get());
  return hubs;
}

std::vector<HubUnit*> HubTable::hubs() const {
  std::vector<HubUnit*> hubs = all_hubs();
  std::erase_if(hubs,
                [](const HubUnit* hub) { return hub->queue->is_removed() && hub->is_empty(); });
  std::ranges::sort(hubs, {}, [this](const HubUnit* hub) {
    return std::pair(hub->plan.hub != default_hub_, hub->plan.hub);
  });
  return hubs;
}

HubUnit* HubTable::find(std::string_view name) const {
  const Result<std::string> canonical = canonical_hub_name(name);
  return canonical ? hub_with(*canonical) : nullptr;
}

HubUnit* HubTable::hub_with(std::string_view canonical_name) const {
  const MutexLock lock(hubs_mutex_);
  const auto found =
      std::ranges::find(hubs_, canonical_name, [](const auto& hub) { return hub->plan.hub; });
  return found == hubs_.end() ? nullptr : found->get();
}

Result<std::vector<IntakeHub>> HubTable::directory() const {
  std::vector<HubUnit*> present = all_hubs();
  std::erase_if(present, [](const HubUnit* hub) { return hub->queue->is_removed(); });
  const std::vector<HubPlan> plans = plans_of(present);
  Result<std::vector<IntakeHub>> directory = intake_hubs(plans);
  if (directory) lead_to_hubs(plans, *directory);
  return directory;
}

void HubTable::lead_to_hubs(const std::vector<HubPlan>& plans,
                            std::vector<IntakeHub>& directory) const {
  for (size_t i = 0; i < plans.size(); ++i) {
    const HubUnit& hub = *hub_with(plans[i].hub);
    directory[i].queue = hub.queue.get();
    directory[i].entrance = hub.entrance.get();
  }
}

// ---- a hub is made

HubUnit& HubTable::make_hub(const HubPlan& plan) {
  auto made = std::make_unique<HubUnit>();
  HubUnit& hub = *made;
  hub.plan = plan;
  hub.applied = plan;
  hub.transport = parts_.make_transport(transport_options(plan));
  if (!plan.service.reverse_proxy.empty()) {
    hub.transport = std::make_unique<ReverseProxyTransport>(
        std::move(hub.transport), plan.endpoint_url, plan.service.reverse_proxy);
  }
  hub.endpoint = &shared_.endpoint_of(plan);
  make_tokens(hub);
  hub.queue = std::make_unique<HubQueue>(
      queue_options(plan, parts_.intake_threads),
      [&transport = *hub.transport] { transport.wake(); }, listeners_.room_again);
  hub.entrance = std::make_unique<MemoryEntrance>(*hub.queue);
  const MutexLock lock(hubs_mutex_);
  make_worker(hub, static_cast<int>(hubs_.size()));
  hubs_.push_back(std::move(made));
  return hub;
}

void HubTable::make_tokens(HubUnit& hub) {
  if (hub.plan.identity) {
    hub.tokens = std::make_unique<EntraTokenSource>(shared_.keeper_of(hub.plan));
    return;
  }
  KeyTokenSource::Options options;
  if (!hub.plan.service.connection_file.empty()) {
    options.fresh_keys = keys_of_file(hub.plan, parts_.logger);
  }
  auto keys = std::make_unique<KeyTokenSource>(hub.plan.access_keys, options, seed_from_system());
  hub.keys = keys.get();
  hub.tokens = std::move(keys);
}

void HubTable::make_worker(HubUnit& hub, int number) {
  const Worker::Options options{
      .number = number, .hub = pipeline_options(hub.plan), .sender = sender_options(hub.plan)};
  const Worker::Parts parts{.queue = *hub.queue,
                            .endpoint = *hub.endpoint,
                            .transport = *hub.transport,
                            .tokens = *hub.tokens,
                            .clock = parts_.clock,
                            .counters = hub.counters,
                            .logger = parts_.logger};
  hub.worker = std::make_unique<Worker>(options, parts, seed_from_system());
  hub.worker->on_undelivered(listeners_.undelivered, listeners_.max_undelivered_line_bytes);
  hub.max_in_flight = options.hub.max_in_flight;
  hub.requests_per_second = options.hub.requests_per_second;
}

void HubTable::start_workers() {
  shared_.start_identities(kFirstTokens);
  for (HubUnit* hub : all_hubs()) start_worker(*hub);
}

void HubTable::start_worker(HubUnit& hub) {
  workers_running_.fetch_add(1, std::memory_order_relaxed);
  hub.start([this] {
    // Release pairs with the acquire in workers_ended(): what the worker wrote is seen with it.
    workers_running_.fetch_sub(1, std::memory_order_release);
    listeners_.worker_ended();
  });
  const std::optional<EntraIdentity>& identity = hub.plan.identity;
  parts_.logger.info("hub {} goes to {} with {}", hub.plan.hub, hub.plan.endpoint_url,
                     identity ? name_of(identity->flow) : "an access key");
}

// ---- a reload

Result<void> HubTable::apply(const Plan& plan) {
  const MutexLock lock(changes_mutex_);
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
    return Error{"reloads can add at most " + std::to_string(kSpareHubs) +
                 " hubs: restart the daemon to add more"};
  }
  std::set<const EndpointState*> limited;
  for (const HubPlan& planned : plans) {
    HubUnit& hub = make_or_change(planned);
    std::erase(gone, &hub);
    // As at the start: of hubs with one endpoint the first says its limits.
    if (limited.insert(hub.endpoint).second) {
      hub.endpoint->set_limits(endpoint_options(hub.applied.service));
    }
  }
  for (HubUnit* hub : gone) {
    if (!hub->queue->is_removed()) hub->remove();
  }
  lead_to_hubs(plans, *directory);
  listeners_.directory_changed(std::move(*directory));
  return {};
}

HubUnit& HubTable::make_or_change(const HubPlan& planned) {
  if (HubUnit* hub = hub_with(planned.hub)) {
    hub->reconfigure(followed(*hub, planned));
    return *hub;
  }
  HubUnit& made = make_hub(planned);
  shared_.start_identities(kFirstTokensOfReload);
  start_worker(made);
  return made;
}

HubPlan HubTable::followed(const HubUnit& hub, const HubPlan& planned) const {
  const HubPlan& present = hub.applied;
  if (planned.endpoint_url != present.endpoint_url) {
    parts_.logger.warn("hub {} goes to {} until the next start, and then to {}", hub.plan.hub,
                       present.endpoint_url, planned.endpoint_url);
  }
  return plan_after_reload(present, planned);
}

void HubTable::reload_credentials() {
  for (HubUnit* hub : all_hubs()) {
    if (hub->keys != nullptr) hub->keys->take_fresh_keys();
  }
  shared_.forget_what_was_learnt();
  release_credential_holds();
}

void HubTable::release_credential_holds() {
  shared_.release_credential_holds();
  for (HubUnit* hub : all_hubs()) hub->transport->wake();
}

// ---- the stop

void HubTable::begin_stop() {
  const MutexLock lock(changes_mutex_);
  stopping_.store(true, std::memory_order_relaxed);
  for (HubUnit* hub : all_hubs()) hub->set_paused(false);
}

void HubTable::deliver_until(Instant deadline) {
  for (HubUnit* hub : all_hubs()) hub->worker->stop(deadline);
}

void HubTable::stop_now() {
  for (HubUnit* hub : all_hubs()) hub->worker->stop_now();
}

uint64_t HubTable::join() {
  uint64_t undelivered = 0;
  for (HubUnit* hub : all_hubs()) {
    hub->thread.join();
    undelivered += hub->worker->abandoned();
  }
  return undelivered;
}

}  // namespace awps
