#pragma once

// Activation: listening sockets that systemd made (sd_listen_fds(3)), told apart by their names, as
// FileDescriptorName= of their units says.
//
// Called once, before any thread.

#include <span>
#include <string>

#include "base/result.h"

namespace awps {

struct ActivatedSockets {
  int producers = -1;  // -1: none, here and below
  int gateway = -1;
  std::string gateway_address;  // as gateway.listen has it; empty: none
};

/// Which socket is whose. `names` are those of the descriptors from `first` on. One socket alone
/// may have no name: it is the producers'. An Error names the unit, and what to write there.
Result<ActivatedSockets> sort_sockets(std::span<const std::string> names, int first);

/// Those of this process, which are taken out of the environment.
Result<ActivatedSockets> activated_sockets();

/// "127.0.0.1:8089" or "unix:/path", of a listening stream socket.
Result<std::string> address_of(int socket);

}  // namespace awps
