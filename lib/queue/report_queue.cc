#include "queue/report_queue.h"

#include <algorithm>
#include <iterator>

#include "base/check.h"
#include "queue/account.h"

namespace awps {

uint64_t producer_of(const Report& report) {
  if (const auto* receipt = std::get_if<Receipt>(&report)) return receipt->producer;
  if (const auto* refusal = std::get_if<LateRefusal>(&report)) return refusal->producer;
  return std::get<Outcome>(report).account->producer;
}

ReportQueue::ReportQueue(std::function<void()> wake)
    : consumer_token_(queue_), sleeper_(std::move(wake)) {}

bool ReportQueue::pop(std::vector<Report>& reports) {
  const size_t before = reports.size();
  const size_t most = before + kMostAtOnce;
  for (size_t end = before; end < most;) {
    // Places are made for as many as there seem to be: each costs as much as what it is for.
    const size_t likely = std::clamp<size_t>(queue_.size_approx(), 1, most - end);
    reports.resize(end + likely);
    const auto place = reports.begin() + static_cast<ptrdiff_t>(end);
    const size_t count = queue_.try_dequeue_bulk(consumer_token_, place, likely);
    end += count;
    reports.resize(end);
    if (count == 0) break;
  }
  return reports.size() > before;
}

bool ReportQueue::prepare_to_sleep() {
  sleeper_.prepare();
  if (queue_.size_approx() == 0) return true;
  sleeper_.done();
  return false;
}

// ---- Reporter

const moodycamel::ProducerToken& Reporter::place_in(ReportQueue& queue) {
  const auto known =
      std::ranges::find(places_, &queue, [](const auto& place) { return place.first; });
  if (known != places_.end()) return known->second;
  return places_.emplace_back(&queue, moodycamel::ProducerToken(queue.queue_)).second;
}

// Only memory can be missing here, and that ends the process in any case.
void Reporter::push(ReportQueue& queue, std::vector<Outcome>& outcomes) {
  if (outcomes.empty()) return;
  AWPS_CHECK(queue.queue_.enqueue_bulk(place_in(queue), std::make_move_iterator(outcomes.begin()),
                                       outcomes.size()));
  outcomes.clear();
  queue.sleeper_.wake_if_asleep();
}

void Reporter::push(std::vector<Outcome>& outcomes) {
  for (size_t begin = 0; begin < outcomes.size();) {
    ReportQueue* to = outcomes[begin].account->reports;
    size_t end = begin;
    of_one_queue_.clear();
    for (; end < outcomes.size() && outcomes[end].account->reports == to; ++end) {
      of_one_queue_.push_back(std::move(outcomes[end]));
    }
    push(*to, of_one_queue_);
    begin = end;
  }
  outcomes.clear();
}

void Reporter::push(ReportQueue& queue, const Receipt& receipt) {
  AWPS_CHECK(queue.queue_.enqueue(place_in(queue), receipt));
  queue.sleeper_.wake_if_asleep();
}

void Reporter::push(ReportQueue& queue, LateRefusal refusal) {
  AWPS_CHECK(queue.queue_.enqueue(place_in(queue), std::move(refusal)));
  queue.sleeper_.wake_if_asleep();
}

}  // namespace awps
