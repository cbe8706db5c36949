#pragma once

// Rights: who may steer over a Unix socket: root, the daemon's own user, and the members of one
// group. Who may send is another matter, and another socket's.
//
// 1. The kernel recorded at connect() who the peer is, with its supplementary groups. A user who
//    joins the group has to log in again.
// 2. set_group() counts from the next question on, also for connections that are open.
//
// Any thread.

#include <sys/types.h>

#include <optional>
#include <string>
#include <utility>

#include "base/mutex.h"
#include "net/peer_credentials.h"

namespace awps::admin {

class Rights {
 public:
  /// The group's name and number; none: there is no such group.
  using Group = std::optional<std::pair<std::string, gid_t>>;

  void set_group(Group group) EXCLUDES(mutex_);

  bool admits(const PeerCredentials& peer) const EXCLUDES(mutex_);
  /// Why `peer` is not admitted, and what to do.
  std::string refusal_of(const PeerCredentials& peer) const EXCLUDES(mutex_);

 private:
  mutable Mutex mutex_;
  Group group_ GUARDED_BY(mutex_);
};

}  // namespace awps::admin
