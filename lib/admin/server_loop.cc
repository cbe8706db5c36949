#include "admin/server_loop.h"

#include <sys/socket.h>

#include <boost/asio/post.hpp>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>

namespace awps::admin {

namespace asio = boost::asio;

ServerLoop::ServerLoop(int listening, const HttpLimits& limits, RequestHandler& handler)
    : limits_(limits), handler_(handler), listening_(io_, listening), timer_(io_) {}

ServerLoop::~ServerLoop() {
  (void)listening_.release();  // the listener owns and closes it
}

void ServerLoop::run() {
  wait();
  io_.run();
}

void ServerLoop::stop() {
  asio::post(io_, [this] { finish(); });
}

void ServerLoop::wait() {
  listening_.async_wait(asio::posix::stream_descriptor::wait_read,
                        [this](const boost::system::error_code& error) {
                          if (!error && !is_stopping_) accept_all();
                        });
}

void ServerLoop::accept_all() {
  // Bounded, so that a storm of connections does not starve those that are there.
  static constexpr int kAtOnce = 16;
  for (int i = 0; i < kAtOnce; ++i) {
    UniqueFd socket(
        ::accept4(listening_.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (socket.valid()) {
      admit(std::move(socket));
      continue;
    }
    if (errno == EINTR || errno == ECONNABORTED) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) break;
    return pause();
  }
  wait();
}

void ServerLoop::pause() {
  timer_.expires_after(std::chrono::milliseconds(100));
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error && !is_stopping_) wait();
  });
}

void ServerLoop::admit(UniqueFd socket) {
  if (connections_.size() >= limits_.max_connections && !make_room()) return refuse(socket);
  const auto connection = std::make_shared<Connection>(io_, limits_, handler_);
  connections_.push_back(connection);
  count_.store(connections_.size(), std::memory_order_relaxed);
  connection->start(std::move(socket), [this, gone = connection.get()] { on_end(gone); });
}

bool ServerLoop::make_room() {
  using Idleness = Connection::Idleness;
  std::shared_ptr<Connection> idlest;
  std::optional<std::pair<Idleness, Instant>> least;
  for (const std::shared_ptr<Connection>& connection : connections_) {
    const auto idleness = connection->idleness();
    if (!idleness || (least && *least <= *idleness)) continue;
    least = idleness;
    idlest = connection;
  }
  if (idlest == nullptr) return false;
  idlest->end();
  return true;
}

void ServerLoop::refuse(const UniqueFd& socket) const {
  const std::string text =
      wire_text(error_reply(503, "unavailable",
                            "all " + std::to_string(limits_.max_connections) +
                                " connections of the admin interface are at work; try again"),
                {.keep_alive = false});
  // A fresh socket takes so little at once; a client that is gone already does not matter.
  (void)::send(socket.get(), text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
}

void ServerLoop::on_end(const Connection* connection) {
  std::erase_if(connections_, [&](const auto& other) { return other.get() == connection; });
  count_.store(connections_.size(), std::memory_order_relaxed);
  if (is_stopping_ && connections_.empty()) timer_.cancel();
}

void ServerLoop::finish() {
  is_stopping_ = true;
  listening_.cancel();
  timer_.expires_after(std::chrono::duration_cast<asio::steady_timer::duration>(limits_.stop_time));
  timer_.async_wait([this](const boost::system::error_code& /*error*/) {
    const Connections late = connections_;
    for (const auto& connection : late) connection->end();
  });
  const Connections all = connections_;  // one that ends takes itself out of the list
  for (const auto& connection : all) connection->finish();
  if (connections_.empty()) timer_.cancel();
}

}  // namespace awps::admin
