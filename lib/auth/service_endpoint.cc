#include "auth/service_endpoint.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

#include "base/ascii.h"
#include "base/loopback_host.h"

namespace awps {

namespace {

constexpr size_t kMaxHostBytes = 253;
constexpr size_t kMaxPrefixBytes = 1024;

struct Authority {
  std::string host;  // lower case, an IPv6 address without its brackets
  bool is_ipv6 = false;
  std::optional<uint16_t> port;
};

bool is_host_name(std::string_view host) {
  return !host.empty() && host.size() <= kMaxHostBytes && host.front() != '.' &&
         host.find("..") == std::string_view::npos && std::ranges::all_of(host, [](char c) {
           return is_alphanumeric(c) || c == '-' || c == '.' || c == '_';
         });
}

bool is_ipv6_address(const std::string& host) {
  in6_addr address{};
  return inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

bool is_placeholder(std::string_view text) {
  return text.find_first_of("<>{}$") != std::string_view::npos ||
         text.find("\xe2\x80\xa6") != std::string_view::npos;  // "…"
}

// Hosts of other services whose connection strings look alike; the second: what it is.
struct OtherService {
  std::string_view domain;
  std::string_view name;
};
constexpr OtherService kOtherServices[] = {
    {".service.signalr.net", "Azure SignalR Service"},
    {".servicebus.windows.net", "Service Bus, Event Hubs or Relay"},
    {".azure-devices.net", "IoT Hub"},
    {".communication.azure.com", "Communication Services"},
    {".azconfig.io", "App Configuration"},
    {".vault.azure.net", "Key Vault"},
    {".eventgrid.azure.net", "Event Grid"},
    {".documents.azure.com", "Cosmos DB"},
    {".database.windows.net", "SQL Database"},
    {".core.windows.net", "Storage"},
    {".redis.cache.windows.net", "Cache for Redis"},
    {".notificationhubs.windows.net", "Notification Hubs"},
};

Result<void> check_service(std::string_view host) {
  for (const auto& [domain, name] : kOtherServices) {
    if (!host.ends_with(domain)) continue;
    return Error{"the endpoint's host '" + std::string(host) + "' belongs to " + std::string(name) +
                 ": take the one of Web PubSub, https://NAME.webpubsub.azure.com"};
  }
  return {};
}

Result<Authority> parse_authority(std::string_view text) {
  if (text.find('@') != std::string_view::npos) {
    return Error{"the endpoint has a user name before its host: leave it out"};
  }
  Authority authority;
  std::string_view port;
  bool has_port = false;
  if (text.starts_with('[')) {
    const size_t end = text.find(']');
    if (end == std::string_view::npos) return Error{"the endpoint's host lacks its ']'"};
    authority.host = to_lower(text.substr(1, end - 1));
    authority.is_ipv6 = true;
    text.remove_prefix(end + 1);
    has_port = text.starts_with(':');
    if (!text.empty() && !has_port) {
      return Error{"the endpoint has something other than a port after its host's ']'"};
    }
    if (has_port) port = text.substr(1);
  } else {
    const size_t colon = text.find(':');
    has_port = colon != std::string_view::npos;
    authority.host = to_lower(text.substr(0, colon));
    if (has_port) port = text.substr(colon + 1);
  }
  const bool valid =
      authority.is_ipv6 ? is_ipv6_address(authority.host) : is_host_name(authority.host);
  if (!valid) {
    return Error{
        "the endpoint has no valid host: write https://NAME.webpubsub.azure.com" +
        std::string(is_placeholder(text) ? ", with the name of your service for NAME" : "")};
  }
  if (has_port) {
    authority.port = parse_port(port);
    if (!authority.port) return Error{"the endpoint's port is not a number of 1–65535"};
  }
  return authority;
}

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool is_path_text(std::string_view path) {
  static constexpr std::string_view kMarks = "-._~/!$&'()*+,=:@";
  for (size_t i = 0; i < path.size(); ++i) {
    if (path[i] == '%') {
      if (i + 2 >= path.size() || !is_hex(path[i + 1]) || !is_hex(path[i + 2])) return false;
    } else if (!is_alphanumeric(path[i]) && kMarks.find(path[i]) == std::string_view::npos) {
      return false;
    }
  }
  return true;
}

// A dot segment would be folded by proxies, so that the signed URL is not the one that arrives.
bool has_dot_segment(std::string_view path) {
  while (!path.empty()) {
    const size_t slash = path.find('/');
    const std::string_view segment = path.substr(0, slash);
    if (segment == "." || segment == "..") return true;
    if (slash == std::string_view::npos) return false;
    path.remove_prefix(slash + 1);
  }
  return false;
}

Result<std::string_view> parse_prefix(std::string_view text) {
  while (text.ends_with('/')) text.remove_suffix(1);
  if (text.find_first_of("?#") != std::string_view::npos) {
    return Error{"the endpoint has a query or a fragment: leave it out"};
  }
  if (text.size() > kMaxPrefixBytes || !is_path_text(text) || has_dot_segment(text)) {
    return Error{
        "the endpoint's path is not valid: at most 1024 percent-encoded bytes, without '.' and "
        "'..' segments"};
  }
  return text;
}

}  // namespace

std::optional<uint16_t> parse_port(std::string_view text) {
  uint16_t port = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, port);
  if (error != std::errc{} || stop != end || port == 0) return std::nullopt;
  return port;
}

std::string_view host_of(const ServiceEndpoint& endpoint) {
  std::string_view host = endpoint.url;
  host.remove_prefix(host.find("://") + 3);
  if (host.starts_with('[')) return host.substr(1, host.find(']') - 1);
  return host.substr(0, host.find_first_of(":/"));
}

Result<ServiceEndpoint> parse_endpoint(std::string_view text, std::optional<uint16_t> port,
                                       PlainHttpHosts plain_http) {
  text = trim(text);
  std::string scheme = "https";
  if (const size_t mark = text.find("://"); mark != std::string_view::npos) {
    scheme = to_lower(text.substr(0, mark));
    text.remove_prefix(mark + 3);
  }
  if (scheme != "https" && scheme != "http") {
    return Error{"the endpoint's scheme is neither https nor http"};
  }
  const size_t path = std::min(text.find_first_of("/?#"), text.size());
  const Result<Authority> authority = parse_authority(text.substr(0, path));
  if (!authority) return authority.error();
  if (const Result<void> service = check_service(authority->host); !service) return service.error();
  const Result<std::string_view> prefix = parse_prefix(text.substr(path));
  if (!prefix) return prefix.error();
  if (scheme == "http" && !is_loopback_host(authority->host) &&
      std::ranges::find(plain_http, authority->host) == plain_http.end()) {
    return Error{"the endpoint is plain http on '" + authority->host +
                 "': that is for loopback hosts only (127.0.0.0/8, ::1, localhost) and those in "
                 "service.allow_plain_http; write https://"};
  }
  ServiceEndpoint endpoint{scheme + "://"};
  endpoint.url += authority->is_ipv6 ? "[" + authority->host + "]" : authority->host;
  const uint16_t usual = scheme == "https" ? 443 : 80;
  const uint16_t used = port.value_or(authority->port.value_or(usual));
  if (used != usual) endpoint.url += ":" + std::to_string(used);
  endpoint.url += *prefix;
  return endpoint;
}

}  // namespace awps
