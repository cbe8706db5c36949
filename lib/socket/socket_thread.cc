#include "socket/socket_thread.h"

#include <algorithm>
#include <utility>

#include <boost/asio/post.hpp>

namespace awps {

namespace asio = boost::asio;

namespace {

Instant now() {
  return SystemClock().now();
}

}  // namespace

SocketThread::SocketThread(const Options& options, std::shared_ptr<const HubDirectory> hubs,
                           IntakeCounters& counters, HeldInput& held)
    : options_(options),
      work_(io_.get_executor()),
      slot_(options.number, std::move(hubs), [this] { asio::post(io_, [] {}); }),
      counters_(counters),
      services_{decoder_, slot_, counters, refusals_, options.warn},
      held_(held),
      read_buffer_(options.read_buffer_bytes + kReadPadding),
      farewells_(io_),
      favour_timer_(io_),
      scratch_timer_(io_),
      sweep_timer_(io_),
      deadline_timer_(io_) {}

SocketThread::~SocketThread() = default;

void SocketThread::run() {
  static constexpr int kHandlersATurn = 64;
  while (!finishing_ || !connections_.empty() || !farewells_.empty()) {
    bool is_busy = false;
    for (int i = 0; i < kHandlersATurn && io_.poll_one() > 0; ++i) is_busy = true;
    is_busy |= take_reports();
    is_busy |= resume_waiting();
    is_busy |= advance_touched();
    if (slot_.accounts().is_sweep_due()) {
      sweep_accounts();
      is_busy = true;  // it may have touched connections
    }
    if (is_busy || !reports().prepare_to_sleep()) continue;
    // Pairs with the store in room_again(), which comes before its look whether this thread sleeps,
    // as this load comes after prepare_to_sleep(): one of the two sees the other.
    if (!has_room_again_.load(std::memory_order_seq_cst)) io_.run_one();
    reports().woke_up();
  }
}

void SocketThread::adopt(UniqueFd socket, Peer peer) {
  connection_count_.fetch_add(1, std::memory_order_relaxed);
  asio::post(io_, [this, socket = std::move(socket), peer = std::move(peer)]() mutable {
    add_connection(std::move(socket), peer);
  });
}

void SocketThread::room_again() {
  // Pairs with the load in run(); wake() then looks whether the thread sleeps.
  has_room_again_.store(true, std::memory_order_seq_cst);
  reports().wake();
}

void SocketThread::use(std::shared_ptr<const HubDirectory> hubs) {
  asio::post(io_, [this, hubs = std::move(hubs)]() mutable {
    slot_.use(std::move(hubs));
    for (const auto& [number, connection] : connections_) connection->session.follow_directory();
    sweep_later();
    room_again();  // who waits for a hub that is gone need not wait
  });
}

void SocketThread::stop_reading(std::promise<void> done) {
  asio::post(io_, [this, done = std::move(done)]() mutable {
    stopping_ = true;
    for (auto& [number, connection] : connections_) {
      connection->session.stop();
      touch(*connection);
    }
    done.set_value();
  });
}

void SocketThread::finish(Instant deadline) {
  asio::post(io_, [this, deadline] {
    take_reports();
    stopping_ = true;
    finishing_ = true;
    for (auto& [number, connection] : connections_) {
      connection->session.stop();
      touch(*connection);
    }
    deadline_timer_.expires_after(deadline - now());
    deadline_timer_.async_wait([this](const boost::system::error_code& error) {
      if (error) return;
      for (auto& [number, connection] : connections_) {
        connection->session.replies().discard_all();
        touch(*connection);
      }
    });
  });
}

void SocketThread::add_connection(UniqueFd socket, const Peer& peer) {
  auto owned = std::make_unique<Connection>(io_, services_, options_.session, peer);
  Connection& connection = *owned;
  if (!connection.open(std::move(socket))) {
    counters_.connections_refused.add();
    connection_count_.fetch_sub(1, std::memory_order_relaxed);
    return;
  }
  connections_.emplace(connection.number, std::move(owned));
  held_.add_connection();
  if (stopping_) connection.session.stop();
  advance(connection);
}

void SocketThread::wait_readable(Connection& connection) {
  if (std::exchange(connection.waits_readable, true)) return;
  connection.socket().async_wait(asio::posix::stream_descriptor::wait_read,
                                 [this, &connection](const boost::system::error_code&) {
                                   connection.waits_readable = false;
                                   if (!connection.is_open()) return erase_if_unused(connection);
                                   on_readable(connection);
                                 });
}

void SocketThread::wait_writable(Connection& connection) {
  if (std::exchange(connection.waits_writable, true)) return;
  connection.socket().async_wait(asio::posix::stream_descriptor::wait_write,
                                 [this, &connection](const boost::system::error_code&) {
                                   connection.waits_writable = false;
                                   if (!connection.is_open()) return erase_if_unused(connection);
                                   advance(connection);
                                 });
}

void SocketThread::on_readable(Connection& connection) {
  Session& session = connection.session;
  if (session.next() != Session::Next::kRead) return advance(connection);
  const size_t size = may_read(connection);
  if (size == 0) return;
  const Connection::ReadResult result = connection.read({read_buffer_.data(), size});
  if (result.kind == Connection::Read::kBytes) {
    counters_.bytes.add(result.bytes);
    connection.bytes_read += result.bytes;
    session.take({read_buffer_.data(), result.bytes}, now());
  } else if (result.kind == Connection::Read::kEnd) {
    session.end_input(now());
  }
  if (decoder_.has_grown()) release_scratch_later();
  advance(connection);
}

void SocketThread::advance(Connection& connection) {
  Session& session = connection.session;
  connection.write_replies();
  while (session.next() == Session::Next::kReader && session.replies().has_drained()) {
    session.resume(now());
    connection.write_replies();
  }
  count_held_bytes(connection);
  wait_for_what_is_next(connection);
}

void SocketThread::wait_for_what_is_next(Connection& connection) {
  const bool has_unwritten = !connection.session.replies().unread().empty();
  if (has_unwritten) wait_writable(connection);
  switch (connection.session.next()) {
    case Session::Next::kRead:
      if (!connection.waits_for_room) wait_readable(connection);
      return;
    case Session::Next::kTurn:
      touch(connection);
      return;
    case Session::Next::kRoom:
      if (std::exchange(connection.waits_for_room, true)) return;
      counters_.paused_reads.add();
      waiting_for_room_.push_back(&connection);
      return;
    case Session::Next::kReader:
      return;
    case Session::Next::kReports:
      if (finishing_ && !has_unwritten) close(connection);
      return;
    case Session::Next::kClose:
      if (!has_unwritten) close(connection);
      return;
  }
}

void SocketThread::close(Connection& connection) {
  if (connection.session.is_refused() || connection.has_unread_input()) {
    farewells_.add(connection.take_socket());
  } else {
    connection.close();
  }
  if (connection.waits_for_room) std::erase(waiting_for_room_, &connection);
  erase_if_unused(connection);
}

void SocketThread::erase_if_unused(Connection& connection) {
  if (connection.waits_readable || connection.waits_writable || connection.is_touched) return;
  held_.remove_connection(connection.number, connection.counted);
  connections_.erase(connection.number);
  connection_count_.fetch_sub(1, std::memory_order_relaxed);
  sweep_later();
}

void SocketThread::touch(Connection& connection) {
  if (std::exchange(connection.is_touched, true)) return;
  touched_.push_back(&connection);
}

bool SocketThread::advance_touched() {
  if (touched_.empty()) return false;
  const std::vector<Connection*> touched = std::exchange(touched_, {});
  for (Connection* connection : touched) {
    connection->is_touched = false;
    if (connection->is_open()) {
      if (connection->session.next() == Session::Next::kTurn) connection->session.resume(now());
      advance(*connection);
    } else {
      erase_if_unused(*connection);
    }
  }
  return true;
}

bool SocketThread::take_reports() {
  bool any = false;
  while (take_some_reports()) any = true;
  return any;
}

bool SocketThread::take_some_reports() {
  const std::vector<Report>& reports = slot_.take_reports();
  if (reports.empty()) return false;
  Connection* connection = nullptr;
  for (const Report& report : reports) {
    const uint64_t producer = producer_of(report);
    if (connection == nullptr || connection->number != producer) {
      const auto found = connections_.find(producer);
      if (found == connections_.end()) {  // it is gone, and nobody is told
        if (std::holds_alternative<LateRefusal>(report)) counters_.rejected.add();
        continue;
      }
      connection = found->second.get();
    }
    connection->session.take_report(report);
    touch(*connection);
  }
  for (Connection* touched : touched_) touched->session.end_of_reports();
  return true;
}

bool SocketThread::resume_waiting() {
  // Pairs with the store in room_again(): the room that was made before it is seen below.
  if (!has_room_again_.exchange(false, std::memory_order_seq_cst)) return false;
  for (Connection* connection : std::exchange(waiting_for_room_, {})) {
    connection->waits_for_room = false;
    if (!connection->is_open()) continue;
    if (connection->session.next() == Session::Next::kRoom) connection->session.resume(now());
    advance(*connection);
  }
  return true;
}

// 0: not now; then it waits.
size_t SocketThread::may_read(Connection& connection) {
  const size_t wanted = connection.session.read_size(options_.read_buffer_bytes);
  const size_t size = held_.may_read(connection.number, connection.counted, wanted);
  if (size == 0) {
    wait_for_memory(connection, wanted);
  } else if (held_.is_favourite(connection.number)) {
    watch_favourite(connection);
  }
  return size;
}

void SocketThread::wait_for_memory(Connection& connection, size_t wanted) {
  if (!held_.must_wait(connection.number, connection.counted, wanted)) {
    return wait_readable(connection);
  }
  if (!std::exchange(connection.waits_for_room, true)) {
    counters_.paused_reads.add();
    waiting_for_room_.push_back(&connection);
  }
  if (!held_.is_favourite(connection.number)) return;
  watch_favourite(connection);
  if (held_.is_stuck()) refuse_longest_line();
}

// The room that is kept for one line must not stay with one whose end does not come.
void SocketThread::watch_favourite(Connection& connection) {
  if (std::exchange(favour_is_watched_, true)) return;
  connection.bytes_when_seen = connection.bytes_read;
  favour_timer_.expires_after(options_.favour);
  favour_timer_.async_wait(
      [this, number = connection.number](const boost::system::error_code& error) {
        favour_is_watched_ = false;
        if (!error) look_at_favourite(number);
      });
}

void SocketThread::look_at_favourite(uint64_t watched) {
  const auto found = connections_.find(held_.favourite());
  if (found == connections_.end()) return;
  Connection& favourite = *found->second;
  const bool has_stopped = favourite.number == watched && !favourite.waits_for_room &&
                           favourite.bytes_when_seen == favourite.bytes_read;
  if (!has_stopped || !held_.anyone_waits()) return watch_favourite(favourite);
  refuse_line(favourite);
}

void SocketThread::count_held_bytes(Connection& connection) {
  const Session& session = connection.session;
  const HeldInput::Bytes now{.arriving = session.partial_bytes(),
                             .waiting = session.waiting_bytes()};
  if (now == connection.counted) return;
  held_.change(connection.number, std::exchange(connection.counted, now), now);
}

void SocketThread::refuse_longest_line() {
  const auto longest = std::ranges::max_element(
      connections_, {}, [](const auto& entry) { return entry.second->session.partial_bytes(); });
  if (longest != connections_.end()) refuse_line(*longest->second);
}

void SocketThread::refuse_line(Connection& connection) {
  connection.session.refuse_partial();
  count_held_bytes(connection);
  touch(connection);
}

// What a long line needed is kept for the next one, if that comes soon.
void SocketThread::release_scratch_later() {
  static constexpr auto kPeriod = std::chrono::seconds(1);
  if (std::exchange(release_is_planned_, true)) return;
  scratch_timer_.expires_after(kPeriod);
  scratch_timer_.async_wait([this](const boost::system::error_code& error) {
    release_is_planned_ = false;
    if (error) return;
    decoder_.release_unused();
    if (decoder_.has_grown()) release_scratch_later();
  });
}

void SocketThread::sweep_accounts() {
  slot_.sweep([this] { take_reports(); });
}

void SocketThread::sweep_later() {
  static constexpr auto kPeriod = std::chrono::seconds(1);
  if (slot_.accounts().orphans() == 0 || std::exchange(sweep_is_planned_, true)) return;
  sweep_timer_.expires_after(kPeriod);
  sweep_timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    sweep_is_planned_ = false;
    sweep_accounts();
    sweep_later();
  });
}

}  // namespace awps
