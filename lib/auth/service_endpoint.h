#pragma once

// ServiceEndpoint: where the service is, taken from a connection string or a service URI. Pure, any
// thread.
//
// 1. The URL is absolute and in one spelling: scheme and host in lower case, no default port, no
//    trailing slash, no query, no user name. It stands in the audience of every token, and a server
//    compares that with the Host line that it reads.
// 2. Plain http is for loopback hosts, and for those that the operator names: a token in clear text
//    gives the hub away.
// 3. No error quotes more of the text than a valid host name: what was pasted in the wrong place
//    may be the access key.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace awps {

struct ServiceEndpoint {
  std::string url;  // scheme://host[:port][/prefix]

  friend bool operator==(const ServiceEndpoint&, const ServiceEndpoint&) = default;
};

/// Hosts that may be reached by http:// although they are not loopback; lower case.
using PlainHttpHosts = std::span<const std::string>;

/// Without a scheme it is https. `port`, where given, replaces the text's own.
Result<ServiceEndpoint> parse_endpoint(std::string_view text, std::optional<uint16_t> port,
                                       PlainHttpHosts plain_http = {});

/// The host of an endpoint, without port and brackets.
std::string_view host_of(const ServiceEndpoint& endpoint);

/// 1–65535 in decimal digits, nothing else.
std::optional<uint16_t> parse_port(std::string_view text);

}  // namespace awps
