#include "net/listen_address.h"

#include <charconv>
#include <optional>

#include "base/loopback_host.h"

namespace awps {

namespace {

constexpr std::string_view kUnix = "unix:";

std::optional<uint16_t> port_of(std::string_view text) {
  uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return port;
}

std::string_view without_brackets(std::string_view host) {
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']') {
    return host.substr(1, host.size() - 2);
  }
  return host;
}

}  // namespace

Result<ListenAddress> parse_listen_address(std::string_view text) {
  ListenAddress address;
  if (text.starts_with(kUnix)) {
    address.unix_path = text.substr(kUnix.size());
    if (address.unix_path.empty()) return Error{"the socket's path is missing"};
    return address;
  }
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) {
    return Error{"it is neither a Unix socket nor an address with a port"};
  }
  const std::string_view host = text.substr(0, colon);
  if (host.find(':') != std::string_view::npos && !host.starts_with('[')) {
    return Error{"an IPv6 address stands in brackets, as in \"[::1]:9464\""};
  }
  const std::optional<uint16_t> port = port_of(text.substr(colon + 1));
  if (!port) return Error{"the port is no number from 0 to 65535"};
  address.host = is_localhost(host) ? "127.0.0.1" : std::string(without_brackets(host));
  address.port = *port;
  return address;
}

std::string to_text(const ListenAddress& address) {
  if (!address.is_tcp()) return std::string(kUnix) + address.unix_path;
  const bool is_ipv6 = address.host.find(':') != std::string::npos;
  return (is_ipv6 ? "[" + address.host + "]" : address.host) + ":" + std::to_string(address.port);
}

}  // namespace awps
