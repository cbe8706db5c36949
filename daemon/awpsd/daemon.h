#pragma once

// Daemon: awpsd's parts, and the order in which they start and stop. All wiring is here.
//
// 1. Start: what is on disk is read → hubs → admin listens → socket and gateway listen →
//    identities' threads → workers → socket and gateway read → streams begin → admin answers.
// 2. Stop: run() ends it in the steps that stand before begin_stop() in daemon_stop.cc.
// 3. The main thread never waits for the spool's disk: what reads or tries it has a thread of its
//    own. So a signal that ends the process does so, whatever the disk does.
//
// One thread: main.

#include <spdlog/logger.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "admin/admin_server.h"
#include "base/clock.h"
#include "base/exit_code.h"
#include "daemon/awpsd/activation.h"
#include "daemon/awpsd/file_shares.h"
#include "daemon/awpsd/gateway_door.h"
#include "daemon/awpsd/hub_logs.h"
#include "daemon/awpsd/hub_table.h"
#include "daemon/awpsd/memory_return.h"
#include "daemon/awpsd/notify.h"
#include "daemon/awpsd/plan.h"
#include "daemon/awpsd/reloader.h"
#include "daemon/awpsd/signals.h"
#include "daemon/awpsd/spool_trial.h"
#include "daemon/awpsd/status_reader.h"
#include "daemon/awpsd/steering.h"
#include "daemon/awpsd/stream_table.h"
#include "metrics/counters.h"
#include "socket/socket_server.h"
#include "spool/undelivered_file.h"
#include "spool/undelivered_files.h"

namespace awps {

class Daemon {
 public:
  /// All of them outlive it.
  struct Parts {
    const Clock& clock;
    spdlog::logger& logger;
    std::function<uint64_t()> log_lines_dropped;
    Notifier& notifier;
    Signals& signals;
    MakeTransport make_transport;
    MakeStreamEnds make_stream_ends;
    Reloader::Load load;
    FileShares files;
  };

  Daemon(const Config& config, const Parts& parts);

  /// Reads what the last run left on disk, opens what producers and operators connect to, and
  /// starts every thread. `activated`: the sockets that systemd handed over. An Error with kOk: a
  /// signal has ended it, and nothing was accepted. `plan` outlives this object.
  Result<void, ListenError> start(const Plan& plan, const ActivatedSockets& activated);

  /// Serves until a signal ends it, and all that was accepted is delivered or kept.
  ExitCode run();

  /// After start() or run(): the destructor would wait for a thread that may never end, or not
  /// soon. The process is to end without it; all is said.
  bool has_threads_left() const;

 private:
  Result<void, ListenError> read_disk(const Plan& plan);
  Result<void, ListenError> open_hubs(const Plan& plan);
  Result<void, ListenError> open_admin();
  Result<void> set_admin_group(const std::string& group);
  Result<void, ListenError> open_socket(int activated_fd);
  Result<void, ListenError> open_gateway(int activated_fd);
  void warn_of_activation();
  void tell_of_start();
  HubTable::Listeners listeners();
  DoorReading read_doors() const;

  bool has_stopped() const;
  Duration next_turn() const;
  void return_memory();
  void tell_of_undelivered();
  void tell_systemd();
  void take_signal(int signal);
  void reload();
  void tell_status();
  void begin_stop();
  void stop_workers();
  ExitCode finish_stop();
  ExitCode finish_undelivered(const HubTable::Left& left);
  bool is_alive() const;

  // For the last replies and the file of what was not delivered.
  static constexpr Duration kStopMargin = std::chrono::seconds(10);

  const Config config_;
  const FileShares files_;
  const Clock& clock_;
  spdlog::logger& logger_;
  Notifier& notifier_;
  Signals& signals_;
  const Duration watchdog_;    // zero: nobody watches
  const Duration turn_;        // run() looks around this often
  const Duration quiet_turn_;  // or so often, while nothing changes
  const MakeTransport make_transport_;
  UndeliveredFile undelivered_;
  SpoolTrial spool_;
  UndeliveredFiles left_;  // by earlier stops; the admin server's thread has it once that runs
  std::vector<IntakeCounters> intake_counters_;
  HubLogs logs_;
  HubTable hubs_;
  std::unique_ptr<SocketServer> socket_;  // these two after the hubs: they borrow their queues
  std::unique_ptr<GatewayDoor> gateway_;  // nullptr: there is none
  StreamTable streams_;                   // likewise after the hubs
  Reloader reloader_;
  StatusReader status_;
  Steering steering_;
  std::unique_ptr<AdminServer> admin_;  // nullptr: there is none
  MemoryReturn memory_;
  std::string status_line_;   // as systemd was told it last
  Instant quiet_from_{};      // unless it changes
  bool hubs_retire_ = false;  // some, or some streams, are on their way out
  bool memory_returns_ = false;
  bool wants_reload_ = false;
  Instant deliver_until_{};    // of a stop
  bool streams_stop_ = false;  // of a stop: the workers wait for them
  Instant given_up_at_{};      // of a stop, where the disk hangs
  bool admin_hangs_ = false;   // its thread stands in a call; likewise
  bool gateway_hangs_ = false;
  std::atomic<bool> reads_disk_{false};
  std::atomic<bool> reloads_{false};
  std::jthread disk_reader_;  // these two last: they use the rest
  std::jthread reload_;
};

}  // namespace awps
