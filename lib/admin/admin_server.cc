#include "admin/admin_server.h"

#include <algorithm>
#include <optional>

#include "admin/request_handler.h"
#include "base/check.h"
#include "base/loopback_host.h"
#include "http_server/server.h"

namespace awps {

namespace {

Error refused(const std::string& listen, const std::string& reason) {
  return {"admin.listen = \"" + listen + "\": " + reason +
          "; write \"unix:/run/awpsd/admin.sock\", or a loopback address such as "
          "\"127.0.0.1:9464\" with admin.token_file"};
}

/// What is not a loopback address is refused: the interface has no encryption and may purge, so it
/// is no service for a network.
Result<ListenAddress> address_of(const std::string& listen) {
  Result<ListenAddress> address = parse_listen_address(listen);
  if (!address) return refused(listen, address.error().message);
  if (address->is_tcp() && !is_loopback_host(address->host)) {
    return refused(listen, "the admin interface listens on loopback addresses only");
  }
  return address;
}

constexpr mode_t kOfTheUser = 0600;
constexpr mode_t kOfTheGroup = 0660;

struct Settings {
  std::vector<ListenAddress> addresses;
  std::optional<admin::TokenFile> token;  // of TCP
};

Result<Settings> settings_of(const AdminServer::Options& options) {
  Settings settings;
  for (const std::string& listen : options.listen) {
    Result<ListenAddress> address = address_of(listen);
    if (!address) return address.error();
    // The configuration is held to the same. Here it keeps whoever makes Options by other means
    // from opening a server that every user may ask.
    if (address->is_tcp() && options.token_file.empty()) {
      return Error{"admin.listen = \"" + listen +
                   "\": every user of this machine can connect there; name a file with a secret "
                   "token in admin.token_file, or listen on \"unix:/run/awpsd/admin.sock\""};
    }
    settings.addresses.push_back(std::move(*address));
  }
  if (std::ranges::none_of(settings.addresses, &ListenAddress::is_tcp)) return settings;
  Result<admin::TokenFile> token = admin::TokenFile::open(options.token_file);
  if (!token) return token.error();
  settings.token = std::move(*token);
  return settings;
}

Result<admin::Rights::Group> group_of(const std::string& name) {
  if (name.empty()) return admin::Rights::Group();
  const Result<gid_t> group = resolve_group(name);
  if (!group) return Error{"admin.group = \"" + name + "\": " + group.error().message};
  return admin::Rights::Group({name, *group});
}

/// The listeners know no key.
ListenError of_key(const std::vector<std::string>& listen, const ListenError& error) {
  std::string all;
  for (const std::string& address : listen) all += (all.empty() ? "\"" : ", \"") + address + '"';
  return {error.exit_code,
          "admin.listen = " + (listen.size() == 1 ? all : "[" + all + "]") + ": " + error.message};
}

}  // namespace

struct AdminServer::Parts {
  Parts(AdminService& service, Settings settings, const Options& options, const Clock& clock)
      : handler(service, admin::Access(rights, std::move(settings.token)), clock),
        server({.addresses = std::move(settings.addresses),
                .thread_name = "admin",
                .loop = {.limits = options.http}},
               handler) {}

  admin::Rights rights;
  admin::RequestHandler handler;
  http_server::Server server;
};

Result<void> AdminServer::check(const Options& options) {
  const Result<Settings> settings = settings_of(options);
  if (!settings) return settings.error();
  const Result<admin::Rights::Group> group = group_of(options.group);
  if (!group) return group.error();
  return {};
}

AdminServer::AdminServer(const Options& options, AdminService& service)
    : options_(options), service_(service) {}

AdminServer::~AdminServer() = default;

Result<void, ListenError> AdminServer::listen() {
  AWPS_CHECK(parts_ == nullptr);
  Result<Settings> settings = settings_of(options_);
  if (!settings) return ListenError{ExitCode::kConfig, settings.error().message};
  auto parts = std::make_unique<Parts>(service_, std::move(*settings), options_, clock_);
  const auto listening = parts->server.listen();
  if (!listening) return of_key(options_.listen, listening.error());
  for (const ListenAddress& address : parts->server.addresses()) {
    addresses_.push_back(to_text(address));
  }
  parts_ = std::move(parts);
  return {};
}

void AdminServer::start() {
  AWPS_CHECK(parts_ != nullptr);
  parts_->server.start();
}

void AdminServer::stop() {
  AWPS_CHECK(parts_ != nullptr);
  parts_->server.stop();
  parts_.reset();
}

bool AdminServer::stop_within(Duration patience) {
  AWPS_CHECK(parts_ != nullptr);
  return parts_->server.stop_within(patience);
}

Result<void> AdminServer::set_group(const std::string& name) {
  AWPS_CHECK(parts_ != nullptr);
  const Result<admin::Rights::Group> group = group_of(name);
  if (!group) return group.error();
  parts_->rights.set_group(*group);
  const auto followed = parts_->server.set_access(*group ? kOfTheGroup : kOfTheUser, name);
  if (followed) return {};
  return Error{"admin.group = \"" + name + "\": " + followed.error().message +
               "; its members cannot connect until the daemon's own user is in it: `sudo adduser "
               "awpsd " +
               name + "`, then restart awpsd"};
}

size_t AdminServer::connections() const {
  AWPS_CHECK(parts_ != nullptr);
  return parts_->server.connections();
}

}  // namespace awps
