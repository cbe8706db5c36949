#include "daemon/awpsd/gateway_hosts.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <fstream>

#include "base/ascii.h"
#include "base/loopback_host.h"
#include "base/unique_fd.h"

namespace awps {

namespace {

void add_address(std::vector<std::string>& hosts, const std::string& address) {
  hosts.push_back(address);
  if (address.find(':') != std::string::npos) hosts.push_back("[" + address + "]");
}

// Not by getifaddrs(3): the unit has no netlink sockets.
void add_ipv4(std::vector<std::string>& hosts) {
  static constexpr size_t kMost = 256;
  const UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  std::vector<ifreq> interfaces(kMost);
  ifconf list{};
  list.ifc_len = static_cast<int>(interfaces.size() * sizeof(ifreq));
  list.ifc_req = interfaces.data();
  if (!socket.valid() || ::ioctl(socket.get(), SIOCGIFCONF, &list) != 0) return;
  interfaces.resize(static_cast<size_t>(list.ifc_len) / sizeof(ifreq));
  for (const ifreq& interface : interfaces) {
    sockaddr_in address{};
    std::memcpy(&address, &interface.ifr_addr, sizeof address);
    std::array<char, INET_ADDRSTRLEN> text{};
    ::inet_ntop(AF_INET, &address.sin_addr, text.data(), text.size());
    add_address(hosts, text.data());
  }
}

// A line is 32 hexadecimal digits, and then what does not matter here.
void add_ipv6(std::vector<std::string>& hosts) {
  std::ifstream file("/proc/self/net/if_inet6");
  for (std::string line; std::getline(file, line);) {
    std::string address;
    for (size_t i = 0; i < 32 && line.size() > 32; i += 4) {
      address += (i == 0 ? "" : ":") + line.substr(i, 4);
    }
    in6_addr bytes{};
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (::inet_pton(AF_INET6, address.c_str(), &bytes) != 1) continue;
    add_address(hosts, ::inet_ntop(AF_INET6, &bytes, text.data(), text.size()));
  }
}

void add_machine(std::vector<std::string>& hosts) {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) == 0 && name[0] != '\0') {
    hosts.push_back(to_lower(name.data()));
  }
  add_ipv4(hosts);
  add_ipv6(hosts);
}

}  // namespace

std::vector<std::string> hosts_of(const ListenAddress& address) {
  std::vector<std::string> hosts;
  if (!address.is_tcp()) return hosts;
  const bool is_wildcard = address.host == "0.0.0.0" || address.host == "::";
  if (is_wildcard) add_machine(hosts);
  if (!is_wildcard) add_address(hosts, address.host);
  // Whoever is on this machine may say so.
  if (is_wildcard || is_loopback_host(address.host)) hosts.emplace_back("localhost");
  return hosts;
}

}  // namespace awps
