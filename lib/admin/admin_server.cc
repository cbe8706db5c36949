#include "admin/admin_server.h"

#include <pthread.h>

#include <optional>

#include "admin/listen_address.h"
#include "admin/loopback_listener.h"
#include "admin/server_loop.h"
#include "base/check.h"

namespace awps {

namespace {

constexpr mode_t kSocketMode = 0660;

struct Settings {
  admin::ListenAddress address;
  std::optional<admin::TokenFile> token;  // of TCP
};

Result<Settings> settings_of(const AdminServer::Options& options) {
  Result<admin::ListenAddress> address = admin::parse_listen_address(options.listen);
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
  Parts(AdminService& service, std::optional<admin::TokenFile> token, const Clock& clock)
      : handler(service, admin::Access(std::move(token)), clock) {}

  int listening_fd() const { return unix_listener ? unix_listener->fd() : tcp.fd.get(); }

  std::unique_ptr<UnixListener> unix_listener;
  admin::LoopbackListener tcp;
  admin::RequestHandler handler;
  std::optional<admin::ServerLoop> loop;
};

Result<void> AdminServer::check(const Options& options) {
  const Result<Settings> settings = settings_of(options);
  if (!settings) return settings.error();
  return {};
}

AdminServer::AdminServer(const Options& options, AdminService& service)
    : options_(options), service_(service) {}

AdminServer::~AdminServer() {
  if (thread_.joinable()) stop();
}

Result<void, ListenError> AdminServer::listen() {
  AWPS_CHECK(parts_ == nullptr);
  Result<Settings> settings = settings_of(options_);
  if (!settings) return ListenError{ExitCode::kConfig, settings.error().message};
  auto parts = std::make_unique<Parts>(service_, std::move(settings->token), clock_);
  if (settings->address.is_tcp()) {
    auto listener = admin::listen_on_loopback(settings->address);
    if (!listener) return of_key(options_.listen, listener.error());
    parts->tcp = std::move(*listener);
    address_ = admin::to_text(parts->tcp.address);
  } else {
    auto listener = UnixListener::bind(
        {.path = settings->address.unix_path, .mode = kSocketMode, .backlog = 128});
    if (!listener) return of_key(options_.listen, listener.error());
    parts->unix_listener = std::move(*listener);
    address_ = options_.listen;
  }
  parts->loop.emplace(parts->listening_fd(), options_.http, parts->handler);
  parts_ = std::move(parts);
  return {};
}

void AdminServer::start() {
  AWPS_CHECK(parts_ != nullptr && !thread_.joinable());
  thread_ = std::jthread([loop = &*parts_->loop] { loop->run(); });
  pthread_setname_np(thread_.native_handle(), "admin");
}

void AdminServer::stop() {
  AWPS_CHECK(thread_.joinable());
  parts_->loop->stop();
  thread_.join();
  parts_.reset();
}

size_t AdminServer::connections() const {
  AWPS_CHECK(parts_ != nullptr);
  return parts_->loop->connections();
}

}  // namespace awps
