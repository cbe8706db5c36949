#pragma once

// A client's way in: the URL of a hub's WebSocket with an access token in it, as the official SDKs'
// getClientAccessToken makes it from an access key. Function of its arguments.

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/crypto.h"

namespace awps {

struct ClientAccess {
  std::string user_id;  // empty: anonymous
  std::vector<std::string> roles;
  std::vector<std::string> groups;  // joined at once
  std::chrono::seconds lifetime = std::chrono::hours(1);
};

/// `endpoint_url` is http(s)://host[:port][/prefix], `hub` canonical.
std::string client_access_url(std::string_view endpoint_url, std::string_view hub,
                              const HmacKey& key, const ClientAccess& access, WallTime now);

}  // namespace awps
