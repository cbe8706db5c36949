#include "daemon/awpsctl/wire/admin_address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cctype>

namespace awps {

namespace {

constexpr std::string_view kUnixPrefix = "unix:";
constexpr std::string_view kHttpPrefix = "http://";

Failure refused(std::string_view text, const std::string& why) {
  return {ExitCode::kUsage, "usage",
          "--admin '" + std::string(text) + "': " + why +
              "; say unix:/run/awpsd/admin.sock, or http://127.0.0.1:PORT with --token-file"};
}

// "host" of "scheme://user@host:port/path?query", in small letters, brackets of IPv6 removed.
std::string host_of(std::string_view url) {
  const size_t scheme = url.find("://");
  if (scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
  url = url.substr(0, url.find_first_of("/?#"));
  const size_t user = url.rfind('@');
  if (user != std::string_view::npos) url.remove_prefix(user + 1);
  if (!url.empty() && url[0] == '[') {
    const size_t close = url.find(']');
    url = close == std::string_view::npos ? "" : url.substr(1, close - 1);
  } else {
    url = url.substr(0, url.find(':'));
  }
  std::string host(url);
  std::ranges::transform(host, host.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return host;
}

bool has_port(std::string_view authority) {
  const size_t colon = authority.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  const std::string_view port = authority.substr(colon + 1);
  const bool digits = std::ranges::all_of(port, [](char c) { return c >= '0' && c <= '9'; });
  return digits && !port.empty() && port.size() <= 5 && std::stoul(std::string(port)) <= 65535;
}

}  // namespace

bool is_loopback_url(std::string_view url) {
  const std::string host = host_of(url);
  static constexpr std::string_view kSuffix = ".localhost";
  if (host == "localhost" || host.ends_with(kSuffix)) return true;
  in_addr v4{};
  if (::inet_pton(AF_INET, host.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24U) == 127;
  in6_addr v6{};
  return ::inet_pton(AF_INET6, host.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6) != 0;
}

Result<AdminAddress, Failure> parse_admin_address(std::string_view text) {
  AdminAddress address;
  address.said = text;
  if (text.starts_with(kUnixPrefix) || text.starts_with('/')) {
    address.socket_path = text.starts_with('/') ? text : text.substr(kUnixPrefix.size());
    if (address.socket_path.empty()) return refused(text, "the path of the socket is missing");
    if (address.socket_path.size() > kLongestSocketPath) {
      return refused(text, "a socket's path has at most " + std::to_string(kLongestSocketPath) +
                               " bytes, this one " + std::to_string(address.socket_path.size()));
    }
    address.base_url = "http://localhost";
    return address;
  }
  if (text.starts_with("https://")) return refused(text, "the daemon speaks plain http, locally");
  std::string_view authority = text;
  if (authority.starts_with(kHttpPrefix)) authority.remove_prefix(kHttpPrefix.size());
  while (authority.ends_with('/')) authority.remove_suffix(1);
  if (authority.find_first_of("/?#@ ") != std::string_view::npos || !has_port(authority)) {
    return refused(text, "this is no address");
  }
  if (!is_loopback_url(authority)) {
    return refused(text, "the token would cross the network in plain text; use ssh -L");
  }
  address.base_url = std::string(kHttpPrefix) + std::string(authority);
  return address;
}

}  // namespace awps
