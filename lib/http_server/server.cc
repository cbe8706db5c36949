#include "http_server/server.h"

#include <pthread.h>

#include <utility>

#include "base/check.h"

namespace awps::http_server {

Server::Server(Options options, Handler& handler)
    : options_(std::move(options)), handler_(handler) {}

Server::~Server() {
  if (thread_.joinable()) stop();
}

Result<void, ListenError> Server::listen() {
  AWPS_CHECK(loop_ == nullptr);
  if (options_.address.is_tcp()) {
    auto listener = listen_on_tcp(options_.address);
    if (!listener) return listener.error();
    tcp_listener_ = std::move(*listener);
    options_.address = tcp_listener_.address;
  } else {
    auto listener = UnixListener::bind(
        {.path = options_.address.unix_path, .mode = options_.socket_mode, .backlog = 128});
    if (!listener) return listener.error();
    unix_listener_ = std::move(*listener);
  }
  const int listening = unix_listener_ ? unix_listener_->fd() : tcp_listener_.fd.get();
  loop_ = std::make_unique<ServerLoop>(listening, options_.loop, handler_);
  return {};
}

void Server::start() {
  AWPS_CHECK(loop_ != nullptr && !thread_.joinable());
  thread_ = std::jthread([loop = loop_.get()] { loop->run(); });
  pthread_setname_np(thread_.native_handle(), options_.thread_name.c_str());
}

void Server::stop() {
  AWPS_CHECK(thread_.joinable());
  loop_->stop();
  thread_.join();
  loop_.reset();
  unix_listener_.reset();
  tcp_listener_ = {};
}

Result<void, ListenError> Server::set_access(mode_t mode, const std::string& group) {
  if (unix_listener_ == nullptr) return {};
  return unix_listener_->set_access({.mode = mode, .group = group});
}

size_t Server::connections() const {
  AWPS_CHECK(loop_ != nullptr);
  return loop_->connections();
}

void Server::post(std::function<void()> work) {
  AWPS_CHECK(loop_ != nullptr);
  loop_->post(std::move(work));
}

}  // namespace awps::http_server
