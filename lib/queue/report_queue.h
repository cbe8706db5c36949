#pragma once

// ReportQueue: the way of reports from the hubs back to one intake thread: receipts of what is
// accepted, and outcomes.
//
// 1. Reports of one reporter (a hub's worker, or what writes its log) arrive in the order in which
//    it made them. Between reporters there is no order.
// 2. The intake thread is woken only if it is asleep.

#include <concurrentqueue/concurrentqueue.h>

#include <functional>
#include <variant>
#include <vector>

#include "queue/outcome.h"
#include "queue/receipt.h"
#include "queue/sleeper.h"

namespace awps {

using Report = std::variant<Outcome, Receipt>;

/// The number of its connection.
uint64_t producer_of(const Report& report);

class ReportQueue {
 public:
  /// `wake` interrupts the intake thread's wait; called from any thread. Reporters number from 0.
  ReportQueue(int reporters, std::function<void()> wake);
  ReportQueue(const ReportQueue&) = delete;
  ReportQueue& operator=(const ReportQueue&) = delete;

  /// Reporter number `reporter`: hands over all of `outcomes`, which is empty afterwards.
  void push(int reporter, std::vector<Outcome>& outcomes);
  void push(int reporter, const Receipt& receipt);
  /// Any thread: wakes the intake thread if it sleeps, to look at waiting connections.
  void wake() { sleeper_.wake_if_asleep(); }

  /// Intake thread: appends what is there, at most kMostAtOnce; returns whether there was anything.
  static constexpr size_t kMostAtOnce = 1024;
  bool pop(std::vector<Report>& reports);
  /// Intake thread, before it waits; true if there is nothing to do after all.
  bool prepare_to_sleep();
  void woke_up() { sleeper_.done(); }

 private:
  moodycamel::ConcurrentQueue<Report> queue_;
  std::vector<moodycamel::ProducerToken> tokens_;
  moodycamel::ConsumerToken consumer_token_;
  Sleeper sleeper_;
};

}  // namespace awps
