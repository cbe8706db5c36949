#pragma once

// HubDirectory: the hubs that producers can name, and who may. A hub's name is compared without
// regard to case, as the service does. Immutable; any thread.

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "net/peer_credentials.h"
#include "queue/hub_entrance.h"
#include "queue/hub_for_streams.h"
#include "queue/hub_queue.h"

namespace awps {

struct IntakeHub {
  std::string name;           // canonical
  HubQueue* queue = nullptr;  // these two live as long as the lease; --explain has none
  HubEntrance* entrance = nullptr;
  // As these two; nullptr: it reads what it has on disk, and takes nothing before.
  HubForStreams* for_streams = nullptr;
  std::shared_ptr<const void> lease{};  // held by whoever may push there; nullptr: they outlive all
  AccessList access{};                  // beside the door's own
  Duration dedupe_window{};             // of producers that ask for it; zero: it knows no ids

  /// It is no longer configured, and takes nothing new.
  bool is_removed() const { return queue != nullptr && queue->is_removed(); }
};

class HubDirectory {
 public:
  /// `default_hub` is the name of one of `hubs`, or empty: then every connection or action names
  /// its hub. Another name is our caller's bug.
  HubDirectory(std::vector<IntakeHub> hubs, std::string_view default_hub);

  const std::vector<IntakeHub>& hubs() const { return hubs_; }
  const IntakeHub* find(std::string_view name) const;
  /// It leads to that queue.
  bool has(const HubQueue& queue) const;
  /// The index of one of its hubs.
  size_t index_of(const IntakeHub& hub) const { return static_cast<size_t>(&hub - hubs_.data()); }
  const IntakeHub* default_hub() const { return default_hub_; }

  /// "'chat', 'news'", for messages.
  std::string names() const;

 private:
  std::vector<IntakeHub> hubs_;
  const IntakeHub* default_hub_ = nullptr;
};

}  // namespace awps
