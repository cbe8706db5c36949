#include "http_server/connection.h"

#include <boost/asio/post.hpp>

#include <algorithm>

namespace awps::http_server {

namespace asio = boost::asio;

namespace {

// What a timer grants that has run out while the bytes it waited for are there.
constexpr Duration kGrace = std::chrono::seconds(1);
// The timer's clock stands still while the machine sleeps; deadlines do not.
constexpr Duration kLongestTimer = std::chrono::seconds(60);

asio::steady_timer::duration timer_duration(Duration duration) {
  return std::chrono::duration_cast<asio::steady_timer::duration>(duration);
}

}  // namespace

Responder::~Responder() {
  const std::shared_ptr<Connection> connection = connection_.lock();
  if (connection != nullptr) connection->leave_unanswered(request_);
}

void Responder::send(Reply reply) {
  const std::shared_ptr<Connection> connection = std::exchange(connection_, {}).lock();
  if (connection != nullptr) return connection->answer(request_, std::move(reply));
  if (reply.on_written) reply.on_written(false);
}

Connection::Connection(ConnectionContext& context, uint64_t number)
    : context_(context),
      number_(number),
      client_(context.io),
      began_(context.now()),
      reader_(context.limits.max_head_bytes),
      timer_(context.io) {}

void Connection::start(UniqueFd socket, const TlsContext* tls) {
  if (!client_.open(std::move(socket), tls)) return end();  // the client sees the end
  if (client_.has_tls()) {
    state_ = State::kHandshaking;
    read_deadline_ = began_ + context_.limits.handshake_time;
  }
  watch();
}

void Connection::finish() {
  is_finishing_ = true;
  reads_no_more_ = true;
  if (state_ == State::kStreaming) return turn_soon();
  // Closing with bytes unread would take its last answers back; see kGentleCloseTime.
  if (state_ == State::kClosing && client_.has_unread()) return;
  const bool is_owed = state_ == State::kOpen && !(answers_.is_empty() && outbox_.is_empty());
  if (!is_owed) end();
}

void Connection::retire() {
  is_retiring_ = true;
  if (state_ == State::kHandshaking || (is_idle() && !client_.has_unread())) end();
}

void Connection::end() {
  if (state_ == State::kEnded) return;
  state_ = State::kEnded;
  if (waits_for_room_) context_.budget->stop_waiting(number_);
  stream_.reset();
  timer_.cancel();
  client_.close();
  tell_all_unwritten();
  (void)std::exchange(charge_, {});
  if (was_asked_) context_.handler.on_connection_end(number_);
  // Last: who owns us may let go in it.
  context_.on_end(number_);
}

void Connection::answer(uint64_t request, Reply reply) {
  if (state_ == State::kEnded) {
    if (reply.on_written) reply.on_written(false);
    return;
  }
  answers_.answer(request, std::move(reply));
  turn_soon();
}

void Connection::leave_unanswered(uint64_t request) {
  if (state_ == State::kEnded) return;
  answers_.abandon(request);
  turn_soon();
}

std::optional<std::pair<Connection::Idleness, Instant>> Connection::idleness() const {
  if (state_ == State::kClosing) return std::pair(Idleness::kClosing, idle_since_);
  if (is_idle() && !client_.has_unread()) return std::pair(Idleness::kSilent, idle_since_);
  return std::nullopt;
}

std::optional<Instant> Connection::handshaking_since() const {
  return state_ == State::kHandshaking ? std::optional(began_) : std::nullopt;
}

// ---- Turns ----

void Connection::turn_soon() {
  if (std::exchange(is_turn_posted_, true)) return;
  asio::post(context_.io, [self = shared_from_this()] {
    self->is_turn_posted_ = false;
    self->turn();
  });
}

void Connection::shake_hands() {
  const Transfer shaken = client_.shake_hands();
  if (shaken.state == Transfer::State::kOver) return end();
  if (shaken.state == Transfer::State::kDone) {
    state_ = State::kOpen;
    read_deadline_ = kNever;
  }
  read_waits_for_write_ = shaken.state == Transfer::State::kWaitsWrite;
}

/// All that can be done now; one read at most, so that others have their turn.
void Connection::turn() {
  if (state_ == State::kHandshaking) shake_hands();
  if (state_ == State::kStreaming) tick();
  for (bool may_still_read = true;;) {
    send_answers();
    write_out();
    if (state_ != State::kOpen || !may_read()) break;
    if (!rest_.empty()) {
      std::string input = std::exchange(rest_, {});
      std::string_view view = input;
      take_input(view);
      rest_ = view;
      continue;
    }
    if (!std::exchange(may_still_read, false)) break;
    read_some();
  }
  if (state_ == State::kStreaming || state_ == State::kClosing) discard();
  if (state_ == State::kOpen && is_retiring_ && is_idle() && !client_.has_unread()) end();
  watch();
}

void Connection::watch() {
  if (state_ == State::kEnded) return;
  note_idleness(context_.now());
  const bool reads = state_ != State::kOpen || may_read();
  if (reads && client_.has_pending() && state_ != State::kClosing) turn_soon();
  if (reads && !read_waits_for_write_) watch_to_read();
  if (!outbox_.is_empty() || (reads && read_waits_for_write_)) watch_to_write();
  settle_timer();
}

void Connection::watch_to_read() {
  if (std::exchange(watches_read_, true)) return;
  client_.wait_to_read([self = shared_from_this()] {
    self->watches_read_ = false;
    self->turn();
  });
}

void Connection::watch_to_write() {
  if (std::exchange(watches_write_, true)) return;
  client_.wait_to_write([self = shared_from_this()] {
    self->watches_write_ = false;
    self->turn();
  });
}

// ---- Time ----

bool Connection::is_idle() const {
  return state_ == State::kOpen && answers_.is_empty() && outbox_.is_empty() && rest_.empty() &&
         !reader_.is_in_request();
}

Duration Connection::patience(Duration usual) const {
  return is_known_ ? usual : std::min(usual, context_.limits.stranger_time);
}

/// A client that may send a request and does not has idle_time from when it could.
void Connection::note_idleness(Instant now) {
  if (state_ != State::kOpen) return;
  if (is_idle()) {
    if (idle_since_ != kNever) return;
    idle_since_ = now;
    read_deadline_ = now + patience(context_.limits.idle_time);
    return;
  }
  if (!reader_.is_in_request()) read_deadline_ = kNever;
  idle_since_ = kNever;
}

Instant Connection::deadline() const {
  const Instant read = waits_for_room_ ? kNever : read_deadline_;
  return std::min({read, write_deadline_, tick_});
}

void Connection::settle_timer() {
  const Instant next = deadline();
  // One that goes off too early is set anew then.
  if (next >= armed_for_) return;
  armed_for_ = next;
  const Duration wait =
      std::clamp<Duration>(next - context_.now(), Duration::zero(), kLongestTimer);
  timer_.expires_after(timer_duration(wait));
  timer_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
    if (error || self->state_ == State::kEnded) return;
    self->armed_for_ = kNever;
    self->on_timer();
  });
}

void Connection::on_timer() {
  const Instant now = context_.now();
  if (write_deadline_ <= now) return end();
  if (state_ == State::kClosing && tick_ <= now) return end();
  if (!waits_for_room_ && read_deadline_ <= now) {
    if (!client_.has_unread()) return end();
    read_deadline_ = now + kGrace;
  }
  if (state_ == State::kStreaming && tick_ <= now) return turn();
  settle_timer();
}

}  // namespace awps::http_server
