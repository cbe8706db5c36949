#include "stream/partition_hubs.h"

#include <algorithm>

#include "base/check.h"

namespace awps {

uint16_t PartitionHubs::add(const HubQueue& queue) {
  auto place = std::ranges::find_if(places_, [&queue](const Place& known) {
    return known.hub != nullptr && known.hub->queue == &queue;
  });
  if (place == places_.end()) {
    place = std::ranges::find(places_, nullptr, &Place::hub);
    if (place == places_.end()) place = places_.insert(place, Place{});
    place->hub = hubs_.at(queue);
    AWPS_CHECK(place->hub->for_streams != nullptr);
  }
  ++place->open;
  return static_cast<uint16_t>(place - places_.begin());
}

std::vector<StreamHubHandle> PartitionHubs::used() const {
  std::vector<StreamHubHandle> used;
  for (const Place& place : places_) {
    if (place.open > 0) used.push_back(place.hub);
  }
  return used;
}

bool PartitionHubs::uses(const StreamHub& hub) const {
  return std::ranges::any_of(places_, [&hub](const Place& place) {
    return place.open > 0 && place.hub->queue == hub.queue;
  });
}

// Whoever holds a hub keeps it from ending (IntakeHub::lease).
void PartitionHubs::remove(uint16_t number) {
  Place& place = places_[number];
  if (--place.open == 0 && place.is_gone) place = {};
}

void PartitionHubs::follow() {
  for (Place& place : places_) {
    if (place.open == 0) {
      place = {};
    } else {
      place.is_gone = !hubs_.has(*place.hub->queue);
    }
  }
}

}  // namespace awps
