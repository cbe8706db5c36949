#include "admin/rights.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

namespace awps::admin {

void Rights::set_group(Group group) {
  const MutexLock lock(mutex_);
  group_ = std::move(group);
}

bool Rights::admits(const PeerCredentials& peer) const {
  if (peer.uid == 0 || peer.uid == ::geteuid()) return true;
  const MutexLock lock(mutex_);
  return group_ && std::ranges::find(peer.groups, group_->second) != peer.groups.end();
}

std::string Rights::refusal_of(const PeerCredentials& peer) const {
  const std::string user = "user " + std::to_string(peer.uid);
  const MutexLock lock(mutex_);
  if (!group_) {
    return user +
           " may not steer awpsd: admin.group is empty, so root and the daemon's user alone may; "
           "use sudo, or set admin.group = \"awpsd-admin\" and reload";
  }
  const std::string& name = group_->first;
  return user + " is not in group '" + name +
         "', whose members may steer awpsd; join it with `sudo adduser USER " + name +
         "` and log in again, or use sudo";
}

}  // namespace awps::admin
