#pragma once

// Request: an HTTP request, whole or its head alone, apart from the library that read it; and its
// target taken apart.
//
// A value; its functions are pure.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "net/peer_credentials.h"

namespace awps::http_server {

class BodyCharge;

struct Request {
  std::string method;
  std::string target;                                        // "/dead-letters?hub=chat"
  std::vector<std::pair<std::string, std::string>> headers;  // as they came, in their order
  std::string body;
  bool over_tcp = false;                          // else over a Unix socket
  std::shared_ptr<const PeerCredentials> peer{};  // of a Unix socket; none: the kernel did not say
  uint64_t connection = 0;  // on which it came: from 1, never again while the server lives
  // Counts the body among Limits::max_partial_bytes as long as it lives. Whoever takes the body
  // out and keeps it elsewhere lets go of this, and counts it there. The server's thread only.
  std::shared_ptr<const BodyCharge> charge{};

  /// The value of the first header of that name, in whatever case the client wrote the name.
  std::optional<std::string_view> header(std::string_view name) const;
};

/// An Error if one of these headers stands there more than once: two readers might take different
/// ones.
Result<void> check_once(const Request& request, std::span<const std::string_view> names);

struct Target {
  std::string path;
  std::map<std::string, std::string> parameters;  // decoded
};

/// An Error for what is no path, or for a query that is not well formed or names a thing twice.
Result<Target> parse_target(std::string_view text);

}  // namespace awps::http_server
