#pragma once

// The names by which clients may call the gateway: what stands in Host, so that no web page can
// reach it by a name of its own (DNS rebinding).
//
// It asks the system for its addresses, and looks no name up. Any thread.

#include <string>
#include <vector>

#include "net/listen_address.h"

namespace awps {

/// Lower case, without port; an IPv6 address as in URLs, in brackets, and without. Of a wildcard
/// address: the machine's name and all of its addresses. None of a Unix socket.
std::vector<std::string> hosts_of(const ListenAddress& address);

}  // namespace awps
