#include "queue/hub_queue.h"

#include <algorithm>
#include <array>

#include "base/check.h"

namespace awps {

HubQueue::HubQueue(const Options& options, std::function<void()> wake,
                   std::function<void()> room_again)
    : hub_(options.hub),
      block_when_full_(options.block_when_full),
      budget_(options.budget, std::move(room_again)),
      consumer_token_(queue_),
      sleeper_(std::move(wake)) {
  AWPS_CHECK(options.intake_threads > 0);
  producer_tokens_.reserve(static_cast<size_t>(options.intake_threads));
  for (int i = 0; i < options.intake_threads; ++i) producer_tokens_.emplace_back(queue_);
}

HubQueue::~HubQueue() {
  Batch* batch = nullptr;
  while (queue_.try_dequeue(consumer_token_, batch)) delete batch;
}

void HubQueue::push(int intake_thread, std::unique_ptr<Batch> batch) {
  AWPS_CHECK(batch->count() > 0);
  const auto& token = producer_tokens_[static_cast<size_t>(intake_thread)];
  // Only memory can be missing here, and that ends the process in any case.
  AWPS_CHECK(queue_.enqueue(token, batch.release()));
}

size_t HubQueue::pop(std::span<std::unique_ptr<Batch>> batches) {
  static constexpr size_t kMost = 64;
  std::array<Batch*, kMost> taken;
  const size_t count =
      queue_.try_dequeue_bulk(consumer_token_, taken.data(), std::min(kMost, batches.size()));
  for (size_t i = 0; i < count; ++i) batches[i].reset(taken[i]);
  return count;
}

bool HubQueue::prepare_to_sleep() {
  sleeper_.prepare();
  if (queue_.size_approx() == 0) return true;
  sleeper_.done();
  return false;
}

void HubQueue::set_options(const Options& options) {
  block_when_full_.store(options.block_when_full, std::memory_order_relaxed);
  budget_.set_options(options.budget);
}

}  // namespace awps

// What ThreadSanitizer is told: moodycamel's queue orders the reuse of its blocks by
// atomic_thread_fence (concurrentqueue.h, Block::is_empty), which the sanitizer does not model. So
// it reports the write of an element into a block against the read of the one that was there
// before. Races on what the elements point to are still reported.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
extern "C" const char* __tsan_default_suppressions();
extern "C" const char* __tsan_default_suppressions() {
  return "race:moodycamel::ConcurrentQueue\n";
}
#endif
#endif
