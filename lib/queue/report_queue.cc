#include "queue/report_queue.h"

#include <array>
#include <iterator>

#include "base/check.h"
#include "queue/account.h"

namespace awps {

uint64_t producer_of(const Report& report) {
  const auto* receipt = std::get_if<Receipt>(&report);
  return receipt != nullptr ? receipt->producer : std::get<Outcome>(report).account->producer;
}

ReportQueue::ReportQueue(int reporters, std::function<void()> wake)
    : consumer_token_(queue_), sleeper_(std::move(wake)) {
  tokens_.reserve(static_cast<size_t>(reporters));
  for (int i = 0; i < reporters; ++i) tokens_.emplace_back(queue_);
}

// Only memory can be missing here, and that ends the process in any case.
void ReportQueue::push(int reporter, std::vector<Outcome>& outcomes) {
  if (outcomes.empty()) return;
  const auto& token = tokens_[static_cast<size_t>(reporter)];
  AWPS_CHECK(
      queue_.enqueue_bulk(token, std::make_move_iterator(outcomes.begin()), outcomes.size()));
  outcomes.clear();
  sleeper_.wake_if_asleep();
}

void ReportQueue::push(int reporter, const Receipt& receipt) {
  AWPS_CHECK(queue_.enqueue(tokens_[static_cast<size_t>(reporter)], receipt));
  sleeper_.wake_if_asleep();
}

bool ReportQueue::pop(std::vector<Report>& reports) {
  static constexpr size_t kAtOnce = 256;
  std::array<Report, kAtOnce> taken;
  bool any = false;
  for (size_t i = 0; i < kMostAtOnce / kAtOnce; ++i) {
    const size_t count = queue_.try_dequeue_bulk(consumer_token_, taken.begin(), kAtOnce);
    if (count == 0) break;
    reports.insert(reports.end(), std::make_move_iterator(taken.begin()),
                   std::make_move_iterator(taken.begin() + static_cast<ptrdiff_t>(count)));
    any = true;
  }
  return any;
}

bool ReportQueue::prepare_to_sleep() {
  sleeper_.prepare();
  if (queue_.size_approx() == 0) return true;
  sleeper_.done();
  return false;
}

}  // namespace awps
