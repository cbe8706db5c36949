#include "stream/stream_hubs.h"

#include <algorithm>

#include "base/check.h"

namespace awps {

StreamHubs::StreamHubs(const HubDirectory& directory, std::string home)
    : wanted_home_(std::move(home)) {
  follow(directory);
}

// What stays is made anew, too: a hub that was read from its disk has become another one.
void StreamHubs::follow(const HubDirectory& directory) {
  hubs_.clear();
  for (const IntakeHub& hub : directory.hubs()) {
    if (hub.queue == nullptr) continue;
    hubs_.push_back(std::make_shared<const StreamHub>(StreamHub{
        .name = hub.name, .queue = hub.queue, .for_streams = hub.for_streams, .lease = hub.lease}));
  }
  const IntakeHub* home =
      wanted_home_.empty() ? directory.default_hub() : directory.find(wanted_home_);
  home_name_ = home == nullptr ? wanted_home_ : home->name;
  home_ = home == nullptr || home->queue == nullptr ? nullptr : at(*home->queue);
}

bool StreamHubs::has(const HubQueue& queue) const {
  return std::ranges::find(hubs_, &queue, &StreamHub::queue) != hubs_.end();
}

StreamHubHandle StreamHubs::at(const HubQueue& queue) const {
  const auto found = std::ranges::find(hubs_, &queue, &StreamHub::queue);
  AWPS_CHECK(found != hubs_.end());
  return *found;
}

}  // namespace awps
