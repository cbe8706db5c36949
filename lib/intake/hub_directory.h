#pragma once

// HubDirectory: the hubs that producers can name, and who may. A hub's name is compared without
// regard to case, as the service does. Immutable; any thread.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "net/peer_credentials.h"
#include "queue/hub_queue.h"

namespace awps {

struct IntakeHub {
  HubQueue* queue = nullptr;  // outlives the intake; carries the canonical name
  AccessList access;          // beside the socket's own
};

class HubDirectory {
 public:
  /// `default_hub` is the name of one of `hubs`, or empty: then every connection or action names
  /// its hub. Another name is our caller's bug.
  HubDirectory(std::vector<IntakeHub> hubs, std::string_view default_hub);

  const IntakeHub* find(std::string_view name) const;
  const IntakeHub* default_hub() const { return default_hub_; }

  /// "'chat', 'news'", for messages.
  std::string names() const;

 private:
  std::vector<IntakeHub> hubs_;
  const IntakeHub* default_hub_ = nullptr;
};

}  // namespace awps
