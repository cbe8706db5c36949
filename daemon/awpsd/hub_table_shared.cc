// HubTable: what hubs share has changed: credentials, and the part of a fleet's limits.

#include "daemon/awpsd/hub_table.h"

namespace awps {

void HubTable::reload_credentials() {
  for (const auto& hub : hubs()) {
    if (hub->keys != nullptr) hub->keys->take_fresh_keys();
  }
  shared_.forget_what_was_learnt();
  release_credential_holds();
}

void HubTable::release_credential_holds() {
  shared_.release_credential_holds();
  wake_workers();
}

void HubTable::set_part(const std::string& stream, const SharedPart& part) {
  shared_.set_part(stream, part);
  wake_workers();  // more may be permitted
}

// Not by a copy of the list: an identity's thread, or a stream's, must not be the one that frees
// its last hub.
void HubTable::wake_workers() const {
  const MutexLock lock(hubs_mutex_);
  for (const auto& hub : hubs_) hub->transport->wake();
}

}  // namespace awps
