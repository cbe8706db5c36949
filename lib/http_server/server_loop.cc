#include "http_server/server_loop.h"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace awps::http_server {

namespace asio = boost::asio;

namespace {

// A connection is not idle before its first request had this time to come.
constexpr Duration kNewcomerTime = std::chrono::seconds(1);

std::shared_ptr<BodyBudget> budget_of(const Limits& limits) {
  return std::make_shared<BodyBudget>(BodyBudget::Options{.max_bytes = limits.max_partial_bytes,
                                                          .patience = limits.partial_patience});
}

}  // namespace

ServerLoop::ServerLoop(std::span<const int> listening, const Options& options, Handler& handler)
    : options_(options),
      work_(io_.get_executor()),
      alarms_(io_),
      context_{.io = io_,
               .limits = options_.limits,
               .handler = handler,
               .budget = budget_of(options_.limits),
               .on_known = [this] { return has_room_for_known(); },
               .is_crowded = [this] { return is_crowded(); },
               .on_wait_for_room = [this] { wait_for_overdue(); },
               .on_end = [this](uint64_t connection) { on_end(connection); }},
      stop_timer_(io_) {
  const Limits& limits = options_.limits;
  // Whoever waits for room is looked for before each.
  const int at_once = limits.waits_for_room ? 1 : limits.accepts_at_once;
  for (const int socket : listening) {
    acceptors_.push_back(std::make_unique<Acceptor>(
        io_, socket, [this](UniqueFd accepted) { admit(std::move(accepted)); },
        /*on_pause=*/nullptr, at_once));
    if (limits.waits_for_room) acceptors_.back()->set_gate([this] { return has_room_for_all(); });
  }
  context_.budget->set_on_room([this] {
    if (std::exchange(is_giving_room_, true)) return;
    asio::post(io_, [this] { give_room(); });
  });
}

ServerLoop::~ServerLoop() {
  context_.budget->set_on_room({});  // bodies that a handler still has
}

void ServerLoop::run() {
  for (const auto& acceptor : acceptors_) acceptor->start();
  io_.run();
}

void ServerLoop::stop() {
  asio::post(io_, [this] { finish(); });
}

void ServerLoop::stop_accepting(std::function<void()> on_stopped) {
  asio::post(io_, [this, on_stopped = std::move(on_stopped)] {
    for (const auto& acceptor : acceptors_) acceptor->stop();
    on_stopped();
    for (const auto& connection : all()) connection->retire();
  });
}

void ServerLoop::post(std::function<void()> work) {
  asio::post(io_, std::move(work));
}

void ServerLoop::call_at(Instant at, std::function<void()> work) {
  asio::post(io_,
             [this, at, work = std::move(work)]() mutable { alarms_.set(at, std::move(work)); });
}

void ServerLoop::set_tls(std::shared_ptr<const TlsContext> tls) {
  asio::post(io_, [this, tls = std::move(tls)]() mutable { options_.tls = std::move(tls); });
}

// ---- Connections and their bounds ----

void ServerLoop::admit(UniqueFd socket) {
  if (!options_.limits.waits_for_room) limit_strangers();
  if (options_.tls != nullptr) limit_handshakes();
  const auto connection = std::make_shared<Connection>(context_, ++last_number_);
  connections_.emplace(connection->number(), connection);
  count_.store(connections_.size(), std::memory_order_relaxed);
  connection->start(std::move(socket), options_.tls.get());
}

void ServerLoop::limit_strangers() {
  if (connections_.size() < options_.limits.max_strangers) return;
  std::shared_ptr<Connection> first;
  size_t count = 0;
  for (const auto& [number, connection] : connections_) {
    if (!connection->is_stranger()) continue;
    ++count;
    if (first == nullptr || (connection->is_closing() && !first->is_closing())) first = connection;
  }
  if (count >= options_.limits.max_strangers) first->end();
}

/// Makes it, if need be.
bool ServerLoop::has_room_for_known() {
  using Idleness = Connection::Idleness;
  if (options_.limits.waits_for_room) return true;  // it was made before it was accepted
  if (connections_.size() < options_.limits.max_connections) return true;
  std::shared_ptr<Connection> idlest;
  std::optional<std::pair<Idleness, Instant>> least;
  size_t count = 0;
  for (const auto& [number, connection] : connections_) {
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

/// Makes it, if need be and it can be made.
bool ServerLoop::has_room_for_all() {
  using Idleness = Connection::Idleness;
  if (connections_.size() < options_.limits.max_connections) return true;
  const Instant grown_up = context_.now() - kNewcomerTime;
  std::shared_ptr<Connection> idlest;
  std::shared_ptr<Connection> stranger;
  std::optional<std::pair<Idleness, Instant>> least;
  for (const auto& [number, connection] : connections_) {
    const bool is_new = connection->began() > grown_up;
    if (is_new && !connection->is_closing()) continue;
    if (stranger == nullptr && connection->is_stranger()) stranger = connection;
    // To look at each socket would take a system call for each.
    if (least && connection->idle_since() > least->second && !connection->is_closing()) continue;
    const auto idleness = connection->idleness();
    if (!idleness || (least && *least <= *idleness)) continue;
    least = idleness;
    idlest = connection;
  }
  const std::shared_ptr<Connection>& goes = idlest != nullptr ? idlest : stranger;
  if (goes == nullptr) return false;
  goes->end();
  return true;
}

bool ServerLoop::is_crowded() const {
  return std::ranges::any_of(acceptors_, [](const auto& one) { return one->is_shut(); });
}

void ServerLoop::limit_handshakes() {
  const size_t most = options_.limits.max_handshakes();
  if (connections_.size() < most) return;
  std::shared_ptr<Connection> longest;
  size_t count = 0;
  for (const auto& [number, connection] : connections_) {
    if (!connection->handshaking_since()) continue;
    ++count;
    if (longest == nullptr) longest = connection;  // the first of them has come first
  }
  if (count >= most) longest->end();
}

void ServerLoop::on_end(uint64_t connection) {
  connections_.erase(connection);
  count_.store(connections_.size(), std::memory_order_relaxed);
  for (const auto& acceptor : acceptors_) acceptor->open();
  end_if_empty();
}

// ---- Memory for bodies ----

void ServerLoop::give_room() {
  is_giving_room_ = false;
  while (const auto next = context_.budget->next()) {
    const auto found = connections_.find(*next);
    if (found == connections_.end()) continue;
    const std::shared_ptr<Connection> connection = found->second;
    connection->take_room();
  }
}

void ServerLoop::refuse_overdue() {
  waits_for_overdue_ = false;
  while (const auto overdue = context_.budget->overdue(context_.now())) {
    const auto found = connections_.find(*overdue);
    if (found == connections_.end()) continue;
    const std::shared_ptr<Connection> connection = found->second;
    connection->refuse_for_want_of_room();
    // What it held may be enough for the others.
    give_room();
  }
  wait_for_overdue();
}

void ServerLoop::wait_for_overdue() {
  const Instant deadline = context_.budget->deadline();
  if (deadline == kNever || std::exchange(waits_for_overdue_, true)) return;
  alarms_.set(deadline, [this] { refuse_overdue(); });
}

// ---- The end ----

std::vector<std::shared_ptr<Connection>> ServerLoop::all() const {
  std::vector<std::shared_ptr<Connection>> every;  // one that ends takes itself out of the map
  every.reserve(connections_.size());
  for (const auto& [number, connection] : connections_) every.push_back(connection);
  return every;
}

void ServerLoop::finish() {
  if (std::exchange(is_stopping_, true)) return;
  for (const auto& acceptor : acceptors_) acceptor->stop();
  stop_timer_.expires_after(
      std::chrono::duration_cast<asio::steady_timer::duration>(options_.limits.stop_time));
  stop_timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    for (const auto& connection : all()) connection->end();
  });
  for (const auto& connection : all()) connection->finish();
  end_if_empty();
}

void ServerLoop::end_if_empty() {
  if (!is_stopping_ || !connections_.empty()) return;
  stop_timer_.cancel();
  alarms_.end();
  work_.reset();
}

}  // namespace awps::http_server
