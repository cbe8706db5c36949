#include "daemon/awpsd/hub_table.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "base/hub_name.h"
#include "daemon/awpsd/options.h"

namespace awps {

namespace {

// A start waits this long for the identities' first tokens.
constexpr Duration kFirstTokens = std::chrono::seconds(5);
// Of dead letters of hubs that are gone, all together.
constexpr uint64_t kMostRestingBytes = uint64_t{256} << 20U;
// A reload not so long: operators wait for it. A hub without a token holds its endpoint a moment.
constexpr Duration kFirstTokensOfReload = std::chrono::seconds(1);

std::vector<HubPlan> plans_of(const HubTable::Hubs& hubs) {
  std::vector<HubPlan> plans;
  for (const auto& hub : hubs) plans.push_back(hub->applied);
  return plans;
}

}  // namespace

HubTable::HubTable(Parts parts, Listeners listeners)
    : parts_(std::move(parts)),
      listeners_(std::move(listeners)),
      shared_({.clock = parts_.clock,
               .logger = parts_.logger,
               .make_transport = parts_.make_transport,
               .on_recovered = [this] { release_credential_holds(); }}),
      maker_({.clock = parts_.clock,
              .logger = parts_.logger,
              .shared = shared_,
              .make_transport = parts_.make_transport,
              .undelivered = parts_.undelivered,
              .max_undelivered_line_bytes = parts_.max_undelivered_line_bytes,
              .intake_threads = parts_.intake_threads,
              .spool = parts_.spool,
              .room_again = listeners_.room_again}),
      letters_(parts_.logs, parts_.clock, parts_.logger),
      recoveries_({.logs = parts_.logs,
                   .intake_threads = parts_.intake_threads,
                   .room_again = listeners_.room_again,
                   .on_read = listeners_.worker_ended}) {}

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

std::vector<IntakeHub> HubTable::directory_for_streams() const {
  Result<std::vector<IntakeHub>> doors = directory();
  if (!doors) return {};
  for (IntakeHub& door : *doors) {
    if (const auto hub = hub_with(door.name)) hub->lend_records_to(door);
  }
  return std::move(*doors);
}

Result<std::vector<IntakeHub>> HubTable::directory() const {
  Hubs present = hubs();
  std::erase_if(present, [](const auto& hub) { return hub->queue->is_removed(); });
  std::vector<HubPlan> plans = plans_of(present);
  std::ranges::move(recoveries_.plans(), std::back_inserter(plans));
  Result<std::vector<IntakeHub>> directory = intake_hubs(plans);
  if (directory) lead_to_hubs(plans, *directory);
  return directory;
}

void HubTable::lead_to_hubs(const std::vector<HubPlan>& plans,
                            std::vector<IntakeHub>& directory) const {
  for (size_t i = 0; i < plans.size(); ++i) {
    const std::shared_ptr<HubUnit> hub = hub_with(plans[i].hub);
    if (hub != nullptr) hub->lend_to(directory[i]);
    if (hub == nullptr) recoveries_.lend_to(directory[i]);
  }
}

// ---- a hub is made

Result<void, HubTable::OpenError> HubTable::open(
    const Plan& plan, const std::function<void(const std::string&)>& progress) {
  default_hub_ = plan.default_hub;
  std::set<std::string> names;
  for (const HubPlan& hub : plan.hubs) {
    names.insert(hub.hub);
    if (!parts_.logs.is_needed_by(hub)) continue;
    const Result<void, SpoolLock::LockError> locked = parts_.logs.lock();
    // A lock that cannot be had for the disk's sake costs the hubs that need it.
    if (locked || !locked.error().is_held) continue;
    return OpenError{ExitCode::kTempFail, locked.error().message};
  }
  for (const HubPlan& hub : plan.hubs) {
    const auto tell = [&](uint64_t done, uint64_t all) {
      const uint64_t percent = all == 0 ? 100 : 100 * done / all;
      progress("recovering " + hub.hub + " " + std::to_string(percent) + " %");
    };
    make_hub(hub, parts_.logs.open_hub(hub, letters_.are_to_be_read(hub), tell));
  }
  if (const auto others = parts_.logs.warning_of_unconfigured(names); !others.empty()) {
    parts_.logger.warn("{}", others);
  }
  return {};
}

std::shared_ptr<HubUnit> HubTable::make_hub(const HubPlan& plan, OpenedHub opened) {
  const std::shared_ptr<RestingHub> former = find_resting(plan.hub);
  if (former != nullptr && opened.log && opened.log->log != nullptr) {
    former->ask_letters([&](DeadLetterStore& letters) {
      letters_.claim(letters, plan.hub, *opened.log);
      return true;
    });
  }
  std::shared_ptr<HubUnit> made = maker_.make(plan, std::move(opened.log));
  const MutexLock lock(hubs_mutex_);
  // Whoever stops the hubs has said so before it took this mutex: it sees the hub, or is seen.
  if (is_stopping()) return nullptr;
  hubs_.push_back(made);
  // What it has given up before it was gone.
  const auto rested = resting_.extract(plan.hub);
  auto letters = rested ? rested.mapped()->take_letters() : nullptr;
  letters_.give_to(*made, std::move(opened.letters), std::move(letters));
  return made;
}

void HubTable::start_workers() {
  letters_.start();
  shared_.start_identities(kFirstTokens);
  for (const auto& hub : hubs()) start_worker(*hub);
}

void HubTable::start_worker(HubUnit& hub) {
  {
    const MutexLock lock(hubs_mutex_);
    if (is_stopping()) return;  // as in make_hub(): nobody would wait for it
    hub.started = true;
    workers_running_.fetch_add(1, std::memory_order_relaxed);
  }
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
  static const Error stopping{"the daemon is stopping"};
  const MutexLock lock(changes_mutex_);
  if (is_stopping()) return stopping;
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
  std::vector<std::string> names;
  recoveries_.follow(plans);
  for (const HubPlan& planned : plans) {
    if (is_stopping()) return stopping;
    if (recoveries_.has(planned.hub)) continue;
    const std::shared_ptr<HubUnit> hub = make_or_change(planned);
    if (hub == nullptr) {
      names.push_back(planned.hub);
      continue;
    }
    if (std::erase(gone, hub) == 0) made.push_back(hub);
    // As at the start: of hubs with one endpoint the first says its limits.
    if (limited.insert(hub->endpoint.get()).second) {
      shared_.set_limits(*hub->endpoint, hub->applied);
    }
  }
  shared_.start_identities(kFirstTokensOfReload);
  for (const auto& hub : made) start_worker(*hub);
  if (is_stopping()) return stopping;
  for (const auto& hub : gone) {
    if (!hub->queue->is_removed()) hub->remove();
  }
  lead_to_hubs(plans, *directory);
  listeners_.directory_changed(std::move(*directory));
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
    hub->reconfigure(followed(*hub, planned), parts_.spool);
    return hub;
  }
  if (hub != nullptr) lay_to_rest(hub);
  // What is there may be much: whoever reloads does not wait for it.
  const bool reads_letters = letters_.are_to_be_read(planned);
  if (parts_.logs.has_much(planned.hub, reads_letters) && parts_.logs.lock()) {
    recoveries_.begin(planned, reads_letters);
    return nullptr;
  }
  return make_hub(planned, parts_.logs.open_hub(planned, reads_letters, [](uint64_t, uint64_t) {}));
}

HubPlan HubTable::followed(const HubUnit& hub, const HubPlan& planned) const {
  const HubPlan& present = hub.applied;
  if (planned.endpoint_url != present.endpoint_url) {
    parts_.logger.warn("hub {} goes to {} until the next start, and then to {}", hub.plan.hub,
                       present.endpoint_url, planned.endpoint_url);
  }
  return plan_after_reload(present, planned);
}

// ---- hubs that are gone

bool HubTable::retire() {
  if (!changes_mutex_.try_lock()) return true;  // a reload: in the next turn
  const bool is_stopped = is_stopping();
  if (!is_stopped) {
    make_what_is_read();
    retire_hubs();
    age_letters();
  }
  free_the_dead();
  const bool are_left =
      !dead_.empty() || !recoveries_.views().empty() ||
      std::ranges::any_of(hubs(), [](const auto& hub) { return hub->queue->is_removed(); });
  changes_mutex_.unlock();
  return are_left && !is_stopped;
}

void HubTable::make_what_is_read() {
  std::vector<HubRecoveries::Read> read = recoveries_.take_read();
  if (read.empty()) return;
  for (HubRecoveries::Read& one : read) {
    const std::shared_ptr<HubUnit> hub = make_hub(one.plan, std::move(one.opened));
    if (hub == nullptr) return;
    shared_.start_identities(kFirstTokensOfReload);
    start_worker(*hub);
  }
  Result<std::vector<IntakeHub>> doors = directory();
  if (doors) listeners_.directory_changed(std::move(*doors));
  if (!doors) parts_.logger.error("{}; producers cannot send to new hubs", doors.error().message);
}

void HubTable::retire_hubs() {
  for (const auto& hub : hubs()) {
    if (!hub->is_ending && hub->may_end()) {
      hub->is_ending = true;
      hub->retire();
    } else if (hub->is_ending && hub->ended) {
      lay_to_rest(hub);
    }
  }
}

// Takes it out of the table, once its worker has ended.
void HubTable::lay_to_rest(const std::shared_ptr<HubUnit>& hub) {
  hub->thread.join();
  HubValues values = hub->values();
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
    if (left.count > 0 || hub->owes()) continue;
    const MutexLock lock(hubs_mutex_);
    resting_.erase(hub->plan().hub);
  }
  if (bytes <= kMostRestingBytes || largest == nullptr) return;
  parts_.logger.error(
      "the dead letters of hubs that are no longer configured need {} MiB: those of hub {} are "
      "thrown away",
      bytes >> 20U, largest->plan().hub);
  // The hub itself goes with the next look.
  (void)largest->ask_letters([](DeadLetterStore& all) { return all.purge({.all = true}); });
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

}  // namespace awps
