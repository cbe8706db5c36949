#include "intake/hub_directory.h"

#include <algorithm>

#include "base/check.h"

namespace awps {

namespace {

constexpr char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same_hub(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, lower, lower);
}

}  // namespace

HubDirectory::HubDirectory(std::vector<IntakeHub> hubs, std::string_view default_hub)
    : hubs_(std::move(hubs)) {
  if (default_hub.empty()) return;
  default_hub_ = find(default_hub);
  AWPS_CHECK(default_hub_ != nullptr);
}

const IntakeHub* HubDirectory::find(std::string_view name) const {
  const auto hub = std::ranges::find_if(
      hubs_, [name](const IntakeHub& candidate) { return same_hub(candidate.name, name); });
  return hub == hubs_.end() ? nullptr : &*hub;
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
