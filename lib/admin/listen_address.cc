#include "admin/listen_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace awps::admin {

namespace {

constexpr std::string_view kUnix = "unix:";

Error refused(std::string_view text, const std::string& reason) {
  return {"admin.listen = \"" + std::string(text) + "\": " + reason +
          "; write \"unix:/run/awpsd/admin.sock\", or a loopback address such as "
          "\"127.0.0.1:9464\" with admin.token_file"};
}

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

bool is_loopback_ipv4(const std::string& host) {
  in_addr address{};
  return ::inet_pton(AF_INET, host.c_str(), &address) == 1 && (ntohl(address.s_addr) >> 24U) == 127;
}

bool is_loopback_ipv6(const std::string& host) {
  in6_addr address{};
  return ::inet_pton(AF_INET6, host.c_str(), &address) == 1 && IN6_IS_ADDR_LOOPBACK(&address);
}

bool is_localhost(std::string_view host) {
  constexpr std::string_view kName = "localhost";
  return std::ranges::equal(host, kName, [](char a, char b) { return (a | 0x20) == b; });
}

}  // namespace

bool is_loopback_host(std::string_view host) {
  const std::string bare(without_brackets(host));
  return is_localhost(bare) || is_loopback_ipv4(bare) || is_loopback_ipv6(bare);
}

Result<ListenAddress> parse_listen_address(std::string_view text) {
  ListenAddress address;
  if (text.starts_with(kUnix)) {
    address.unix_path = text.substr(kUnix.size());
    if (address.unix_path.empty()) return refused(text, "the socket's path is missing");
    return address;
  }
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) {
    return refused(text, "it is neither a Unix socket nor an address with a port");
  }
  const std::string_view host = text.substr(0, colon);
  if (host.find(':') != std::string_view::npos && !host.starts_with('[')) {
    return refused(text, "an IPv6 address stands in brackets, as in \"[::1]:9464\"");
  }
  if (!is_loopback_host(host)) {
    return refused(text, "the admin interface listens on loopback addresses only");
  }
  const std::optional<uint16_t> port = port_of(text.substr(colon + 1));
  if (!port) return refused(text, "the port is no number from 0 to 65535");
  address.ip = is_localhost(host) ? "127.0.0.1" : std::string(without_brackets(host));
  address.port = *port;
  return address;
}

std::string to_text(const ListenAddress& address) {
  if (!address.is_tcp()) return std::string(kUnix) + address.unix_path;
  const bool is_ipv6 = address.ip.find(':') != std::string::npos;
  return (is_ipv6 ? "[" + address.ip + "]" : address.ip) + ":" + std::to_string(address.port);
}

}  // namespace awps::admin
