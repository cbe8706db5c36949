#pragma once

// ReportQueue: the way of reports from the hubs back to one intake thread: receipts of what is
// accepted, refusals of what is not after all, and outcomes.
//
// 1. Reports of one reporter (a hub's worker, or what writes its log) arrive in the order in which
//    it made them. Between reporters there is no order.
// 2. The intake thread is woken only if it is asleep.

#include <concurrentqueue/concurrentqueue.h>

#include <functional>
#include <utility>
#include <variant>
#include <vector>

#include "base/release_memory.h"
#include "queue/outcome.h"
#include "queue/receipt.h"
#include "queue/sleeper.h"

namespace awps {

using Report = std::variant<Outcome, Receipt, LateRefusal>;

/// The number of its connection.
uint64_t producer_of(const Report& report);

class ReportQueue {
 public:
  /// `wake` interrupts the intake thread's wait; called from any thread.
  explicit ReportQueue(std::function<void()> wake);
  ReportQueue(const ReportQueue&) = delete;
  ReportQueue& operator=(const ReportQueue&) = delete;

  /// Any thread: wakes the intake thread if it sleeps, to look at waiting connections.
  void wake() { sleeper_.wake_if_asleep(); }

  /// Intake thread: appends what is there, at most kMostAtOnce; returns whether there was anything.
  static constexpr size_t kMostAtOnce = 1024;
  bool pop(std::vector<Report>& reports);
  /// Intake thread, before it waits; true if there is nothing to do after all.
  bool prepare_to_sleep();
  void woke_up() { sleeper_.done(); }

 private:
  friend class Reporter;

  moodycamel::ConcurrentQueue<Report> queue_;
  moodycamel::ConsumerToken consumer_token_;
  Sleeper sleeper_;
};

/// Reporter: one who reports, to any number of queues. It takes its place in a queue with its first
/// report there, and must leave them before one of them ends; others take the places over.
///
/// One thread.
class Reporter {
 public:
  /// Hands over all of `outcomes`, which is empty afterwards.
  void push(ReportQueue& queue, std::vector<Outcome>& outcomes);
  /// The same, each to the queue of its account.
  void push(std::vector<Outcome>& outcomes);
  void push(ReportQueue& queue, const Receipt& receipt);
  void push(ReportQueue& queue, LateRefusal refusal);
  void leave() { places_.clear(); }
  void release_memory() { release_memory_of(of_one_queue_); }

 private:
  const moodycamel::ProducerToken& place_in(ReportQueue& queue);

  std::vector<std::pair<const ReportQueue*, moodycamel::ProducerToken>> places_;  // a few
  std::vector<Outcome> of_one_queue_;                                             // scratch
};

}  // namespace awps
