#include "http_server/server.h"

#include <pthread.h>
#include <sys/socket.h>

#include <utility>

#include "base/check.h"

namespace awps::http_server {

Server::Server(Options options, Handler& handler)
    : options_(std::move(options)), handler_(handler) {}

Server::~Server() {
  if (thread_.joinable()) stop();
}

Result<void, ListenError> Server::adopt(UniqueFd listening) {
  AWPS_CHECK(loop_ == nullptr);
  const MutexLock lock(mutex_);
  int family = 0;
  socklen_t size = sizeof family;
  if (::getsockopt(listening.get(), SOL_SOCKET, SO_DOMAIN, &family, &size) != 0) family = 0;
  if (family == AF_UNIX) {
    auto taken = UnixListener::adopt(listening.release());
    if (!taken) return taken.error();
    adopted_.push_back({.unix_path = (*taken)->address()});
    listening_.push_back((*taken)->fd());
    unix_listeners_.push_back(std::move(*taken));
    return {};
  }
  auto taken = adopt_tcp(std::move(listening));
  if (!taken) return taken.error();
  adopted_.push_back(taken->address);
  listening_.push_back(taken->fd.get());
  tcp_listeners_.push_back(std::move(*taken));
  return {};
}

Result<void, ListenError> Server::listen() {
  const MutexLock lock(mutex_);
  AWPS_CHECK(loop_ == nullptr && !(options_.addresses.empty() && adopted_.empty()));
  std::vector<int> listening;
  for (ListenAddress& address : options_.addresses) {
    const Result<int, ListenError> socket = listen_on(address);
    if (!socket) {
      close_listeners();
      return socket.error();
    }
    listening.push_back(*socket);
  }
  listening.insert(listening.end(), listening_.begin(), listening_.end());
  options_.addresses.insert(options_.addresses.end(), adopted_.begin(), adopted_.end());
  loop_ = std::make_unique<ServerLoop>(listening, options_.loop, handler_);
  return {};
}

Result<int, ListenError> Server::listen_on(ListenAddress& address) {
  if (address.is_tcp()) {
    auto listener = listen_on_tcp(address);
    if (!listener) return listener.error();
    address = listener->address;
    return tcp_listeners_.emplace_back(std::move(*listener)).fd.get();
  }
  auto listener =
      UnixListener::bind({.path = address.unix_path, .mode = options_.socket_mode, .backlog = 128});
  if (!listener) return listener.error();
  return unix_listeners_.emplace_back(std::move(*listener))->fd();
}

void Server::start() {
  AWPS_CHECK(loop_ != nullptr && !thread_.joinable());
  thread_ = std::jthread([this] {
    loop_->run();
    ended_.release();
  });
  pthread_setname_np(thread_.native_handle(), options_.thread_name.c_str());
}

void Server::stop() {
  AWPS_CHECK(thread_.joinable());
  loop_->stop();
  thread_.join();
  loop_.reset();
  const MutexLock lock(mutex_);
  close_listeners();
}

void Server::close_listeners() {
  unix_listeners_.clear();
  tcp_listeners_.clear();
}

bool Server::stop_within(Duration patience) {
  AWPS_CHECK(thread_.joinable());
  loop_->stop();
  if (!ended_.try_acquire_for(patience)) return false;
  thread_.join();
  return true;
}

void Server::stop_accepting() {
  AWPS_CHECK(thread_.joinable());
  loop_->stop_accepting([this] {
    const MutexLock lock(mutex_);
    close_listeners();
  });
}

Result<void, ListenError> Server::set_access(mode_t mode, const std::string& group) {
  const MutexLock lock(mutex_);
  Result<void, ListenError> all;
  for (const auto& listener : unix_listeners_) {
    Result<void, ListenError> one = listener->set_access({.mode = mode, .group = group});
    if (!one) all = std::move(one);
  }
  return all;
}

size_t Server::connections() const {
  AWPS_CHECK(loop_ != nullptr);
  return loop_->connections();
}

void Server::post(std::function<void()> work) {
  AWPS_CHECK(loop_ != nullptr);
  loop_->post(std::move(work));
}

void Server::call_at(Instant at, std::function<void()> work) {
  AWPS_CHECK(loop_ != nullptr);
  loop_->call_at(at, std::move(work));
}

void Server::set_tls(std::shared_ptr<const TlsContext> tls) {
  AWPS_CHECK(loop_ != nullptr);
  loop_->set_tls(std::move(tls));
}

}  // namespace awps::http_server
