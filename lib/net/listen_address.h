#pragma once

// ListenAddress: where a server listens, as the configuration writes it: "unix:/path",
// "127.0.0.1:9464", "[::1]:9464" or "localhost:9464". Whether an address is allowed is the
// server's to say.
//
// Pure.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/exit_code.h"
#include "base/result.h"

namespace awps {

/// Why there is no listener, and what a daemon that needs one exits with.
struct ListenError {
  ExitCode exit_code = ExitCode::kOsError;
  std::string message;
};

struct ListenAddress {
  std::string unix_path;  // empty: TCP
  std::string host;       // of TCP: "127.0.0.1", "::1"; not yet known to be an IP address
  uint16_t port = 0;      // 0: the kernel chooses

  bool is_tcp() const { return unix_path.empty(); }
};

/// The Error is the reason alone; whoever asks knows the option and the remedy.
Result<ListenAddress> parse_listen_address(std::string_view text);

/// "unix:/path" or "127.0.0.1:9464", as parse_listen_address() reads it.
std::string to_text(const ListenAddress& address);

}  // namespace awps
