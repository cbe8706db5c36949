#include "admin/admin_server.h"

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

struct Settings {
  ListenAddress address;
  std::optional<admin::TokenFile> token;  // of TCP
};

Result<Settings> settings_of(const AdminServer::Options& options) {
  Result<ListenAddress> address = address_of(options.listen);
  if (!address) return address.error();
  Settings settings{.address = std::move(*address)};
  if (!settings.address.is_tcp()) return settings;
  // The configuration is held to the same. Here it keeps whoever makes Options by other means from
  // opening a server that every user may ask.
  if (options.token_file.empty()) {
    return Error{"admin.listen = \"" + options.listen +
                 "\": every user of this machine can connect there; name a file with a secret "
                 "token in admin.token_file, or listen on \"unix:/run/awpsd/admin.sock\""};
  }
  Result<admin::TokenFile> token = admin::TokenFile::open(options.token_file);
  if (!token) return token.error();
  settings.token = std::move(*token);
  return settings;
}

/// The listeners know no key.
ListenError of_key(const std::string& listen, const ListenError& error) {
  return {error.exit_code, "admin.listen = \"" + listen + "\": " + error.message};
}

}  // namespace

struct AdminServer::Parts {
  Parts(AdminService& service, Settings settings, const Options& options, const Clock& clock)
      : handler(service, admin::Access(std::move(settings.token)), clock),
        server({.address = std::move(settings.address),
                .thread_name = "admin",
                .loop = {.limits = options.http}},
               handler) {}

  admin::RequestHandler handler;
  http_server::Server server;
};

Result<void> AdminServer::check(const Options& options) {
  const Result<Settings> settings = settings_of(options);
  if (!settings) return settings.error();
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
  address_ = to_text(parts->server.address());
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

size_t AdminServer::connections() const {
  AWPS_CHECK(parts_ != nullptr);
  return parts_->server.connections();
}

}  // namespace awps
