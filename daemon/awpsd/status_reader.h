#pragma once

// StatusReader: puts together what the daemon says of itself. Numbers are read where workers
// publish them; what only a worker knows, it is asked for. One that is late is shown without its
// report, and is not asked again until it has answered.
//
// One thread: the admin server's.

#include <cstdint>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "admin/status.h"
#include "daemon/awpsd/hub_table.h"
#include "daemon/awpsd/reloader.h"
#include "spool/space.h"
#include "spool/undelivered_files.h"

namespace awps {

/// What the doors say of themselves.
struct DoorReading {
  IntakeValues values;
  uint64_t producers = 0;                  // connections now
  std::string address;                     // of the producers' socket
  std::string lost;                        // why nobody can connect there; empty: they can
  std::optional<GatewayStatus> gateway{};  // absent: there is none
};

class StatusReader {
 public:
  /// All of them outlive it.
  struct Parts {
    const HubTable& hubs;
    const Reloader& reloader;
    const SpoolTrial& spool;
    UndeliveredFiles& undelivered;
    const Clock& clock;
    SpoolConfig spool_config;
    const SpoolSpace& space;
    std::function<DoorReading()> read_doors;
    std::function<std::vector<StreamView>()> read_streams{};  // empty: there are none
    std::function<uint64_t()> log_lines_dropped;
  };

  explicit StatusReader(Parts parts);

  ServiceStatus read();

 private:
  using Hub = std::shared_ptr<HubUnit>;

  void ask_for_report(const Hub& hub);
  std::optional<HubReport> report_of(const Hub& hub, Instant deadline);
  static void add_recovery(const HubRecoveries::View& view, ServiceStatus& status);
  void add_streams(ServiceStatus& status) const;
  void add_hub(const Hub& hub, Instant asked, ServiceStatus& status);

  const Parts parts_;
  const WallTime started_at_;
  const Instant started_;
  // One a hub at most: a worker that hangs is not asked again and again.
  std::map<std::weak_ptr<HubUnit>, std::future<HubReport>, std::owner_less<>> questions_;
  // Scratch of one reading.
  std::map<const EndpointState*, EndpointStatus> endpoints_;
};

}  // namespace awps
