#pragma once

// Service: the daemon's parts, made from a plan, started, changed by a reload, and stopped in
// order. All wiring is here.
//
// 1. Start: endpoints → identities → hubs (queue, transport, tokens, worker) → intake → identities'
//    threads → workers' threads → intake's threads.
// 2. Stop: intake stops reading → workers drain → intake writes the last replies → all ends.
// 3. A hub lives as long as the daemon, also when a reload has taken it out of the configuration:
//    then it takes nothing new, and delivers what it has.

#include <spdlog/logger.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "daemon/awpsd/hub_unit.h"
#include "daemon/awpsd/options.h"
#include "daemon/awpsd/shared_parts.h"
#include "metrics/counters.h"
#include "socket/socket_server.h"
#include "spool/undelivered_file.h"

namespace awps {

class Service {
 public:
  /// `on_worker_end` is called by each worker's thread as its last act.
  Service(const Config& config, const Plan& plan, spdlog::logger& logger,
          std::function<void()> on_worker_end);
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  /// Opens the socket, for the plan of the constructor; `activated_fd` is one that systemd handed
  /// over, or -1.
  Result<void, ListenError> start(const Plan& plan, int activated_fd);

  /// Reads no more from producers, and delivers what was accepted until `deadline`.
  void drain(Instant deadline);
  void stop_now();
  /// Acquire pairs with the release in start_worker(). Each of its fetch_subs continues the release
  /// sequence of the others, so a 0 shows what all of the workers wrote.
  bool workers_ended() const { return workers_running_.load(std::memory_order_acquire) == 0; }
  /// After workers_ended(): writes the last replies and ends. How many actions were not delivered.
  uint64_t finish();

  // From here on: any thread, once start() has returned; of the next two one at a time.

  /// Follows what a reload can change: hubs, limits, budgets, rules, retries. An Error says what it
  /// cannot follow, and nothing has changed. The workers take it over a moment later. Waits a
  /// second at most, for the tokens of an identity that is new.
  Result<void> apply(const Plan& plan);
  /// Takes keys that changed in a connection_file, and ends what a refused credential holds.
  void reload_credentials();

  /// Is every delivery loop turning? Else which one is not.
  Result<void> alive() const;
  bool is_stopping() const { return stopping_.load(std::memory_order_relaxed); }

  // What operators do, to all of the hubs or, with an Error, to none.
  Result<void> pause(const std::vector<HubUnit*>& hubs);
  /// They accept nothing more, and send what they have.
  Result<void> drain(const std::vector<HubUnit*>& hubs);
  /// Ends both.
  Result<void> resume(const std::vector<HubUnit*>& hubs);

  /// Those that are configured, or have something left; by name, the default one first.
  std::vector<HubUnit*> hubs() const;
  /// Also one that a reload took out: its dead letters are there. nullptr: there was none.
  HubUnit* find_hub(std::string_view name) const;
  const std::string& default_hub() const { return default_hub_; }
  const std::string& socket_path() const { return config_.socket.path; }
  const std::string& spool_path() const { return config_.spool.path; }
  const Clock& clock() const { return clock_; }
  IntakeValues intake_values() const;
  int producers() const { return intake_->connections(); }

  /// One line for people: what is queued, delivered, refused.
  std::string status_line() const;

 private:
  // Reloads may add this many hubs; the intake's queues are made for them.
  static constexpr size_t kSpareHubs = 64;

  HubUnit& make_hub(const HubPlan& plan);
  void make_tokens(HubUnit& hub);
  void start_worker(HubUnit& hub);
  HubUnit* hub_with(std::string_view canonical_name) const;
  void release_credential_holds();
  HubPlan follow(const HubUnit& hub, const HubPlan& planned) const;
  void reconfigure(HubUnit& hub, const HubPlan& plan) REQUIRES(apply_mutex_);
  void remove(HubUnit& hub) REQUIRES(apply_mutex_);
  void set_paused(HubUnit& hub, bool pauses) REQUIRES(apply_mutex_);
  static void set_draining(HubUnit& hub, bool drains);
  void end_steering(HubUnit& hub) REQUIRES(apply_mutex_);
  std::vector<HubUnit*> all_hubs() const;

  const Config config_;
  const std::string default_hub_;
  const size_t most_hubs_;
  spdlog::logger& logger_;
  std::function<void()> on_worker_end_;
  SystemClock clock_;
  SharedParts shared_;
  Mutex apply_mutex_;  // what operators and reloads do, and the stop; before the other
  mutable Mutex hubs_mutex_;
  std::vector<std::unique_ptr<HubUnit>> hubs_ GUARDED_BY(hubs_mutex_);
  std::vector<IntakeCounters> intake_counters_;
  std::unique_ptr<SocketServer> intake_;
  std::atomic<int> workers_running_{0};
  std::atomic<bool> stopping_{false};
  UndeliveredFile undelivered_;
};

}  // namespace awps
