#include "daemon/awpsd/hub_unit.h"

#include <pthread.h>

#include <atomic>
#include <memory>
#include <string>
#include <utility>

#include "daemon/awpsd/options.h"

namespace awps {

void HubUnit::start(std::function<void()> on_end) {
  thread = std::jthread([this, on_end = std::move(on_end)] {
    worker->run();
    // Release pairs with the acquire in StatusReader::report_of(), which reads what it left.
    ended.store(true, std::memory_order_release);
    on_end();
  });
  static constexpr size_t kLongestName = 15;  // that Linux keeps of a thread's
  pthread_setname_np(thread.native_handle(), ("hub/" + plan.hub).substr(0, kLongestName).c_str());
}

void HubUnit::reconfigure(const HubPlan& changed) {
  applied = changed;
  queue->set_options(queue_options(changed, /*intake_threads=*/0));
  if (queue->is_removed()) end_steering();  // what an operator did to it since
  queue->set_removed(false);
  const PipelineOptions options = pipeline_options(changed);
  max_in_flight = options.max_in_flight;
  requests_per_second = options.requests_per_second;
  worker->ask([options, sender = sender_options(changed)](Worker& asked) {
    asked.reconfigure(options, sender);
  });
}

void HubUnit::remove() {
  queue->set_removed(true);
  lease.reset();
  end_steering();
}

bool HubUnit::may_end() const {
  if (!queue->is_removed() || !lent.expired()) return false;
  // Acquire pairs with the release in ~Admission(), where a door gives its lease up after its last
  // push.
  std::atomic_thread_fence(std::memory_order_acquire);
  return is_empty();
}

void HubUnit::lend_to(IntakeHub& door) {
  if (lease == nullptr) lease = lent.lock();
  if (lease == nullptr) lease = std::make_shared<char>();
  lent = lease;
  door.queue = queue.get();
  door.entrance = entrance.get();
  door.lease = lease;
}

void HubUnit::set_paused(bool pauses) {
  paused = pauses;
  worker->ask([pauses](Worker& asked) {
    asked.pipeline().pause(pauses);
    return true;
  });
}

void HubUnit::set_draining(bool drains) {
  draining = drains;
  queue->set_admitting(!drains);
}

void HubUnit::end_steering() {
  set_draining(false);
  set_paused(false);
}

}  // namespace awps
