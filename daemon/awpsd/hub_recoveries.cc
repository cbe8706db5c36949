#include "daemon/awpsd/hub_recoveries.h"

#include <algorithm>
#include <utility>

#include "daemon/awpsd/options.h"

namespace awps {

void HubRecoveries::begin(const HubPlan& plan, bool reads_letters) {
  auto begun = std::make_shared<Recovery>();
  begun->plan = plan;
  begun->queue = std::make_unique<HubQueue>(
      queue_options(plan, parts_.intake_threads), [] {}, parts_.room_again);
  begun->queue->budget().close(Budget::Room::kRecovering);
  begun->entrance = std::make_unique<MemoryEntrance>(*begun->queue);
  begun->lease = std::make_shared<char>();
  begun->lent = begun->lease;
  Recovery& recovery = *begun;
  {
    const MutexLock lock(mutex_);
    all_.push_back(std::move(begun));
  }
  recovery.thread = std::jthread([this, &recovery, plan, reads_letters] {
    const auto progress = [&recovery](uint64_t done, uint64_t all) {
      recovery.percent.store(all == 0 ? 100 : 100 * done / all, std::memory_order_relaxed);
    };
    recovery.opened = parts_.logs.open_hub(plan, reads_letters, progress);
    // Release pairs with the acquire in take_read(): the log is seen with it.
    recovery.is_read.store(true, std::memory_order_release);
    parts_.on_read();
  });
}

bool HubRecoveries::has(const std::string& hub) const {
  return percent_of(hub).has_value();
}

void HubRecoveries::follow(const std::vector<HubPlan>& plans) {
  const MutexLock lock(mutex_);
  for (const auto& recovery : all_) {
    const auto planned = std::ranges::find(plans, recovery->plan.hub, &HubPlan::hub);
    recovery->is_wanted = planned != plans.end();
    if (recovery->is_wanted) recovery->plan = plan_after_reload(recovery->plan, *planned);
    recovery->queue->set_removed(!recovery->is_wanted);
  }
}

void HubRecoveries::lend_to(IntakeHub& door) const {
  const MutexLock lock(mutex_);
  for (const auto& recovery : all_) {
    if (recovery->plan.hub != door.name) continue;
    door.queue = recovery->queue.get();
    door.entrance = recovery->entrance.get();
    door.lease = recovery->lease;
  }
}

std::vector<HubPlan> HubRecoveries::plans() const {
  const MutexLock lock(mutex_);
  std::vector<HubPlan> plans;
  for (const auto& recovery : all_) {
    if (recovery->is_wanted) plans.push_back(recovery->plan);
  }
  return plans;
}

std::vector<HubRecoveries::Read> HubRecoveries::take_read() {
  const MutexLock lock(mutex_);
  std::erase_if(over_, [](const auto& recovery) { return recovery->lent.expired(); });
  std::vector<Read> read;
  std::vector<std::shared_ptr<Recovery>> left;
  for (std::shared_ptr<Recovery>& recovery : all_) {
    // Acquire pairs with the release in begin().
    if (!recovery->is_read.load(std::memory_order_acquire)) {
      left.push_back(std::move(recovery));
      continue;
    }
    recovery->thread.join();
    recovery->lease.reset();
    if (recovery->is_wanted) read.push_back({recovery->plan, std::move(recovery->opened)});
    over_.push_back(std::move(recovery));
  }
  all_ = std::move(left);
  return read;
}

std::vector<HubRecoveries::View> HubRecoveries::views() const {
  const MutexLock lock(mutex_);
  std::vector<View> views;
  for (const auto& recovery : all_) {
    if (!recovery->is_wanted) continue;
    views.push_back({recovery->plan.hub, recovery->plan.endpoint_url,
                     recovery->percent.load(std::memory_order_relaxed)});
  }
  return views;
}

bool HubRecoveries::any() const {
  const MutexLock lock(mutex_);
  return !all_.empty();
}

std::optional<uint64_t> HubRecoveries::percent_of(const std::string& hub) const {
  const MutexLock lock(mutex_);
  for (const auto& recovery : all_) {
    if (recovery->plan.hub == hub) return recovery->percent.load(std::memory_order_relaxed);
  }
  return std::nullopt;
}

}  // namespace awps
