#include "daemon/awpsd/activation.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

#include "net/listen_address.h"

namespace awps {

namespace {

constexpr std::string_view kProducers = "producers";
constexpr std::string_view kGateway = "gateway";

// Without FileDescriptorName= systemd gives the unit's own name; whoever starts a program by hand
// gives none, which sd_listen_fds_with_names(3) calls "unknown".
bool is_nameless(std::string_view name) {
  return name.empty() || name == "unknown" || name == "awpsd.socket";
}

Error unknown_name(const std::string& name) {
  return Error{"systemd handed over a socket named '" + name +
               "', which awpsd does not know: write FileDescriptorName=producers or "
               "FileDescriptorName=gateway into the socket unit" +
               (name.ends_with(".socket") ? " " + name : " that has this name")};
}

Error repeated_name(std::string_view name) {
  return Error{"systemd handed over two sockets named '" + std::string(name) +
               "', and awpsd takes one: remove a ListenStream= from the socket unit with "
               "FileDescriptorName=" +
               std::string(name) + ", or disable a unit that has this name, too"};
}

int option_of(int socket, int name) {
  int value = 0;
  socklen_t size = sizeof value;
  return ::getsockopt(socket, SOL_SOCKET, name, &value, &size) == 0 ? value : -1;
}

std::string text_of(const sockaddr_storage& bound, socklen_t size) {
  std::array<char, INET6_ADDRSTRLEN> host{};
  ListenAddress address;
  if (bound.ss_family == AF_UNIX) {
    sockaddr_un local{};
    std::memcpy(&local, &bound, sizeof local);
    const size_t length = size - offsetof(sockaddr_un, sun_path);
    address.unix_path = std::string(local.sun_path, ::strnlen(local.sun_path, length));
  } else if (bound.ss_family == AF_INET) {
    sockaddr_in ipv4{};
    std::memcpy(&ipv4, &bound, sizeof ipv4);
    ::inet_ntop(AF_INET, &ipv4.sin_addr, host.data(), host.size());
    address.host = host.data();
    address.port = ntohs(ipv4.sin_port);
  } else {
    sockaddr_in6 ipv6{};
    std::memcpy(&ipv6, &bound, sizeof ipv6);
    ::inet_ntop(AF_INET6, &ipv6.sin6_addr, host.data(), host.size());
    address.host = host.data();
    address.port = ntohs(ipv6.sin6_port);
  }
  return to_text(address);
}

}  // namespace

Result<std::string> address_of(int socket) {
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  const bool is_known =
      ::getsockname(socket, reinterpret_cast<sockaddr*>(&bound), &size) == 0 &&
      (bound.ss_family == AF_UNIX || bound.ss_family == AF_INET || bound.ss_family == AF_INET6);
  const bool listens =
      option_of(socket, SO_ACCEPTCONN) == 1 && option_of(socket, SO_TYPE) == SOCK_STREAM;
  if (!is_known || !listens) {
    return Error{
        "take over the socket of the gateway: it is no listening stream socket; correct "
        "ListenStream= of awpsd-gateway.socket"};
  }
  return text_of(bound, size);
}

Result<ActivatedSockets> sort_sockets(std::span<const std::string> names, int first) {
  ActivatedSockets sockets;
  for (size_t i = 0; i < names.size(); ++i) {
    const std::string& name = names[i];
    const bool is_producers = name == kProducers || (names.size() == 1 && is_nameless(name));
    if (!is_producers && name != kGateway) return unknown_name(name);
    int& place = is_producers ? sockets.producers : sockets.gateway;
    if (place >= 0) return repeated_name(name);
    place = first + static_cast<int>(i);
  }
  return sockets;
}

Result<ActivatedSockets> activated_sockets() {
  char** listed = nullptr;
  const int count = sd_listen_fds_with_names(/*unset_environment=*/1, &listed);
  std::vector<std::string> names;
  for (int i = 0; i < count; ++i) {
    const std::unique_ptr<char, decltype(&std::free)> name(listed[i], &std::free);
    names.emplace_back(name.get());
  }
  std::free(static_cast<void*>(listed));
  Result<ActivatedSockets> sockets = sort_sockets(names, SD_LISTEN_FDS_START);
  if (!sockets || sockets->gateway < 0) return sockets;
  Result<std::string> address = address_of(sockets->gateway);
  if (!address) return address.error();
  sockets->gateway_address = std::move(*address);
  return sockets;
}

}  // namespace awps
