#include "http_server/connection.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/read.hpp>

#include <algorithm>
#include <limits>

#include "http_server/beast_request.h"

namespace awps::http_server {

namespace asio = boost::asio;
namespace http = boost::beast::http;

namespace {

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
constexpr size_t kDiscardLimit = 8UL * 1024 * 1024;  // of what comes after a closing answer
constexpr Duration kGentleCloseTime = std::chrono::seconds(1);
// What a timer grants that has run out while the bytes it waited for are there.
constexpr Duration kGrace = std::chrono::seconds(1);

asio::steady_timer::duration timer_duration(Duration duration) {
  return std::chrono::duration_cast<asio::steady_timer::duration>(duration);
}

Instant now() {
  return SystemClock().now();
}

}  // namespace

Responder::~Responder() {
  const std::shared_ptr<Connection> connection = connection_.lock();
  if (connection != nullptr) connection->leave_unanswered();
}

void Responder::send(Reply reply) {
  const std::shared_ptr<Connection> connection = std::exchange(connection_, {}).lock();
  if (connection != nullptr) connection->answer(std::move(reply));
}

Connection::Connection(asio::io_context& io, const Limits& limits, Handler& handler,
                       const TlsContext* tls)
    : limits_(limits),
      handler_(handler),
      client_(io, tls),
      timer_(io),
      in_(limits.max_head_bytes + limits.max_body_bytes) {}

void Connection::start(UniqueFd socket, Events events) {
  events_ = std::move(events);
  if (!client_.open(std::move(socket))) return end();  // the client sees the end
  if (client_.has_tls()) return shake_hands();
  wait();
}

void Connection::finish() {
  is_finishing_ = true;
  const bool is_owed =
      state_ == State::kHandling || state_ == State::kWriting || state_ == State::kStreaming;
  if (!is_owed) return end();
  if (state_ == State::kStreaming && !is_piece_writing_) on_tick();
}

void Connection::end() {
  if (state_ == State::kEnded) return;
  state_ = State::kEnded;
  stream_.reset();
  timer_.cancel();
  client_.close();
  // Last: who owns us may let go in it.
  std::exchange(events_, {}).on_end();
}

std::optional<std::pair<Connection::Idleness, Instant>> Connection::idleness() const {
  switch (state_) {
    case State::kClosing:
      return std::pair(Idleness::kClosing, since_);
    case State::kWaiting:
      if (client_.has_unread()) return std::nullopt;
      return std::pair(Idleness::kSilent, since_);
    case State::kHandshaking:
    case State::kReading:
    case State::kHandling:
    case State::kWriting:
    case State::kStreaming:
    case State::kEnded:
      break;
  }
  return std::nullopt;
}

std::optional<Instant> Connection::handshaking_since() const {
  return state_ == State::kHandshaking ? std::optional(since_) : std::nullopt;
}

// ---- Requests ----

void Connection::shake_hands() {
  enter(State::kHandshaking, limits_.handshake_time);
  client_.async_handshake([self = shared_from_this()](const ErrorCode& error) {
    if (self->state_ != State::kHandshaking) return;
    if (error) return self->end();
    self->wait();
  });
}

void Connection::wait() {
  if (in_.size() > 0) return read_head();
  enter(State::kWaiting, patience(limits_.idle_time));
  client_.async_wait(in_, [self = shared_from_this()](const ErrorCode& error) {
    if (self->state_ != State::kWaiting) return;
    if (error) return self->end();
    self->read_head();
  });
}

void Connection::read_head() {
  enter(State::kReading, patience(limits_.request_time));
  parser_.emplace();
  parser_->header_limit(static_cast<uint32_t>(limits_.max_head_bytes));
  parser_->body_limit(limits_.max_body_bytes);
  http::async_read_header(
      client_, in_, *parser_,
      [self = shared_from_this()](const ErrorCode& error, size_t) { self->on_head(error); });
}

void Connection::on_head(const ErrorCode& error) {
  if (state_ != State::kReading) return;
  if (error) return on_bad_request(error);
  Result<Request> head = request_of(parser_->get(), client_.is_over_tcp());
  if (head) head->peer = client_.peer();
  if (!meet(head)) return;
  const bool waits = boost::beast::iequals(parser_->get()[http::field::expect], "100-continue");
  if (!waits || parser_->is_done() || in_.size() > 0) return read_body();
  asio::async_write(client_, asio::buffer(kContinue),
                    [self = shared_from_this()](const ErrorCode& failed, size_t) {
                      if (self->state_ != State::kReading) return;
                      if (failed) return self->end();
                      self->read_body();
                    });
}

/// False: it is answered, since there is no room for it.
bool Connection::meet(const Result<Request>& head) {
  const bool was_known = std::exchange(is_known_, false);
  if (!head || !handler_.is_known(*head)) return true;
  is_known_ = was_known || events_.on_known();
  if (is_known_) return true;
  to_head_ = head->method == "HEAD";
  keep_alive_ = false;
  write(handler_.refusal(503, "all " + std::to_string(limits_.max_connections) +
                                  " connections are at work; try again"),
        {.keep_alive = false, .to_head = to_head_});
  return false;
}

void Connection::read_body() {
  if (parser_->is_done()) return on_request({});
  http::async_read(
      client_, in_, *parser_,
      [self = shared_from_this()](const ErrorCode& error, size_t) { self->on_request(error); });
}

void Connection::on_request(const ErrorCode& error) {
  if (state_ != State::kReading) return;
  if (error) return on_bad_request(error);
  const auto& message = parser_->get();
  Result<Request> request = request_of(message, client_.is_over_tcp());
  if (request) request->peer = client_.peer();
  keep_alive_ = request && message.keep_alive();
  is_chunked_ = message.version() >= 11;
  to_head_ = false;
  parser_.reset();
  if (!request) {
    keep_alive_ = false;
    return write(handler_.refusal(400, request.error().message), {.keep_alive = false});
  }
  to_head_ = request->method == "HEAD";
  state_ = State::kHandling;
  timer_.cancel();
  handler_.handle(std::move(*request), Responder(weak_from_this()));
}

void Connection::on_bad_request(const ErrorCode& error) {
  const auto reply = [&]() -> std::optional<Reply> {
    if (error == http::error::header_limit || error == http::error::buffer_overflow) {
      return handler_.refusal(431, "the request's head has more than " +
                                       std::to_string(limits_.max_head_bytes) +
                                       " bytes; send less");
    }
    if (error == http::error::body_limit) {
      return handler_.refusal(413, "the request's body has more than " +
                                       std::to_string(limits_.max_body_bytes) +
                                       " bytes; send it in several requests");
    }
    const bool is_over =
        error == http::error::end_of_stream || error == http::error::partial_message;
    if (is_over || error.category() != http::make_error_code(http::error::bad_method).category()) {
      return std::nullopt;
    }
    return handler_.refusal(400, "this is no HTTP/1.1 request: " + error.message());
  }();
  if (!reply) return end();
  keep_alive_ = false;
  write(*reply, {.keep_alive = false});
}

void Connection::answer(Reply reply) {
  if (state_ != State::kHandling) return;
  const bool streams = reply.stream != nullptr && !to_head_;
  if (streams || is_finishing_ || reply.ends_connection) keep_alive_ = false;
  write(reply, {.keep_alive = keep_alive_,
                .to_head = to_head_,
                .chunked = reply.stream != nullptr && is_chunked_});
  if (streams) stream_ = std::move(reply.stream);
}

void Connection::leave_unanswered() {
  if (state_ == State::kHandling) end();
}

void Connection::write(const Reply& reply, WireOptions options) {
  enter(State::kWriting, limits_.write_time);
  out_ = wire_text(reply, options);
  asio::async_write(
      client_, asio::buffer(out_),
      [self = shared_from_this()](const ErrorCode& error, size_t) { self->on_written(error); });
}

void Connection::on_written(const ErrorCode& error) {
  if (state_ != State::kWriting) return;
  if (error) return end();
  out_ = {};  // an idle connection keeps no large answer's memory
  if (stream_ != nullptr) {
    enter(State::kStreaming, limits_.stream_interval);
    return discard(std::numeric_limits<size_t>::max());
  }
  // A reset would take the answer back, see invariant 3.
  if (!keep_alive_ && !(is_finishing_ && !client_.has_unread())) return close_gently();
  if (is_finishing_) return end();
  wait();
}

// ---- A stream ----

void Connection::on_tick() {
  if (is_piece_writing_) {
    if (now() - piece_began_ > limits_.write_time) return end();  // the client does not read
    return arm(limits_.stream_interval);
  }
  if (is_finishing_ || stream_->is_over()) {
    stream_.reset();
    enter(State::kWriting, limits_.write_time);
    return write_piece(is_chunked_ ? chunk_of({}) : std::string());
  }
  const std::string piece = stream_->take();
  arm(limits_.stream_interval);
  if (!piece.empty()) write_piece(is_chunked_ ? chunk_of(piece) : piece);
}

void Connection::write_piece(std::string text) {
  out_ = std::move(text);
  is_piece_writing_ = true;
  piece_began_ = now();
  asio::async_write(client_, asio::buffer(out_),
                    [self = shared_from_this()](const ErrorCode& error, size_t) {
                      self->is_piece_writing_ = false;
                      if (self->state_ == State::kWriting) return self->on_written(error);
                      if (self->state_ != State::kStreaming) return;
                      if (error) return self->end();
                      if (self->is_finishing_) self->on_tick();
                    });
}

// ---- The end ----

void Connection::close_gently() {
  enter(State::kClosing, kGentleCloseTime);
  client_.async_finish([self = shared_from_this()] {
    if (self->state_ == State::kClosing) self->discard(kDiscardLimit);
  });
}

/// Reads what nobody wants, so as to see the end.
void Connection::discard(size_t limit) {
  discard_limit_ = limit;
  if (!is_discarding_) discard_some();
}

void Connection::discard_some() {
  is_discarding_ = true;
  auto on_bytes = [self = shared_from_this()](const ErrorCode& error, size_t bytes) {
    self->is_discarding_ = false;
    self->on_discarded(error, bytes);
  };
  // After the end of TLS nothing can be decrypted.
  if (state_ == State::kClosing) {
    return client_.raw().async_read_some(asio::buffer(discarded_), std::move(on_bytes));
  }
  client_.async_read_some(asio::buffer(discarded_), std::move(on_bytes));
}

void Connection::on_discarded(const ErrorCode& error, size_t bytes) {
  if (state_ != State::kStreaming && state_ != State::kClosing) return;
  if (error || bytes >= discard_limit_) return end();
  discard_limit_ -= bytes;
  discard_some();
}

// ---- Time ----

void Connection::enter(State state, Duration patience) {
  state_ = state;
  since_ = now();
  arm(patience);
}

Duration Connection::patience(Duration usual) const {
  return is_known_ ? usual : std::min(usual, limits_.stranger_time);
}

void Connection::arm(Duration patience) {
  timer_.expires_after(timer_duration(patience));
  timer_.async_wait([self = shared_from_this()](const ErrorCode& error) {
    // It may have been set anew after it had gone off.
    if (error || self->timer_.expiry() > asio::steady_timer::clock_type::now()) return;
    self->on_timer();
  });
}

void Connection::on_timer() {
  if (state_ == State::kStreaming) return on_tick();
  if (state_ == State::kHandling) return;  // it had gone off before the request was whole
  const bool is_reading =
      state_ == State::kHandshaking || state_ == State::kWaiting || state_ == State::kReading;
  if (is_reading && client_.has_unread()) return arm(kGrace);
  end();
}

}  // namespace awps::http_server
