#pragma once

// HubQueue: the way of batches from intake threads to one hub's worker; lock-free (moodycamel
// ConcurrentQueue, explicit producer tokens only: the implicit ones of 1.0.3 have races).
//
// 1. Batches of one intake thread leave in the order they entered, so the actions of one
//    connection, which belongs to one intake thread, do, too. Between intake threads there is no
//    order.
// 2. push() never blocks and never refuses: what may enter is decided before, by the Budget; the
//    entrance (hub_entrance.h) charges it.
// 3. The worker is woken only if it is asleep.

#include <concurrentqueue/concurrentqueue.h>

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "queue/batch.h"
#include "queue/budget.h"
#include "queue/sleeper.h"

namespace awps {

class HubQueue {
 public:
  struct Options {
    std::string hub;  // canonical name
    int intake_threads = 1;
    bool block_when_full = true;  // else: refuse (queue_full)
    Budget::Options budget;
  };

  /// `wake` interrupts the worker's poll; `room_again` tells the intake threads to look at their
  /// waiting connections. Both are called from any thread.
  HubQueue(const Options& options, std::function<void()> wake, std::function<void()> room_again);
  ~HubQueue();
  HubQueue(const HubQueue&) = delete;
  HubQueue& operator=(const HubQueue&) = delete;

  const std::string& hub() const { return hub_; }
  bool block_when_full() const { return block_when_full_.load(std::memory_order_relaxed); }
  /// Any thread: of actions that come from now on. The number of intake threads stays.
  void set_options(const Options& options);
  /// Any thread: while it admits nothing, the hub counts as full.
  void set_admitting(bool admits) { budget_.set_admitting(admits); }

  /// Any thread: a hub that is no longer configured takes nothing new; the worker delivers the
  /// rest.
  void set_removed(bool removed) { removed_.store(removed, std::memory_order_relaxed); }
  bool is_removed() const { return removed_.load(std::memory_order_relaxed); }

  Budget& budget() { return budget_; }
  const Budget& budget() const { return budget_; }

  /// Intake thread number `intake_thread`. Then call wake_worker().
  void push(int intake_thread, std::unique_ptr<Batch> batch);
  /// Intake thread: once after the pushes of a read.
  void wake_worker() { sleeper_.wake_if_asleep(); }

  /// Worker: takes up to `batches.size()`; returns how many.
  size_t pop(std::span<std::unique_ptr<Batch>> batches);
  /// Worker, before it polls: declares itself asleep; true if there is nothing to do after all.
  bool prepare_to_sleep();
  void woke_up() { sleeper_.done(); }

  /// Batches waiting; a guess while others push.
  size_t size_approx() const { return queue_.size_approx(); }

 private:
  using Queue = moodycamel::ConcurrentQueue<Batch*>;

  std::string hub_;
  std::atomic<bool> block_when_full_;
  std::atomic<bool> removed_{false};
  Budget budget_;
  Queue queue_;
  std::vector<moodycamel::ProducerToken> producer_tokens_;  // one an intake thread
  moodycamel::ConsumerToken consumer_token_;
  Sleeper sleeper_;
};

}  // namespace awps
