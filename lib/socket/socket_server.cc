#include "socket/socket_server.h"

#include <pthread.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <future>
#include <utility>

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
  const auto directory = std::make_shared<const HubDirectory>(std::move(hubs), default_hub);
  for (size_t i = 0; i < counters.size(); ++i) {
    SocketThread::Options thread = options.thread;
    thread.number = static_cast<int>(i);
    thread.warn = options.warn;
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
  farewells_ = std::make_unique<Farewells>(threads_.front()->io());
  acceptor_ = std::make_unique<Acceptor>(
      threads_.front()->io(), listener_->fd(),
      [this](UniqueFd socket) { on_connection(std::move(socket)); },
      [this](int error) { note_pause(error); });
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

std::string SocketServer::lost_reason() const {
  if (!listener_->is_lost()) return "";
  return "the socket's file '" + address() +
         "' is gone or was replaced, so no producer can connect: restart awpsd (and awpsd.socket, "
         "if "
         "systemd made the socket)";
}

void SocketServer::set_hubs(std::vector<IntakeHub> hubs, std::string_view default_hub) {
  const auto directory = std::make_shared<const HubDirectory>(std::move(hubs), default_hub);
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
  // Reasons number from 0, users behind them.
  static constexpr uint64_t kTooMany = 0;
  static constexpr uint64_t kUnknownPeer = 1;
  static constexpr uint64_t kFirstUser = 2;
  Result<PeerCredentials> credentials = peer_credentials(socket.get());
  if (!credentials) {
    note_refusal(kUnknownPeer, credentials.error().message);
    return refuse(std::move(socket), RejectCode::kForbidden, credentials.error().message);
  }
  if (!options_.access.admits(*credentials)) {
    const std::string user = "user id " + std::to_string(credentials->uid);
    note_refusal(kFirstUser + credentials->uid,
                 user + " is neither in socket.allow_users nor by a group in socket.allow_groups");
    return refuse(std::move(socket), RejectCode::kForbidden,
                  user +
                      " may not use this socket; add the user to socket.allow_users, or a group of "
                      "the user to socket.allow_groups");
  }
  if (connections() >= most_connections()) {
    const bool lacks_files = options_.files_for_connections < options_.max_connections;
    const std::string many = "there are " + std::to_string(most_connections()) +
                             " connections already, " +
                             (lacks_files ? "as many as the limit of open files permits "
                                            "(LimitNOFILE, ulimit -n)"
                                          : "socket.max_connections");
    is_full_ = true;
    note_refusal(kTooMany, many);
    return refuse(std::move(socket), RejectCode::kQueueFull,
                  many + "; close idle ones, or raise the bound");
  }
  if (std::exchange(is_full_, false) && options_.warn) {
    options_.warn("connections of producers are accepted again");
  }
  accept_counters_.connections.add();
  const auto& thread = std::ranges::min_element(
      threads_, {}, [](const auto& candidate) { return candidate->connections(); });
  (*thread)->adopt(std::move(socket), {++last_number_, std::move(*credentials)});
}

void SocketServer::refuse(UniqueFd socket, RejectCode code, std::string message) {
  accept_counters_.connections_refused.add();
  std::string reply;
  append_rejected(reply, {}, {code, std::move(message), {}}, 0);
  farewells_->add(std::move(socket), reply);
}

void SocketServer::note_refusal(uint64_t reason, const std::string& what) {
  const std::optional<uint64_t> count = notes_.note(reason, SystemClock().now());
  if (!count || !options_.warn) return;
  options_.warn((*count == 1
                     ? "a connection of a producer was refused: "
                     : std::to_string(*count) + " connections of producers were refused: ") +
                what);
}

void SocketServer::note_pause(int error) {
  if (!options_.warn) return;
  options_.warn(error == 0 ? std::string("producers are accepted again")
                           : std::string("accepting producers pauses: ") + std::strerror(error) +
                                 "; those who connect wait, and awpsd tries again");
}

}  // namespace awps
