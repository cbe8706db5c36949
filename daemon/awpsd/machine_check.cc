#include "daemon/awpsd/machine_check.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "admin/admin_server.h"
#include "config/names.h"
#include "daemon/awpsd/gateway_certificate.h"
#include "daemon/awpsd/options.h"
#include "net/listen_address.h"
#include "net/peer_credentials.h"

namespace awps {

namespace {

constexpr std::string_view kUnixPrefix = "unix:";

// The folder is there, or can be made, and we may put a socket into it.
std::optional<std::string> folder_trouble(const std::filesystem::path& folder) {
  const std::string there = folder.empty() ? "." : folder.string();
  struct stat status {};
  if (::stat(there.c_str(), &status) == 0) {
    if (!S_ISDIR(status.st_mode)) return "'" + there + "' is no folder";
    if (::access(there.c_str(), W_OK | X_OK) == 0) return std::nullopt;
    return "may not write to '" + there + "': " + std::strerror(errno);
  }
  if (errno != ENOENT) return "'" + there + "': " + std::strerror(errno);
  const std::string above = folder.parent_path().empty() ? "." : folder.parent_path().string();
  if (::access(above.c_str(), W_OK | X_OK) == 0) return std::nullopt;  // it is made at the start
  return "there is no folder '" + there + "', and it cannot be made: " + std::strerror(errno);
}

// A few words of a PEM file of certificates.
std::optional<std::string> ca_file_trouble(const std::string& path) {
  std::ifstream file(path);
  if (!file) return std::string("cannot be read: ") + std::strerror(errno);
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("-----BEGIN") && line.find("CERTIFICATE") != std::string::npos) {
      return std::nullopt;
    }
  }
  return "has no certificate in PEM form";
}

class MachineChecker {
 public:
  MachineChecker(const Config& config, Activation activation)
      : config_(config), activation_(std::move(activation)) {}

  ConfigErrors run() {
    check_socket();
    check_admin();
    check_gateway();
    check_service("service", config_.service);
    for (const auto& [name, service] : config_.services) {
      check_service(join_key("services", name), service);
    }
    check_access("hub_defaults", config_.hub_defaults);
    for (const auto& [name, hub] : config_.hubs) check_access(join_key("hubs", name), hub);
    return std::move(mistakes_);
  }

 private:
  void check_socket() {
    const SocketConfig& socket = config_.socket;
    check_users("socket.allow_users", socket.allow_users);
    check_groups("socket.allow_groups", socket.allow_groups);
    if (!socket.group.empty()) check_groups("socket.group", {socket.group});
    if (!activation_.has_producers) check_folder("socket.path", socket.path);
  }

  void check_admin() {
    AdminServer::Options options = admin_options(config_.admin);
    options.group.clear();  // it has a key of its own
    const Result<void> checked = AdminServer::check(options);
    if (!checked) {
      const bool is_token =
          checked.error().message.find(config_.admin.token_file) != std::string::npos &&
          !config_.admin.token_file.empty();
      fail(is_token ? "admin.token_file" : "admin.listen", checked.error().message);
    }
    if (!config_.admin.group.empty()) check_groups("admin.group", {config_.admin.group});
    for (const std::string& listen : config_.admin.listen) {
      if (!listen.starts_with(kUnixPrefix)) continue;
      check_folder("admin.listen", listen.substr(kUnixPrefix.size()));
    }
  }

  void check_gateway() {
    const GatewayConfig& gateway = config_.gateway;
    if (!gateway.is_on()) return;
    if (activation_.gateway.empty() && gateway.listen.starts_with(kUnixPrefix)) {
      check_folder("gateway.listen", gateway.listen.substr(kUnixPrefix.size()));
    } else if (!gateway.listen.starts_with(kUnixPrefix)) {
      check_gateway_host();
    }
    if (gateway.tls_certificate.empty()) return;
    const auto certificate = load_certificate(gateway.tls_certificate);
    if (certificate) return;
    fail("gateway.tls_certificate",
         certificate.error().message +
             "; name a systemd credential or a PEM file with the chain and the key, which only "
             "the daemon's user may read");
  }

  // Names are not looked up: an address that moves would leave the door open elsewhere.
  void check_gateway_host() {
    const Result<ListenAddress> address = parse_listen_address(config_.gateway.listen);
    if (!address) return fail("gateway.listen", address.error().message);
    in6_addr any{};
    const char* const host = address->host.c_str();
    if (::inet_pton(AF_INET, host, &any) == 1 || ::inet_pton(AF_INET6, host, &any) == 1) return;
    fail("gateway.listen", "has the host '" + address->host +
                               "', which is no IP address; write its address, such as "
                               "\"127.0.0.1:8089\"");
  }

  // Without a word of the configuration the admin interface is a convenience.
  void check_folder(const std::string& key, const std::filesystem::path& path) {
    if (!config_.origins.places.contains(key)) return;
    if (const auto trouble = folder_trouble(path.parent_path())) {
      fail(key, *trouble + "; make the folder, or name another path");
    }
  }

  void check_service(const std::string& table, const ServiceConfig& service) {
    if (service.ca_file.empty()) return;
    if (const auto trouble = ca_file_trouble(service.ca_file)) {
      fail(table + ".ca_file", "'" + service.ca_file + "' " + *trouble +
                                   "; name a PEM file that the daemon's user may read, or leave "
                                   "this out for the system's certificates");
    }
  }

  void check_access(const std::string& table, const HubConfig& hub) {
    check_users(table + ".allow_users", hub.allow_users);
    check_groups(table + ".allow_groups", hub.allow_groups);
  }

  // What a hub took over from hub_defaults is said there.
  void check_users(const std::string& key, const std::vector<std::string>& names) {
    for (const std::string& name : names) {
      if (!config_.origins.places.contains(key)) return;
      if (const Result<uid_t> user = resolve_user(name); !user) fail(key, user.error().message);
    }
  }
  void check_groups(const std::string& key, const std::vector<std::string>& names) {
    for (const std::string& name : names) {
      if (!config_.origins.places.contains(key)) return;
      if (const Result<gid_t> group = resolve_group(name); !group) fail(key, group.error().message);
    }
  }

  void fail(const std::string& key, std::string message) {
    mistakes_.push_back(mistake_of(config_, std::span(&key, 1), std::move(message)));
  }

  const Config& config_;
  const Activation activation_;
  ConfigErrors mistakes_;
};

}  // namespace

ConfigErrors machine_mistakes(const Config& config, const Activation& activation) {
  return MachineChecker(config, activation).run();
}

}  // namespace awps
