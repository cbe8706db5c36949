#pragma once

// GatewayDoor: the gateway as a part of the daemon: its HTTP server, its door, and what a reload
// and a stop do to them.
//
// 1. It is one more thread of the intake: its slot is the number after those of the socket.
// 2. The certificate, and files with keys, are looked at once a minute in a thread of their own:
//    they may lie on a disk that hangs.
// 3. The life: listen(), start(), begin_stop(), the hubs' workers end, finish_stop(). Main.
//
// set_hubs(), follow() and status() may be called from any thread after listen().

#include <spdlog/logger.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "admin/status.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"
#include "config/config.h"
#include "daemon/awpsd/gateway_certificate.h"
#include "daemon/awpsd/gateway_rules.h"
#include "gateway/door.h"
#include "http_server/server.h"
#include "intake/hub_directory.h"

namespace awps {

class GatewayDoor {
 public:
  /// All of them outlive it.
  struct Parts {
    const Clock& clock;
    spdlog::logger& logger;
    const HubTable& hubs;
    MakeTransport make_transport;
    int slot = 0;
    uint64_t max_connections = 4096;  // as many as there are files for
    int activated_fd = -1;            // a socket of systemd; -1: it makes its own
  };

  GatewayDoor(const Config& config, Parts parts);
  ~GatewayDoor();
  GatewayDoor(const GatewayDoor&) = delete;
  GatewayDoor& operator=(const GatewayDoor&) = delete;

  /// After the hubs were made. It reads the certificate, too.
  Result<void, ListenError> listen(std::vector<IntakeHub> directory);
  void start();

  /// Other hubs from now on, or other plans for them. Whoever holds HubTable::changes().
  void set_hubs(std::vector<IntakeHub> directory);
  /// A reload: what of [gateway] need not wait for a start. Not in main: it reads files.
  void follow(const Config& config);
  /// A hub's budget has room for those who waited (HubQueue's callback).
  void room_again();
  /// Now and then: begins to look at files once a minute. Main.
  void tick();

  GatewayStatus status() const;
  /// "127.0.0.1:8089", as it was bound.
  std::string address() const;

  /// Nobody can connect any more, and nothing is pushed to a hub.
  void begin_stop();
  /// After the workers have ended, and what they left is on disk: the last answers. False: the
  /// server's thread hangs. `has_log` is as in Door.
  bool finish_stop(const std::function<bool(const std::string& hub)>& has_log);
  /// The thread that looks at files has not come back: the destructor would wait for it.
  bool has_threads_left() const { return looks_; }

 private:
  Result<void, ListenError> bind();
  http_server::Server::Options server_options() const;
  DoorOptions door_options(const GatewayConfig& gateway) const;
  Door::Hubs hubs_with(std::vector<IntakeHub> directory);
  void take_files() REQUIRES(files_mutex_) EXCLUDES(mutex_);
  void take_certificate(const std::string& name) REQUIRES(files_mutex_);

  const Config config_;  // as it was started
  const Parts parts_;
  AccessList access_;
  ListenAddress address_;  // as it was bound
  GatewayCounters counters_;
  std::unique_ptr<GatewayCertificate> certificate_;  // nullptr: there is no TLS
  std::unique_ptr<Door> door_;
  std::unique_ptr<http_server::Server> server_;

  Mutex files_mutex_;  // before the other: of whoever reads files
  mutable Mutex mutex_;
  GatewayConfig present_ GUARDED_BY(mutex_);
  std::vector<WatchedKeys> watched_ GUARDED_BY(mutex_);

  Instant next_look_{};
  std::atomic<bool> looks_{false};
  std::jthread looker_;  // last: it uses the rest
};

}  // namespace awps
