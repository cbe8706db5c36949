#include "daemon/awpsd/hub_unit.h"

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <utility>

#include "daemon/awpsd/options.h"

namespace awps {

void HubUnit::start(std::function<void()> on_end) {
  if (is_for_other_service) set_paused(true);
  if (committer_thread != nullptr) committer_thread->start();
  thread = std::jthread([this, on_end = std::move(on_end)] {
    worker->run();
    worker_ended = true;
    if (committer_thread != nullptr) end_log();
    // Release pairs with the acquire in StatusReader::report_of(), which reads what it left.
    ended.store(true, std::memory_order_release);
    on_end();
  });
  static constexpr size_t kLongestName = 15;  // that Linux keeps of a thread's
  pthread_setname_np(thread.native_handle(), ("hub/" + plan.hub).substr(0, kLongestName).c_str());
}

// The positions of given-up actions wait for their letters.
void HubUnit::end_log() {
  static constexpr Duration kPatience = std::chrono::seconds(5);
  if (letter_box != nullptr) (void)letter_box->wait_until_written(kPatience);
  worker->hand_over_letters();
  // Whoever makes the hub again must have its log for itself.
  const auto gives_up = [this] { return ends_with_process && committer->disk().hangs(); };
  left_behind = !committer_thread->finish(gives_up);
  if (!left_behind) worker->hand_over_letters();
}

void HubUnit::retire() {
  if (committer != nullptr) committer->stop();
  worker->stop(kNever);
}

// What is for another service is not sent by a stop either.
void HubUnit::stop(Instant deadline) {
  ends_with_process = true;
  if (committer != nullptr) committer->stop();
  worker->stop(is_for_other_service ? Instant::min() : deadline);
}

void HubUnit::reconfigure(const HubPlan& changed, const SpoolConfig& spool) {
  applied = changed;
  // The committer's part of the memory stays until a start.
  if (window == nullptr) queue->set_options(queue_options(changed, /*intake_threads=*/0));
  if (window != nullptr) {
    HubQueue::Options options = queue_options(changed, /*intake_threads=*/0);
    window->set_options(window_options(changed));
    options.budget.max_bytes = queue->budget().max_bytes();
    queue->set_options(options);
    queue->budget().set_producer_spool_limit(producer_spool_bytes(changed, spool));
  }
  if (records != nullptr) records->set_options(records_options(changed, /*intake_threads=*/0));
  if (queue->is_removed()) end_steering();  // what an operator did to it since
  set_removed(false);
  const PipelineOptions options = pipeline_options(changed);
  max_in_flight = options.max_in_flight;
  requests_per_second = options.requests_per_second;
  worker->ask([options, sender = sender_options(changed)](Worker& asked) {
    asked.reconfigure(options, sender);
  });
}

void HubUnit::set_removed(bool removed) {
  queue->set_removed(removed);
  if (records != nullptr) records->set_removed(removed);
}

void HubUnit::remove() {
  set_removed(true);
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
  door.for_streams = for_streams.get();
  door.lease = lease;
}

void HubUnit::lend_records_to(IntakeHub& door) {
  lend_to(door);
  if (records == nullptr) return;
  door.queue = records.get();
  door.entrance = records_entrance.get();
}

void HubUnit::set_paused(bool pauses) {
  paused = pauses;
  follow_pause();
}

void HubUnit::follow_pause() {
  worker->ask([this](Worker& asked) {
    asked.pipeline().pause(paused);
    return true;
  });
}

void HubUnit::set_draining(bool drains) {
  draining = drains;
  queue->set_admitting(!drains);
  if (records != nullptr) records->set_admitting(!drains);
}

void HubUnit::refuse_for(const std::string& reason) {
  log_error = reason;
  queue->budget().close(Budget::Room::kStorageFailed);
}

void HubUnit::end_steering() {
  set_draining(false);
  set_paused(is_for_other_service);
}

void HubUnit::resume() {
  if (!is_for_other_service.exchange(false) || committer == nullptr) return end_steering();
  set_draining(false);
  paused = false;
  committer->adopt_service();
}

bool HubUnit::is_empty() const {
  // An action is in the window before it has left the log's tail.
  if (committer != nullptr && !committer->is_drained()) return false;
  if (records != nullptr && records->budget().held_bytes() > 0) return false;
  return memory().budget().held_bytes() == 0;
}

uint64_t HubUnit::held_bytes() const {
  return memory().budget().held_bytes() + (window != nullptr ? queue->budget().held_bytes() : 0) +
         (records != nullptr ? records->budget().held_bytes() : 0);
}

uint64_t HubUnit::max_held_bytes() const {
  // Without its log the doors' queue takes nothing, and has no part.
  if (window == nullptr || records == nullptr) return memory().budget().max_bytes();
  return window->budget().max_bytes() + records->budget().max_bytes();
}

HubValues HubUnit::values() const {
  HubValues values = values_of(counters);
  if (committer == nullptr) return values;
  // After the worker's: what that has of it, the committer has accepted before.
  const Committer::Counts counts = committer->counts();
  const uint64_t accepted = counts.accepted + values.from_streams;
  const uint64_t since = std::max(accepted, values.accepted) - values.accepted;
  values.accepted += since;
  values.queued += since;  // on their way from the disk to the worker
  return values;
}

std::string HubUnit::words_of_other_service() const {
  return "what it has on disk was accepted for another service than " + plan.endpoint_url +
         ", so nothing is sent: `awpsctl resume " + plan.hub +
         "` sends it there, or let the hub go to its former service again";
}

}  // namespace awps
