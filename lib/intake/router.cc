#include "intake/router.h"

#include <algorithm>
#include <optional>

namespace awps {

namespace {

Refusal gone(const std::string& hub, const HubDirectory& hubs) {
  return {RejectCode::kUnknownHub,
          "hub '" + hub + "' is no longer configured; name one of " + hubs.names()};
}

}  // namespace

Router::Decision Router::greet(std::string_view name, const HubDirectory& hubs) {
  if (name.empty()) return hub_;
  const IntakeHub* hub = hubs.find(name);
  if (hub == nullptr) {
    return Refusal{RejectCode::kUnknownHub,
                   "there is no hub '" + std::string(name) + "', only " + hubs.names() +
                       "; correct \"hub\" of the hello, or configure it as [hubs.NAME]"};
  }
  if (!may_use(*hub)) return forbidden(*hub);
  lead_to(hub);
  return hub;
}

Router::Decision Router::route(std::string_view name, const HubDirectory& hubs) {
  Decision found = find(name, hubs);
  if (!found || !in_ordered_batch_) return found;
  const IntakeHub* hub = *found;
  if (batch_hub_.empty()) batch_hub_ = hub->name;
  if (batch_hub_ == hub->name) return hub;
  return Refusal{RejectCode::kInvalidAction, "an ordered batch must go to one hub, here '" +
                                                 batch_hub_ +
                                                 "'; send this element in another batch"};
}

Duration Router::least_dedupe_window(const HubDirectory& hubs) const {
  std::optional<Duration> least;
  for (const IntakeHub& hub : hubs.hubs()) {
    if (hub.is_removed() || !may_use(hub)) continue;
    least = std::min(least.value_or(hub.dedupe_window), hub.dedupe_window);
  }
  return least.value_or(Duration::zero());
}

void Router::lead_to(const IntakeHub* hub) {
  hub_ = hub;
  hub_name_ = hub == nullptr ? "" : hub->name;
}

Router::Decision Router::find(std::string_view name, const HubDirectory& hubs) const {
  const IntakeHub* hub = name.empty() ? hub_ : hubs.find(name);
  if (hub == nullptr && name.empty() && !hub_name_.empty()) return gone(hub_name_, hubs);
  if (hub == nullptr && name.empty()) {
    return Refusal{RejectCode::kUnknownHub,
                   "the action names no hub, and there is no default; add \"hub\" to it or to the "
                   "hello, or set service.hub"};
  }
  if (hub == nullptr) {
    return Refusal{RejectCode::kUnknownHub,
                   "there is no hub '" + std::string(name) + "', only " + hubs.names() +
                       "; correct \"hub\", or configure it as [hubs.NAME]"};
  }
  if (hub->is_removed()) return gone(hub->name, hubs);
  if (!may_use(*hub)) return forbidden(*hub);
  return hub;
}

Refusal Router::forbidden(const IntakeHub& hub) const {
  return {RejectCode::kForbidden, "user id " + std::to_string(credentials_.uid) +
                                      " may not use hub '" + hub.name +
                                      "'; add the user to its allow_users, or a group of the user "
                                      "to its allow_groups"};
}

}  // namespace awps
