#pragma once

// CurlOptions: what CurlTransport may be told. A value, copied at construction.

#include <string>

#include "base/clock.h"

namespace awps {

struct CurlOptions {
  size_t max_connections = 64;  // also the requests that are under way at once
  Duration connect_timeout = std::chrono::seconds(5);  // name, TCP and TLS together
  std::chrono::seconds max_idle{30};                   // older idle connections are not used again
  std::chrono::seconds max_lifetime{300};  // nor are older ones, idle or not: an address may move
  std::chrono::seconds max_name_age{10};   // a name's address is looked up again after this long
  std::string ca_file;                     // empty: the system's
  std::string proxy;              // without its user; empty: none, whatever the environment says
  std::string proxy_credentials;  // "user:password", each percent-encoded; empty: none
  std::string user_agent = "awpsd/" AWPS_VERSION;
  size_t max_body_bytes = 2048;  // kept of an answer's body
  size_t max_drained_bytes =
      64UL * 1024;  // read of it to keep the connection; beyond, it is closed
};

}  // namespace awps
