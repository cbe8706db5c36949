#pragma once

// HubRecoveries: hubs that a reload has brought, and whose logs are still being read, each by a
// thread of its own. Until a hub can be made, doors find a stand-in: it is there, and has no room.
//
// 1. A stand-in lives until no door has it any more, and is removed only if its hub is.
// 2. A hub that is taken out meanwhile is read to the end, and then forgotten.
//
// views(), any() and percent_of() may be called by any thread, the rest by whoever holds
// HubTable::changes(). The destructor waits for those that are being read.

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/mutex.h"
#include "daemon/awpsd/hub_logs.h"
#include "daemon/awpsd/plan.h"
#include "intake/hub_directory.h"
#include "queue/hub_entrance.h"
#include "queue/hub_queue.h"

namespace awps {

class HubRecoveries {
 public:
  struct Parts {
    HubLogs& logs;
    int intake_threads = 1;
    std::function<void()> room_again;
    std::function<void()> on_read;  // one has been read; its thread
  };

  explicit HubRecoveries(Parts parts) : parts_(std::move(parts)) {}

  /// `reads_letters`: its dead letters as well.
  void begin(const HubPlan& plan, bool reads_letters);
  bool has(const std::string& hub) const;
  /// What the configuration says now; those that it does not name are forgotten.
  void follow(const std::vector<HubPlan>& plans);
  /// Fills in what leads a door's actions to the stand-in.
  void lend_to(IntakeHub& door) const;
  /// Of those that are being read, as they were planned last.
  std::vector<HubPlan> plans() const;

  struct Read {
    HubPlan plan;
    OpenedHub opened;
  };
  /// Those that have been read. Their stand-ins have no room still, until the doors are told of
  /// the hubs: nobody is refused in between.
  std::vector<Read> take_read();

  struct View {
    std::string hub;
    std::string endpoint;
    uint64_t percent = 0;
  };
  std::vector<View> views() const;
  /// Are there any, wanted or not?
  bool any() const;
  /// nullopt: it is not being read.
  std::optional<uint64_t> percent_of(const std::string& hub) const;

 private:
  struct Recovery {
    HubPlan plan;
    std::unique_ptr<HubQueue> queue;
    std::unique_ptr<HubEntrance> entrance;
    std::shared_ptr<const void> lease;
    std::weak_ptr<const void> lent;
    std::atomic<uint64_t> percent{0};
    bool is_wanted = true;
    OpenedHub opened;
    std::atomic<bool> is_read{false};
    std::jthread thread;  // last: it uses the others
  };

  const Parts parts_;
  mutable Mutex mutex_;
  std::vector<std::shared_ptr<Recovery>> all_ GUARDED_BY(mutex_);
  std::vector<std::shared_ptr<Recovery>> over_ GUARDED_BY(mutex_);  // doors may have them still
};

}  // namespace awps
