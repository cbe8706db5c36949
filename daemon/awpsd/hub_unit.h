#pragma once

// HubUnit: a hub as it runs: its plan, the parts that its worker's thread is made of, and what
// operators have done to it. HubTable makes it, and orders who may change it.
//
// Any thread that shares it reads what is atomic, and asks the queue and the worker what they
// allow. The functions that change it are for whoever holds HubTable::changes().

#include <atomic>
#include <functional>
#include <memory>
#include <thread>

#include "auth/entra_token_keeper.h"
#include "auth/token_cache.h"
#include "auth/token_source.h"
#include "daemon/awpsd/plan.h"
#include "http/http_transport.h"
#include "intake/hub_directory.h"
#include "metrics/counters.h"
#include "queue/hub_entrance.h"
#include "queue/hub_queue.h"
#include "worker/worker.h"

namespace awps {

struct HubUnit {
  HubPlan plan;     // as it was started
  HubPlan applied;  // as the last reload left it; of whoever applies
  std::atomic<uint64_t> max_in_flight{0};
  std::atomic<double> requests_per_second{0};
  HubCounters counters;
  std::unique_ptr<HttpTransport> transport;
  std::shared_ptr<EntraTokenKeeper> keeper;  // nullptr: an access key makes the tokens
  std::unique_ptr<TokenSource> tokens;
  KeyTokenSource* keys = nullptr;  // the tokens, if an access key makes them
  std::unique_ptr<HubQueue> queue;
  std::unique_ptr<HubEntrance> entrance;
  std::shared_ptr<EndpointState> endpoint;
  std::unique_ptr<Worker> worker;
  std::shared_ptr<const void> lease;   // for doors, while the hub is configured
  std::weak_ptr<const void> lent;      // expired: no door can push any more
  std::atomic<bool> is_ending{false};  // it is gone, and its worker was told to end
  std::jthread thread;
  std::atomic<bool> ended{false};     // the worker has: nobody else uses its parts
  std::atomic<bool> paused{false};    // by an operator
  std::atomic<bool> draining{false};  // likewise

  /// Starts the worker's thread, whose last act is `on_end`.
  void start(std::function<void()> on_end);

  /// The worker takes the options over a moment later.
  void reconfigure(const HubPlan& changed);
  /// It accepts nothing new, and delivers what it has.
  void remove();
  /// It is gone, has nothing left, and nothing can come: the worker may end.
  bool may_end() const;
  /// Fills in what leads a door's actions here.
  void lend_to(IntakeHub& door);
  /// It accepts actions, and sends nothing.
  void set_paused(bool pauses);
  /// It accepts nothing, and sends what it has.
  void set_draining(bool drains);
  /// Ends both.
  void end_steering();

  /// Does its delivery loop turn, or has it ended as it should?
  bool is_alive(AwakeInstant now) const {
    static constexpr Duration kLongestTurn = std::chrono::seconds(10);
    return ended || now - worker->last_turn() <= kLongestTurn;
  }
  /// Has every action its outcome?
  bool is_empty() const { return queue->budget().held_bytes() == 0; }
};

}  // namespace awps
