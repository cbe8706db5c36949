#pragma once

// Who is at the other end of a Unix socket, and who may be: SO_PEERCRED and SO_PEERGROUPS against
// lists of users and groups.
//
// 1. The kernel recorded the credentials at connect(): the peer cannot change or forge them.
// 2. Supplementary groups count as the primary one does.
// 3. Names are resolved once, when the lists are made; a name that does not exist is an Error, for
//    a list that silently lost an entry would either lock out or let in.
//
// Any thread; AccessList is immutable.

#include <sys/types.h>

#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace awps {

struct PeerCredentials {
  pid_t pid = 0;
  uid_t uid = 0;
  std::vector<gid_t> groups;  // the primary one and the supplementary ones
};

Result<PeerCredentials> peer_credentials(int fd);

/// Users and groups that may; both empty: everyone.
struct AccessList {
  std::vector<uid_t> users;
  std::vector<gid_t> groups;

  bool admits(const PeerCredentials& peer) const;
};

/// Names or numbers, as a configuration writes them.
Result<AccessList> resolve_access_list(std::span<const std::string> users,
                                       std::span<const std::string> groups);

Result<uid_t> resolve_user(const std::string& name);
Result<gid_t> resolve_group(const std::string& name);

}  // namespace awps
