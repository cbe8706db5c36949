#include "net/tcp_listener.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <string>
#include <utility>

namespace awps {

namespace {

constexpr int kBacklog = 128;

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

std::optional<SocketAddress> socket_address_of(const ListenAddress& address) {
  SocketAddress result;
  sockaddr_in ipv4{};
  if (::inet_pton(AF_INET, address.host.c_str(), &ipv4.sin_addr) == 1) {
    ipv4.sin_family = AF_INET;
    ipv4.sin_port = htons(address.port);
    result.size = sizeof ipv4;
    std::memcpy(&result.storage, &ipv4, sizeof ipv4);
    return result;
  }
  sockaddr_in6 ipv6{};
  if (::inet_pton(AF_INET6, address.host.c_str(), &ipv6.sin6_addr) != 1) return std::nullopt;
  ipv6.sin6_family = AF_INET6;
  ipv6.sin6_port = htons(address.port);
  result.size = sizeof ipv6;
  std::memcpy(&result.storage, &ipv6, sizeof ipv6);
  return result;
}

uint16_t port_of(const SocketAddress& address) {
  // The port stands at the same place in both kinds.
  sockaddr_in ipv4{};
  std::memcpy(&ipv4, &address.storage, sizeof ipv4);
  return ntohs(ipv4.sin_port);
}

/// None: it is no address of TCP.
std::optional<std::string> host_of(const SocketAddress& address) {
  char text[INET6_ADDRSTRLEN] = {};
  const void* bytes = nullptr;
  sockaddr_in ipv4{};
  sockaddr_in6 ipv6{};
  std::memcpy(&ipv4, &address.storage, sizeof ipv4);
  std::memcpy(&ipv6, &address.storage, sizeof ipv6);
  if (address.storage.ss_family == AF_INET) bytes = &ipv4.sin_addr;
  if (address.storage.ss_family == AF_INET6) bytes = &ipv6.sin6_addr;
  if (bytes == nullptr) return std::nullopt;
  if (::inet_ntop(address.storage.ss_family, bytes, text, sizeof text) == nullptr) {
    return std::nullopt;
  }
  return text;
}

ListenError failed(const ListenAddress& address, int error) {
  std::string message = "listen on '" + to_text(address) + "': " + std::strerror(error);
  if (error == EADDRINUSE) {
    message += "; stop who listens there, or choose another port";
    return {ExitCode::kTempFail, message};
  }
  const bool is_forbidden = error == EACCES || error == EPERM;
  return {is_forbidden ? ExitCode::kNoPermission : ExitCode::kOsError, message};
}

}  // namespace

Result<TcpListener, ListenError> listen_on_tcp(const ListenAddress& address) {
  std::optional<SocketAddress> where = socket_address_of(address);
  if (!where) {
    return ListenError{ExitCode::kConfig, "listen on '" + to_text(address) +
                                              "': the host is no IP address; write its address"};
  }
  TcpListener listener{.fd = UniqueFd(::socket(where->storage.ss_family,
                                               SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)),
                       .address = address};
  if (!listener.fd.valid()) return failed(address, errno);
  // So that a restart need not wait for the connections of the process before it to time out.
  const int on = 1;
  if (::setsockopt(listener.fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0) {
    return failed(address, errno);
  }
  auto* const generic = reinterpret_cast<sockaddr*>(&where->storage);
  if (::bind(listener.fd.get(), generic, where->size) != 0 ||
      ::listen(listener.fd.get(), kBacklog) != 0 ||
      ::getsockname(listener.fd.get(), generic, &where->size) != 0) {
    return failed(address, errno);
  }
  listener.address.port = port_of(*where);
  return listener;
}

Result<TcpListener, ListenError> adopt_tcp(UniqueFd listening) {
  const std::string name = "take over socket " + std::to_string(listening.get());
  int listens = 0;
  socklen_t size = sizeof listens;
  if (::getsockopt(listening.get(), SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) != 0) listens = 0;
  SocketAddress where;
  where.size = sizeof where.storage;
  auto* const generic = reinterpret_cast<sockaddr*>(&where.storage);
  const bool has_name = ::getsockname(listening.get(), generic, &where.size) == 0;
  const std::optional<std::string> host = has_name ? host_of(where) : std::nullopt;
  if (listens == 0 || !host) {
    return ListenError{ExitCode::kConfig, name +
                                              ": it is no listening TCP socket; correct "
                                              "ListenStream= of the socket unit"};
  }
  const int flags = ::fcntl(listening.get(), F_GETFL);
  if (flags < 0 || ::fcntl(listening.get(), F_SETFL, flags | O_NONBLOCK) != 0 ||
      ::fcntl(listening.get(), F_SETFD, FD_CLOEXEC) != 0) {
    return ListenError{ExitCode::kOsError, name + ": " + std::strerror(errno)};
  }
  return TcpListener{.fd = std::move(listening),
                     .address = {.host = *host, .port = port_of(where)}};
}

}  // namespace awps
