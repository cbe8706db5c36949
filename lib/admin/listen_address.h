#pragma once

// ListenAddress: where the admin interface listens, as `admin.listen` writes it: "unix:/path",
// "127.0.0.1:9464", "[::1]:9464" or "localhost:9464". What is not a loopback address is refused:
// the interface has no encryption and may purge, so it is no service for a network.
//
// Pure.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace awps::admin {

struct ListenAddress {
  std::string unix_path;  // empty: TCP
  std::string ip;         // "127.0.0.1", "::1"
  uint16_t port = 0;      // 0: the kernel chooses

  bool is_tcp() const { return unix_path.empty(); }
};

Result<ListenAddress> parse_listen_address(std::string_view text);

/// "unix:/path" or "127.0.0.1:9464", as parse_listen_address() reads it.
std::string to_text(const ListenAddress& address);

/// Is it a loopback host: "localhost", 127.x.y.z or "::1" (in brackets or not)?
bool is_loopback_host(std::string_view host);

}  // namespace awps::admin
