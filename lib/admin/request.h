#pragma once

// Request: an HTTP request to the admin interface, whole, apart from the library that read it; and
// its target taken apart.
//
// Pure.

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace awps::admin {

struct Request {
  std::string method;
  std::string target;  // "/dead-letters?hub=chat"
  std::optional<std::string> host;
  std::optional<std::string> origin;
  std::optional<std::string> fetch_site;  // Sec-Fetch-Site
  std::optional<std::string> authorization;
  std::optional<std::string> content_type;
  std::string body;
  bool over_tcp = false;  // else over the Unix socket
};

struct Target {
  std::string path;
  std::map<std::string, std::string> parameters;  // decoded
};

/// An Error for what is no path, or for a query that is not well formed or names a thing twice.
Result<Target> parse_target(std::string_view text);

}  // namespace awps::admin
