#include "socket/socket_server.h"

#include <pthread.h>
#include <sys/socket.h>

#include <algorithm>
#include <future>

#include <boost/asio/post.hpp>

#include "base/check.h"

namespace awps {

SocketServer::SocketServer(const Options& options, std::vector<IntakeHub> hubs,
                           std::string_view default_hub, std::span<IntakeCounters> counters)
    : options_(options),
      accept_counters_(counters.front()),
      held_({.max_bytes = options.max_partial_bytes,
             .max_line_bytes = options.thread.session.lines.max_line_bytes,
             .max_connections = static_cast<size_t>(options.max_connections),
             .reads_under_way = counters.size() * options.thread.read_buffer_bytes},
            [this] { room_again(); }) {
  const HubDirectory& directory = hubs_.emplace_back(std::move(hubs), default_hub);
  for (size_t i = 0; i < counters.size(); ++i) {
    SocketThread::Options thread = options.thread;
    thread.number = static_cast<int>(i);
    threads_.push_back(std::make_unique<SocketThread>(thread, directory, counters[i], held_));
  }
}

SocketServer::~SocketServer() {
  if (!running_.empty()) finish(Instant::min());
}

Result<void, ListenError> SocketServer::listen(int activated_fd) {
  auto listener =
      activated_fd >= 0 ? UnixListener::adopt(activated_fd) : UnixListener::bind(options_.socket);
  if (!listener) return listener.error();
  listener_ = std::move(*listener);
  return {};
}

void SocketServer::start() {
  AWPS_CHECK(listener_ != nullptr && running_.empty());
  acceptor_ =
      std::make_unique<Acceptor>(threads_.front()->io(), listener_->fd(),
                                 [this](UniqueFd socket) { on_connection(std::move(socket)); });
  acceptor_->start();
  for (size_t i = 0; i < threads_.size(); ++i) {
    running_.emplace_back([thread = threads_[i].get()] { thread->run(); });
    const std::string name = "intake/" + std::to_string(i);
    pthread_setname_np(running_.back().native_handle(), name.c_str());
  }
}

void SocketServer::stop_reading() {
  AWPS_CHECK(!running_.empty());
  std::promise<void> accepting_stopped;
  std::future<void> no_more_connections = accepting_stopped.get_future();
  boost::asio::post(threads_.front()->io(), [this, done = std::move(accepting_stopped)]() mutable {
    acceptor_->stop();
    done.set_value();
  });
  no_more_connections.wait();
  listener_->close();
  std::vector<std::future<void>> stopped;
  for (const auto& thread : threads_) {
    std::promise<void> done;
    stopped.push_back(done.get_future());
    thread->stop_reading(std::move(done));
  }
  for (const std::future<void>& done : stopped) done.wait();
}

void SocketServer::finish(Instant deadline) {
  if (listener_->fd() >= 0) stop_reading();
  for (const auto& thread : threads_) thread->finish(deadline);
  running_.clear();  // joins
}

void SocketServer::set_hubs(std::vector<IntakeHub> hubs, std::string_view default_hub) {
  const HubDirectory& directory = hubs_.emplace_back(std::move(hubs), default_hub);
  for (const auto& thread : threads_) thread->use(directory);
}

void SocketServer::room_again() {
  for (const auto& thread : threads_) thread->room_again();
}

int SocketServer::connections() const {
  int sum = 0;
  for (const auto& thread : threads_) sum += thread->connections();
  return sum;
}

void SocketServer::on_connection(UniqueFd socket) {
  Result<PeerCredentials> credentials = peer_credentials(socket.get());
  if (!credentials) return refuse(socket, RejectCode::kForbidden, credentials.error().message);
  if (!options_.access.admits(*credentials)) {
    return refuse(socket, RejectCode::kForbidden,
                  "user id " + std::to_string(credentials->uid) +
                      " may not use this socket; add the user to socket.allow_users, or a group of "
                      "the user to socket.allow_groups");
  }
  if (connections() >= options_.max_connections) {
    return refuse(socket, RejectCode::kQueueFull,
                  "there are " + std::to_string(options_.max_connections) +
                      " connections already (socket.max_connections); close idle ones, or raise "
                      "the bound");
  }
  accept_counters_.connections.add();
  const auto& thread = std::ranges::min_element(
      threads_, {}, [](const auto& candidate) { return candidate->connections(); });
  (*thread)->adopt(std::move(socket), {++last_number_, std::move(*credentials)});
}

void SocketServer::refuse(const UniqueFd& socket, RejectCode code, std::string message) {
  accept_counters_.connections_refused.add();
  std::string reply;
  append_rejected(reply, {}, {code, std::move(message), {}}, 0);
  // A fresh socket takes so little at once; a producer that is gone already does not matter.
  (void)::send(socket.get(), reply.data(), reply.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
}

}  // namespace awps
