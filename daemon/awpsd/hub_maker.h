#pragma once

// HubMaker: makes a hub from its plan: the way to its service, its tokens, its queue and its
// worker; and for one that has a log, the committer that owns it.
//
// One thread at a time: whoever makes hubs.

#include <spdlog/logger.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "config/config.h"
#include "daemon/awpsd/hub_logs.h"
#include "daemon/awpsd/hub_unit.h"
#include "daemon/awpsd/plan.h"
#include "daemon/awpsd/shared_parts.h"
#include "hub/dead_letters.h"
#include "spool/undelivered_file.h"

namespace awps {

class HubMaker {
 public:
  /// All of them outlive it, and the hubs.
  struct Parts {
    const Clock& clock;
    spdlog::logger& logger;
    SharedParts& shared;
    MakeTransport make_transport;
    UndeliveredFile& undelivered;
    size_t max_undelivered_line_bytes = 0;
    int intake_threads = 1;
    SpoolConfig spool;
    std::function<void()> room_again;
  };

  explicit HubMaker(Parts parts) : parts_(std::move(parts)) {}

  /// `log`: nullopt for a hub that needs none. One that could not be opened refuses its actions.
  std::shared_ptr<HubUnit> make(const HubPlan& plan, std::optional<OpenedLog> log);

 private:
  void make_tokens(HubUnit& hub);
  void make_queue(HubUnit& hub, bool has_log);
  void make_committer(HubUnit& hub, OpenedLog log);
  void make_worker(HubUnit& hub);
  void tell_of(const HubUnit& hub, const OpenedLog& log) const;

  const Parts parts_;
};

}  // namespace awps
