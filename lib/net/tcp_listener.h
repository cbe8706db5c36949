#pragma once

// A listening TCP socket on an IP address, such as a loopback one.
//
// Any thread.

#include "base/unique_fd.h"
#include "net/listen_address.h"

namespace awps {

struct TcpListener {
  UniqueFd fd;            // non-blocking
  ListenAddress address;  // with the port that the kernel chose
};

/// kConfig if the host of `address` is no IP address: names are not looked up.
Result<TcpListener, ListenError> listen_on_tcp(const ListenAddress& address);

/// A listening TCP socket that was handed over (socket activation). kConfig: it is none.
Result<TcpListener, ListenError> adopt_tcp(UniqueFd listening);

}  // namespace awps
