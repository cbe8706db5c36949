#pragma once

// Service: the daemon's parts, made from a plan, started and stopped in order. All wiring is here.
//
// 1. Start: endpoints → identities → hubs (queue, transport, tokens, worker) → intake → identities'
//    threads → workers' threads → intake's threads.
// 2. Stop: intake stops reading → workers drain → intake writes the last replies → all ends.

#include <spdlog/logger.h>

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "auth/entra_token_keeper.h"
#include "auth/token_cache.h"
#include "base/clock.h"
#include "daemon/options.h"
#include "http/curl_transport.h"
#include "hub/worker.h"
#include "intake/intake_server.h"
#include "limit/endpoint_state.h"
#include "metrics/counters.h"
#include "queue/hub_queue.h"
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

  /// Opens the socket; `activated_fd` is one that systemd handed over, or -1.
  Result<void, ListenError> start(int activated_fd);

  /// Reads no more from producers, and delivers what was accepted until `deadline`.
  void drain(Instant deadline);
  void stop_now();
  bool workers_ended() const { return workers_running_.load(std::memory_order_acquire) == 0; }
  /// After workers_ended(): writes the last replies and ends. How many actions were not delivered.
  uint64_t finish();

  /// Takes keys that changed in a connection_file, and ends what a refused credential holds.
  void reload_credentials();

  /// One line for people: what is queued, delivered, refused.
  std::string status_line() const;

 private:
  struct Hub {
    HubPlan plan;
    HubCounters counters;
    std::unique_ptr<CurlTransport> transport;
    std::unique_ptr<TokenSource> tokens;
    KeyTokenSource* keys = nullptr;  // the tokens, if an access key makes them
    std::unique_ptr<HubQueue> queue;
    std::unique_ptr<Worker> worker;
    std::jthread thread;
  };

  /// An Entra identity, with the way to its tokens. Hubs that have both in common share it.
  struct Identity {
    EntraIdentity identity;
    std::string proxy;
    std::string ca_file;
    std::unique_ptr<CurlTransport> transport;
    std::unique_ptr<EntraTokenKeeper> keeper;
  };

  EndpointState& endpoint_of(const HubPlan& plan);
  EntraTokenKeeper& keeper_of(const HubPlan& plan);
  void make_tokens(Hub& hub);
  void start_identities();
  void report(const EntraTokenKeeper::Event& event);
  void release_credential_holds();
  void make_hub(const HubPlan& plan, int number, int intake_threads);
  Result<void, ListenError> make_intake();
  void keep_undelivered(const Hub& hub, const Entry& entry);

  const Config config_;
  const std::string default_hub_;
  spdlog::logger& logger_;
  std::function<void()> on_worker_end_;
  SystemClock clock_;
  std::map<std::string, std::unique_ptr<EndpointState>> endpoints_;  // by URL
  std::vector<std::unique_ptr<Hub>> hubs_;
  // Their threads wake the hubs' transports, so they end first; the workers have ended by then.
  std::vector<std::unique_ptr<Identity>> identities_;
  std::vector<IntakeCounters> intake_counters_;
  std::unique_ptr<IntakeServer> intake_;
  std::atomic<int> workers_running_{0};
  UndeliveredFile undelivered_;
};

}  // namespace awps
