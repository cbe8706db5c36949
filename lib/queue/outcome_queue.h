#pragma once

// OutcomeQueue: the way of outcomes from the hubs' workers back to one intake thread.
//
// 1. Outcomes of one worker arrive in the order it reported them.
// 2. The intake thread is woken only if it is asleep.

#include <concurrentqueue/concurrentqueue.h>

#include <functional>
#include <vector>

#include "queue/outcome.h"
#include "queue/sleeper.h"

namespace awps {

class OutcomeQueue {
 public:
  /// `wake` interrupts the intake thread's wait; called from any thread. Workers number from 0.
  OutcomeQueue(int workers, std::function<void()> wake);
  OutcomeQueue(const OutcomeQueue&) = delete;
  OutcomeQueue& operator=(const OutcomeQueue&) = delete;

  /// Worker number `worker`: hands over all of `outcomes`, which is empty afterwards.
  void push(int worker, std::vector<Outcome>& outcomes);
  /// Any thread: wakes the intake thread if it sleeps, to look at waiting connections.
  void wake() { sleeper_.wake_if_asleep(); }

  /// Intake thread: appends what is there; returns whether there was anything.
  bool pop(std::vector<Outcome>& outcomes);
  /// Intake thread, before it waits; true if there is nothing to do after all.
  bool prepare_to_sleep();
  void woke_up() { sleeper_.done(); }

 private:
  moodycamel::ConcurrentQueue<Outcome> queue_;
  std::vector<moodycamel::ProducerToken> tokens_;
  moodycamel::ConsumerToken consumer_token_;
  Sleeper sleeper_;
};

}  // namespace awps
