#include "admin/connection.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/read.hpp>

#include <limits>

#include "admin/beast_request.h"
#include "base/check.h"

namespace awps::admin {

namespace asio = boost::asio;
namespace http = boost::beast::http;

namespace {

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
constexpr size_t kDiscardLimit = 8UL * 1024 * 1024;  // of what comes after a closing answer
constexpr Duration kGentleCloseTime = std::chrono::seconds(2);
// What a timer grants that has run out while the bytes it waited for are there.
constexpr Duration kGrace = std::chrono::seconds(1);

asio::steady_timer::duration timer_duration(Duration duration) {
  return std::chrono::duration_cast<asio::steady_timer::duration>(duration);
}

Instant now() {
  return std::chrono::steady_clock::now();
}

sa_family_t family_of(int socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  (void)::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);  // it is a socket
  return address.ss_family;
}

}  // namespace

Connection::Connection(asio::io_context& io, const HttpLimits& limits, RequestHandler& handler)
    : limits_(limits),
      handler_(handler),
      socket_(io),
      timer_(io),
      in_(limits.max_head_bytes + limits.max_body_bytes) {}

void Connection::start(UniqueFd socket, std::function<void()> on_end) {
  on_end_ = std::move(on_end);
  const sa_family_t family = family_of(socket.get());
  over_tcp_ = family != AF_UNIX;
  const int on = 1;  // an answer is written at once; Nagle's algorithm would only hold back its end
  if (over_tcp_) (void)::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ErrorCode error;
  socket_.assign({family, 0}, socket.get(), error);
  if (error) return end();  // no room to watch it; the client sees the end
  (void)socket.release();
  wait();
}

void Connection::finish() {
  is_finishing_ = true;
  const bool is_owed = state_ == State::kWriting || state_ == State::kTapping;
  if (!is_owed) return end();
  if (state_ == State::kTapping && !is_tap_writing_) on_tick();
}

void Connection::end() {
  if (state_ == State::kEnded) return;
  state_ = State::kEnded;
  if (std::exchange(is_tapping_, false)) handler_.end_tap();
  timer_.cancel();
  ErrorCode ignored;  // it is over, however
  socket_.close(ignored);
  // Last: who owns us may let go in it.
  std::exchange(on_end_, nullptr)();
}

std::optional<std::pair<Connection::Idleness, Instant>> Connection::idleness() const {
  ErrorCode error;
  switch (state_) {
    case State::kClosing:
      return std::pair(Idleness::kClosing, since_);
    case State::kWaiting:
      if (socket_.available(error) > 0 && !error) return std::nullopt;
      return std::pair(Idleness::kSilent, since_);
    case State::kReading:
      if (has_shown_token_) return std::nullopt;
      return std::pair(Idleness::kNameless, since_);
    case State::kWriting:
    case State::kTapping:
    case State::kEnded:
      break;
  }
  return std::nullopt;
}

// ---- Requests ----

void Connection::wait() {
  if (in_.size() > 0) return read_head();
  enter(State::kWaiting, limits_.idle_time);
  socket_.async_wait(asio::socket_base::wait_read,
                     [self = shared_from_this()](const ErrorCode& error) {
                       if (self->state_ != State::kWaiting) return;
                       if (error) return self->end();
                       self->read_head();
                     });
}

void Connection::read_head() {
  enter(State::kReading, limits_.request_time);
  has_shown_token_ = false;
  parser_.emplace();
  parser_->header_limit(static_cast<uint32_t>(limits_.max_head_bytes));
  parser_->body_limit(limits_.max_body_bytes);
  http::async_read_header(
      socket_, in_, *parser_,
      [self = shared_from_this()](const ErrorCode& error, size_t) { self->on_head(error); });
}

void Connection::on_head(const ErrorCode& error) {
  if (state_ != State::kReading) return;
  if (error) return on_bad_request(error);
  if (!parser_->is_done()) {
    const Result<Request> head = request_of(parser_->get(), over_tcp_);
    has_shown_token_ = head && handler_.shows_token(*head);
  }
  const bool waits = boost::beast::iequals(parser_->get()[http::field::expect], "100-continue");
  if (!waits || parser_->is_done() || in_.size() > 0) return read_body();
  asio::async_write(socket_, asio::buffer(kContinue),
                    [self = shared_from_this()](const ErrorCode& failed, size_t) {
                      if (self->state_ != State::kReading) return;
                      if (failed) return self->end();
                      self->read_body();
                    });
}

void Connection::read_body() {
  if (parser_->is_done()) return on_request({});
  http::async_read(
      socket_, in_, *parser_,
      [self = shared_from_this()](const ErrorCode& error, size_t) { self->on_request(error); });
}

void Connection::on_request(const ErrorCode& error) {
  if (state_ != State::kReading) return;
  if (error) return on_bad_request(error);
  const auto& message = parser_->get();
  const Result<Request> request = request_of(message, over_tcp_);
  keep_alive_ = request && message.keep_alive() && !is_finishing_;
  is_chunked_ = message.version() >= 11;
  if (!request) {
    return write(error_reply(400, "invalid_request", request.error().message),
                 {.keep_alive = false});
  }
  answer(*request);
}

void Connection::on_bad_request(const ErrorCode& error) {
  const auto reply = [&]() -> std::optional<Reply> {
    if (error == http::error::header_limit || error == http::error::buffer_overflow) {
      return error_reply(431, "too_large",
                         "the request's head has more than " +
                             std::to_string(limits_.max_head_bytes) + " bytes; send less");
    }
    if (error == http::error::body_limit) {
      return error_reply(413, "too_large",
                         "the request's body has more than " +
                             std::to_string(limits_.max_body_bytes) +
                             " bytes; send it in several requests");
    }
    const bool is_over =
        error == http::error::end_of_stream || error == http::error::partial_message;
    if (is_over || error.category() != http::make_error_code(http::error::bad_method).category()) {
      return std::nullopt;
    }
    return error_reply(400, "invalid_request", "this is no HTTP/1.1 request: " + error.message());
  }();
  if (!reply) return end();
  keep_alive_ = false;
  write(*reply, {.keep_alive = false});
}

void Connection::answer(const Request& request) {
  const bool is_head = request.method == "HEAD";
  const Reply reply = handler_.handle(request);
  is_tapping_ = reply.tap && !is_head;
  if (is_tapping_) keep_alive_ = false;
  write(reply, {.keep_alive = keep_alive_,
                .to_head = is_head,
                .chunked = reply.tap.has_value() && is_chunked_});
}

void Connection::write(const Reply& reply, WireOptions options) {
  enter(State::kWriting, limits_.write_time);
  out_ = wire_text(reply, options);
  asio::async_write(
      socket_, asio::buffer(out_),
      [self = shared_from_this()](const ErrorCode& error, size_t) { self->on_written(error); });
}

void Connection::on_written(const ErrorCode& error) {
  if (state_ != State::kWriting) return;
  if (error) return end();
  out_ = {};  // an idle connection keeps no large answer's memory
  if (is_tapping_) {
    enter(State::kTapping, limits_.tap_interval);
    return discard(std::numeric_limits<size_t>::max());
  }
  if (is_finishing_) return end();
  if (!keep_alive_) return close_gently();
  wait();
}

// ---- A tap ----

void Connection::on_tick() {
  if (is_tap_writing_) {
    if (now() - tap_write_began_ > limits_.write_time) return end();  // the client does not read
    return arm(limits_.tap_interval);
  }
  if (is_finishing_) {
    is_tapping_ = false;
    handler_.end_tap();
    enter(State::kWriting, limits_.write_time);
    return write_tapped(is_chunked_ ? chunk_of({}) : std::string());
  }
  const std::string lines = handler_.take_tap_lines();
  arm(limits_.tap_interval);
  if (!lines.empty()) write_tapped(is_chunked_ ? chunk_of(lines) : lines);
}

void Connection::write_tapped(std::string text) {
  out_ = std::move(text);
  is_tap_writing_ = true;
  tap_write_began_ = now();
  asio::async_write(socket_, asio::buffer(out_),
                    [self = shared_from_this()](const ErrorCode& error, size_t) {
                      self->is_tap_writing_ = false;
                      if (self->state_ == State::kWriting) return self->on_written(error);
                      if (self->state_ != State::kTapping) return;
                      if (error) return self->end();
                      if (self->is_finishing_) self->on_tick();
                    });
}

// ---- The end ----

void Connection::close_gently() {
  enter(State::kClosing, kGentleCloseTime);
  ErrorCode ignored;  // a client that is gone already shows it at the read
  socket_.shutdown(asio::socket_base::shutdown_send, ignored);
  discard(kDiscardLimit);
}

/// Reads what nobody wants, so as to see the end.
void Connection::discard(size_t limit) {
  discard_limit_ = limit;
  if (!is_discarding_) discard_some();
}

void Connection::discard_some() {
  is_discarding_ = true;
  socket_.async_read_some(asio::buffer(discarded_),
                          [self = shared_from_this()](const ErrorCode& error, size_t bytes) {
                            self->is_discarding_ = false;
                            self->on_discarded(error, bytes);
                          });
}

void Connection::on_discarded(const ErrorCode& error, size_t bytes) {
  if (state_ != State::kTapping && state_ != State::kClosing) return;
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

void Connection::arm(Duration patience) {
  timer_.expires_after(timer_duration(patience));
  timer_.async_wait([self = shared_from_this()](const ErrorCode& error) {
    // It may have been set anew after it had gone off.
    if (error || self->timer_.expiry() > asio::steady_timer::clock_type::now()) return;
    self->on_timer();
  });
}

void Connection::on_timer() {
  if (state_ == State::kTapping) return on_tick();
  const bool is_reading = state_ == State::kWaiting || state_ == State::kReading;
  ErrorCode error;
  if (is_reading && socket_.available(error) > 0 && !error) return arm(kGrace);
  end();
}

}  // namespace awps::admin
