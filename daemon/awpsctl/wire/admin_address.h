#pragma once

// AdminAddress: where the daemon's admin interface is, as --admin and $AWPSD_ADMIN say it. Any
// thread.

#include <string>
#include <string_view>

#include "daemon/awpsctl/failure.h"

namespace awps {

inline constexpr std::string_view kDefaultAdmin = "unix:/run/awpsd/admin.sock";
inline constexpr std::string_view kDefaultSocket = "/run/awpsd/awpsd.sock";
/// What sockaddr_un takes.
inline constexpr size_t kLongestSocketPath = 107;

struct AdminAddress {
  std::string socket_path;  // empty: it is TCP
  std::string base_url;     // "http://127.0.0.1:9464", without a '/' at its end
  std::string said;         // as the user said it, for messages

  friend bool operator==(const AdminAddress&, const AdminAddress&) = default;
};

/// "unix:PATH", "/PATH", "HOST:PORT" or "http://HOST:PORT". The token goes with each request, in
/// plain text, so only a loopback host is taken.
Result<AdminAddress, Failure> parse_admin_address(std::string_view text);

/// Of a URL: "localhost", *.localhost, 127.0.0.0/8 and ::1, whatever scheme, port and path.
bool is_loopback_url(std::string_view url);

}  // namespace awps
