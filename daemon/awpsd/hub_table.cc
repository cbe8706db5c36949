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
// Of dead letters of hubs that are gone, all together.
constexpr uint64_t kMostRestingBytes = uint64_t{256} << 20U;
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

std::vector<HubPlan> plans_of(const HubTable::Hubs& hubs) {
  std::vector<HubPlan> plans;
  for (const auto& hub : hubs) plans.push_back(hub->applied);
  return plans;
}

}  // namespace

HubTable::HubTable(const Plan& plan, Parts parts, Listeners listeners)
    : parts_(std::move(parts)),
      listeners_(std::move(listeners)),
      default_hub_(plan.default_hub),
      shared_({.clock = parts_.clock,
               .logger = parts_.logger,
               .make_transport = parts_.make_transport,
               .on_recovered = [this] { release_credential_holds(); }}) {
  for (const HubPlan& hub : plan.hubs) make_hub(hub);
}

HubTable::~HubTable() {
  reaper_ = {};
  shared_.stop_identities();  // their threads wake the hubs' transports
}

// ---- the hubs

HubTable::Hubs HubTable::hubs() const {
  const MutexLock lock(hubs_mutex_);
  Hubs hubs = hubs_;
  std::ranges::sort(hubs, {}, [this](const auto& hub) {
    return std::pair(hub->plan.hub != default_hub_, hub->plan.hub);
  });
  return hubs;
}

std::shared_ptr<HubUnit> HubTable::find(std::string_view name) const {
  const Result<std::string> canonical = canonical_hub_name(name);
  return canonical ? hub_with(*canonical) : nullptr;
}

std::shared_ptr<HubUnit> HubTable::hub_with(std::string_view canonical_name) const {
  const MutexLock lock(hubs_mutex_);
  const auto found =
      std::ranges::find(hubs_, canonical_name, [](const auto& hub) { return hub->plan.hub; });
  return found == hubs_.end() ? nullptr : *found;
}

std::vector<std::shared_ptr<RestingHub>> HubTable::resting() const {
  const MutexLock lock(hubs_mutex_);
  std::vector<std::shared_ptr<RestingHub>> resting;
  for (const auto& [name, hub] : resting_) resting.push_back(hub);
  return resting;
}

std::shared_ptr<RestingHub> HubTable::find_resting(std::string_view name) const {
  const Result<std::string> canonical = canonical_hub_name(name);
  if (!canonical) return nullptr;
  const MutexLock lock(hubs_mutex_);
  const auto found = resting_.find(*canonical);
  return found == resting_.end() ? nullptr : found->second;
}

HubTable::Past HubTable::past() const {
  const MutexLock lock(hubs_mutex_);
  return past_;
}

Result<std::vector<IntakeHub>> HubTable::directory() const {
  Hubs present = hubs();
  std::erase_if(present, [](const auto& hub) { return hub->queue->is_removed(); });
  const std::vector<HubPlan> plans = plans_of(present);
  Result<std::vector<IntakeHub>> directory = intake_hubs(plans);
  if (directory) lead_to_hubs(plans, *directory);
  return directory;
}

void HubTable::lead_to_hubs(const std::vector<HubPlan>& plans,
                            std::vector<IntakeHub>& directory) const {
  for (size_t i = 0; i < plans.size(); ++i) hub_with(plans[i].hub)->lend_to(directory[i]);
}

// ---- a hub is made

std::shared_ptr<HubUnit> HubTable::make_hub(const HubPlan& plan) {
  const auto made = std::make_shared<HubUnit>();
  HubUnit& hub = *made;
  hub.plan = plan;
  hub.applied = plan;
  hub.transport = parts_.make_transport(transport_options(plan));
  if (!plan.service.reverse_proxy.empty()) {
    hub.transport = std::make_unique<ReverseProxyTransport>(
        std::move(hub.transport), plan.endpoint_url, plan.service.reverse_proxy);
  }
  hub.endpoint = shared_.endpoint_of(plan);
  make_tokens(hub);
  hub.queue = std::make_unique<HubQueue>(
      queue_options(plan, parts_.intake_threads),
      [&transport = *hub.transport] { transport.wake(); }, listeners_.room_again);
  hub.entrance = std::make_unique<MemoryEntrance>(*hub.queue);
  make_worker(hub);
  const MutexLock lock(hubs_mutex_);
  hubs_.push_back(made);
  // What it has given up before it was gone.
  if (const auto rested = resting_.extract(plan.hub)) {
    std::unique_ptr<DeadLetterStore> letters = rested.mapped()->take_letters();
    letters->set_options(pipeline_options(plan).dead_letters);
    letters->count_all_as_overtaken();
    hub.worker->pipeline().keep_dead_letters_in(std::move(letters));
  }
  return made;
}

void HubTable::make_tokens(HubUnit& hub) {
  if (hub.plan.identity) {
    hub.keeper = shared_.keeper_of(hub.plan);
    hub.tokens = std::make_unique<EntraTokenSource>(*hub.keeper);
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

void HubTable::make_worker(HubUnit& hub) {
  const Worker::Options options{.max_undelivered_line_bytes = parts_.max_undelivered_line_bytes,
                                .hub = pipeline_options(hub.plan),
                                .sender = sender_options(hub.plan)};
  const Worker::Parts parts{.queue = *hub.queue,
                            .endpoint = *hub.endpoint,
                            .transport = *hub.transport,
                            .tokens = *hub.tokens,
                            .clock = parts_.clock,
                            .counters = hub.counters,
                            .logger = parts_.logger,
                            .undelivered = parts_.undelivered};
  hub.worker = std::make_unique<Worker>(options, parts, seed_from_system());
  hub.max_in_flight = options.hub.max_in_flight;
  hub.requests_per_second = options.hub.requests_per_second;
}

void HubTable::start_workers() {
  shared_.start_identities(kFirstTokens);
  for (const auto& hub : hubs()) start_worker(*hub);
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

Result<std::vector<std::string>> HubTable::apply(const Plan& plan) {
  const MutexLock lock(changes_mutex_);
  if (is_stopping()) return Error{"the daemon is stopping"};
  std::vector<HubPlan> plans = plan.hubs;
  const bool keeps_default =
      default_hub_.empty() || std::ranges::find(plans, default_hub_, &HubPlan::hub) != plans.end();
  // Another default hub waits for the next start: connections were told of this one.
  if (!keeps_default) plans.push_back(hub_with(default_hub_)->applied);
  Result<std::vector<IntakeHub>> directory = intake_hubs(plans);
  if (!directory) return directory.error();
  if (!wait_for_the_ending(plans)) {
    return Error{
        "a hub that was taken out is still ending, and cannot come back yet: reload again"};
  }
  Hubs gone = hubs();
  Hubs made;
  std::set<const EndpointState*> limited;
  for (const HubPlan& planned : plans) {
    const std::shared_ptr<HubUnit> hub = make_or_change(planned);
    if (std::erase(gone, hub) == 0) made.push_back(hub);
    // As at the start: of hubs with one endpoint the first says its limits.
    if (limited.insert(hub->endpoint.get()).second) {
      hub->endpoint->set_limits(endpoint_options(hub->applied.service));
    }
  }
  shared_.start_identities(kFirstTokensOfReload);
  for (const auto& hub : made) start_worker(*hub);
  for (const auto& hub : gone) {
    if (!hub->queue->is_removed()) hub->remove();
  }
  lead_to_hubs(plans, *directory);
  listeners_.directory_changed(std::move(*directory));
  std::vector<std::string> names;
  for (const auto& hub : made) names.push_back(hub->plan.hub);
  return names;
}

// A worker that was told to end has nothing left to do, and ends within a turn. One that does not
// is waited for a second at most: whoever reloads holds up the stop meanwhile.
bool HubTable::wait_for_the_ending(const std::vector<HubPlan>& plans) const {
  static constexpr int kTries = 1000;
  const auto is_ending = [this](const HubPlan& planned) {
    const std::shared_ptr<HubUnit> hub = hub_with(planned.hub);
    return hub != nullptr && hub->is_ending && !hub->ended;
  };
  for (int i = 0; i < kTries && std::ranges::any_of(plans, is_ending); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return std::ranges::none_of(plans, is_ending);
}

std::shared_ptr<HubUnit> HubTable::make_or_change(const HubPlan& planned) {
  std::shared_ptr<HubUnit> hub = hub_with(planned.hub);
  if (hub != nullptr && !hub->is_ending) {
    hub->reconfigure(followed(*hub, planned));
    return hub;
  }
  if (hub != nullptr) lay_to_rest(hub);
  return make_hub(planned);
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
  for (const auto& hub : hubs()) {
    if (hub->keys != nullptr) hub->keys->take_fresh_keys();
  }
  shared_.forget_what_was_learnt();
  release_credential_holds();
}

void HubTable::release_credential_holds() {
  shared_.release_credential_holds();
  // Not by a copy of the list: an identity's thread, which calls this, must not be the one that
  // frees its last hub.
  const MutexLock lock(hubs_mutex_);
  for (const auto& hub : hubs_) hub->transport->wake();
}

// ---- hubs that are gone

bool HubTable::retire() {
  if (!changes_mutex_.try_lock()) return true;  // a reload: in the next turn
  const bool is_stopped = is_stopping();
  if (!is_stopped) {
    retire_hubs();
    age_letters();
  }
  free_the_dead();
  const bool are_left = !dead_.empty() || std::ranges::any_of(hubs(), [](const auto& hub) {
    return hub->queue->is_removed();
  });
  changes_mutex_.unlock();
  return are_left && !is_stopped;
}

void HubTable::retire_hubs() {
  for (const auto& hub : hubs()) {
    if (!hub->is_ending && hub->may_end()) {
      hub->is_ending = true;
      hub->worker->stop(kNever);
    } else if (hub->is_ending && hub->ended) {
      lay_to_rest(hub);
    }
  }
}

// Takes it out of the table, once its worker has ended.
void HubTable::lay_to_rest(const std::shared_ptr<HubUnit>& hub) {
  hub->thread.join();
  HubValues values = values_of(hub->counters);
  auto resting =
      std::make_shared<RestingHub>(hub->plan, values, hub->worker->pipeline().take_dead_letters());
  dead_.push_back(hub);
  const MutexLock lock(hubs_mutex_);
  std::erase(hubs_, hub);
  past_.delivered += values.delivered;
  past_.dead_lettered += values.dead_lettered;
  past_.expired += values.expired;
  resting_.insert_or_assign(hub->plan.hub, std::move(resting));
}

// What there are too many of in all goes, the letters of whole hubs first that have the most.
void HubTable::age_letters() {
  const Instant now = parts_.clock.now();
  uint64_t bytes = 0;
  std::shared_ptr<RestingHub> largest;
  uint64_t most = 0;
  for (const auto& hub : resting()) {
    const DeadLetterStore::Summary left = hub->age_letters(now);
    bytes += left.bytes;
    if (left.bytes > most) {
      most = left.bytes;
      largest = hub;
    }
    const MutexLock lock(hubs_mutex_);
    if (left.count == 0) resting_.erase(hub->plan().hub);
  }
  if (bytes <= kMostRestingBytes || largest == nullptr) return;
  parts_.logger.error(
      "the dead letters of hubs that are no longer configured need {} MiB: those of hub {} are "
      "thrown away",
      bytes >> 20U, largest->plan().hub);
  const MutexLock lock(hubs_mutex_);
  resting_.erase(largest->plan().hub);
}

// In a thread of its own: what ends a look-up of a name that hangs waits for it.
void HubTable::free_the_dead() {
  if (dead_.empty() || reaps_.exchange(true)) return;
  reaper_ = std::jthread([this, dead = std::exchange(dead_, {})]() mutable {
    dead.clear();
    reaps_ = false;
    listeners_.worker_ended();
  });
}

// ---- the stop

void HubTable::begin_stop() {
  const MutexLock lock(changes_mutex_);
  // Release pairs with the acquire in is_stopping().
  stopping_.store(true, std::memory_order_release);
  for (const auto& hub : hubs()) hub->set_paused(false);
}

void HubTable::deliver_until(Instant deadline) {
  for (const auto& hub : hubs()) hub->worker->stop(deadline);
}

void HubTable::stop_now() {
  for (const auto& hub : hubs()) hub->worker->stop_now();
}

HubTable::Left HubTable::join() {
  Left left;
  for (const auto& hub : hubs()) {
    hub->thread.join();
    left.undelivered += hub->worker->abandoned();
    left.lost += hub->worker->lost();
  }
  return left;
}

}  // namespace awps
