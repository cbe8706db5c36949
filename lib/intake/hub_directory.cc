#include "intake/hub_directory.h"

#include <algorithm>

#include "base/ascii.h"
#include "base/check.h"

namespace awps {

HubDirectory::HubDirectory(std::vector<IntakeHub> hubs, std::string_view default_hub)
    : hubs_(std::move(hubs)) {
  if (default_hub.empty()) return;
  default_hub_ = find(default_hub);
  AWPS_CHECK(default_hub_ != nullptr);
}

const IntakeHub* HubDirectory::find(std::string_view name) const {
  const auto hub = std::ranges::find_if(hubs_, [name](const IntakeHub& candidate) {
    return equal_ignoring_case(candidate.name, name);
  });
  return hub == hubs_.end() ? nullptr : &*hub;
}

bool HubDirectory::has(const HubQueue& queue) const {
  return std::ranges::find(hubs_, &queue, &IntakeHub::queue) != hubs_.end();
}

std::string HubDirectory::names() const {
  std::string names;
  for (const IntakeHub& hub : hubs_) {
    if (!names.empty()) names += ", ";
    names += "'" + hub.name + "'";
  }
  return names;
}

}  // namespace awps
