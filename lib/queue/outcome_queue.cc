#include "queue/outcome_queue.h"

#include <array>
#include <iterator>

#include "base/check.h"

namespace awps {

OutcomeQueue::OutcomeQueue(int workers, std::function<void()> wake)
    : consumer_token_(queue_), sleeper_(std::move(wake)) {
  tokens_.reserve(static_cast<size_t>(workers));
  for (int i = 0; i < workers; ++i) tokens_.emplace_back(queue_);
}

void OutcomeQueue::push(int worker, std::vector<Outcome>& outcomes) {
  if (outcomes.empty()) return;
  const auto& token = tokens_[static_cast<size_t>(worker)];
  AWPS_CHECK(
      queue_.enqueue_bulk(token, std::make_move_iterator(outcomes.begin()), outcomes.size()));
  outcomes.clear();
  sleeper_.wake_if_asleep();
}

bool OutcomeQueue::pop(std::vector<Outcome>& outcomes) {
  static constexpr size_t kAtOnce = 256;
  std::array<Outcome, kAtOnce> taken;
  bool any = false;
  while (const size_t count = queue_.try_dequeue_bulk(consumer_token_, taken.begin(), kAtOnce)) {
    outcomes.insert(outcomes.end(), std::make_move_iterator(taken.begin()),
                    std::make_move_iterator(taken.begin() + static_cast<ptrdiff_t>(count)));
    any = true;
  }
  return any;
}

bool OutcomeQueue::prepare_to_sleep() {
  sleeper_.prepare();
  if (queue_.size_approx() == 0) return true;
  sleeper_.done();
  return false;
}

}  // namespace awps
