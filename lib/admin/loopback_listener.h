#pragma once

// A listening TCP socket on a loopback address.
//
// Any thread.

#include "admin/listen_address.h"
#include "base/unique_fd.h"
#include "net/unix_listener.h"

namespace awps::admin {

struct LoopbackListener {
  UniqueFd fd;            // non-blocking
  ListenAddress address;  // with the port that the kernel chose
};

Result<LoopbackListener, ListenError> listen_on_loopback(const ListenAddress& address);

}  // namespace awps::admin
