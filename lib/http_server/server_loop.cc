#include "http_server/server_loop.h"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace awps::http_server {

namespace asio = boost::asio;

ServerLoop::ServerLoop(std::span<const int> listening, const Options& options, Handler& handler)
    : options_(options), handler_(handler), stop_timer_(io_) {
  for (const int socket : listening) {
    acceptors_.push_back(std::make_unique<Acceptor>(
        io_, socket, [this](UniqueFd accepted) { admit(std::move(accepted)); },
        /*on_pause=*/nullptr, options_.limits.accepts_at_once));
  }
}

void ServerLoop::run() {
  for (const auto& acceptor : acceptors_) acceptor->start();
  io_.run();
}

void ServerLoop::stop() {
  asio::post(io_, [this] { finish(); });
}

void ServerLoop::post(std::function<void()> work) {
  asio::post(io_, std::move(work));
}

void ServerLoop::admit(UniqueFd socket) {
  limit_strangers();
  if (options_.tls != nullptr) limit_handshakes();
  const auto connection =
      std::make_shared<Connection>(io_, options_.limits, handler_, options_.tls.get());
  connections_.push_back(connection);
  count_.store(connections_.size(), std::memory_order_relaxed);
  connection->start(std::move(socket),
                    {.on_known = [this] { return has_room_for_known(); },
                     .on_end = [this, gone = connection.get()] { on_end(gone); }});
}

// They stand in the order in which they came.
void ServerLoop::limit_strangers() {
  std::shared_ptr<Connection> first;
  size_t count = 0;
  for (const std::shared_ptr<Connection>& connection : connections_) {
    if (!connection->is_stranger()) continue;
    ++count;
    if (first == nullptr || (connection->is_closing() && !first->is_closing())) first = connection;
  }
  if (count >= options_.limits.max_strangers) first->end();
}

/// Makes it, if need be.
bool ServerLoop::has_room_for_known() {
  using Idleness = Connection::Idleness;
  std::shared_ptr<Connection> idlest;
  std::optional<std::pair<Idleness, Instant>> least;
  size_t count = 0;
  for (const std::shared_ptr<Connection>& connection : connections_) {
    if (connection->is_stranger()) continue;
    ++count;
    const auto idleness = connection->idleness();
    if (!idleness || (least && *least <= *idleness)) continue;
    least = idleness;
    idlest = connection;
  }
  if (count < options_.limits.max_connections) return true;
  if (idlest == nullptr) return false;
  idlest->end();
  return true;
}

void ServerLoop::limit_handshakes() {
  const size_t most = options_.limits.max_handshakes();
  if (connections_.size() < most) return;
  std::shared_ptr<Connection> longest;
  size_t count = 0;
  for (const std::shared_ptr<Connection>& connection : connections_) {
    if (!connection->handshaking_since()) continue;
    ++count;
    const bool is_longer =
        longest == nullptr || connection->handshaking_since() < longest->handshaking_since();
    if (is_longer) longest = connection;
  }
  if (count >= most) longest->end();
}

void ServerLoop::on_end(const Connection* connection) {
  std::erase_if(connections_, [&](const auto& other) { return other.get() == connection; });
  count_.store(connections_.size(), std::memory_order_relaxed);
  if (is_stopping_ && connections_.empty()) stop_timer_.cancel();
}

void ServerLoop::finish() {
  is_stopping_ = true;
  for (const auto& acceptor : acceptors_) acceptor->stop();
  stop_timer_.expires_after(
      std::chrono::duration_cast<asio::steady_timer::duration>(options_.limits.stop_time));
  stop_timer_.async_wait([this](const boost::system::error_code& /*error*/) {
    const Connections late = connections_;
    for (const auto& connection : late) connection->end();
  });
  const Connections all = connections_;  // one that ends takes itself out of the list
  for (const auto& connection : all) connection->finish();
  if (connections_.empty()) stop_timer_.cancel();
}

}  // namespace awps::http_server
