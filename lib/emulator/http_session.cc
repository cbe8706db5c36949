#include "emulator/http_session.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <cstring>

#include "emulator/control.h"
#include "emulator/http_date.h"
#include "emulator/message_body.h"
#include "emulator/rest_error.h"
#include "emulator/websocket_session.h"

namespace awps::emulator {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr size_t kFirstBuffer = 8 * 1024;
constexpr size_t kDiscardLimit = 8 * 1024 * 1024;
// Control scripts may be large, messages not.
constexpr size_t kMaxControlBody = 16 * 1024 * 1024;
constexpr auto kGentleCloseTime = std::chrono::seconds(2);

}  // namespace

HttpSession::HttpSession(Tcp::socket socket, Service& service)
    : socket_(std::move(socket)),
      service_(service),
      timer_(socket_.get_executor()),
      in_(kFirstBuffer) {}

void HttpSession::start() {
  error_code ignored;  // a socket that died meanwhile shows it at the first read
  socket_.set_option(Tcp::no_delay(true), ignored);
  socket_.non_blocking(true, ignored);
  read();
}

void HttpSession::consume(size_t bytes) {
  begin_ += bytes;
  if (begin_ == end_) begin_ = end_ = 0;
  is_fault_decided_ = false;
  said_continue_ = false;
  fault_.reset();
}

void HttpSession::read() {
  if (end_ == in_.size()) {
    if (begin_ > 0) {
      std::memmove(in_.data(), in_.data() + begin_, end_ - begin_);
      end_ -= begin_;
      begin_ = 0;
    } else {
      in_.resize(in_.size() * 2);  // bounded: a head and a body have limits, checked in step()
    }
  }
  socket_.async_read_some(
      asio::buffer(in_.data() + end_, in_.size() - end_),
      [self = shared_from_this()](error_code error, size_t bytes) { self->on_read(error, bytes); });
}

void HttpSession::on_read(error_code error, size_t bytes) {
  if (error) return;  // the peer is gone; so are we
  end_ += bytes;
  process();
}

void HttpSession::process() {
  Step next = Step::kAgain;
  while (next == Step::kAgain) next = step();
  if (next != Step::kSuspended) flush_then(next);
}

HttpSession::Step HttpSession::step() {
  if (begin_ == end_) return Step::kNeedBytes;
  switch (parse_head(unread(), head_)) {
    case HeadState::kIncomplete:
      return Step::kNeedBytes;
    case HeadState::kMalformed:
      return refuse(front_end_error(400));
    case HeadState::kTargetTooLong:
      return refuse(front_end_error(414));
    case HeadState::kHeadersTooLarge:
      return refuse(front_end_error(431));
    case HeadState::kComplete:
      break;
  }
  const auto path = split_target(head_.target).path;
  if (is_client_path(path)) return upgrade();
  if (is_control_path(path)) return step_body();
  if (!is_fault_decided_ && !service_.fault_needs_body(head_)) {
    is_fault_decided_ = true;
    fault_ = service_.fault_for(head_, {}, current_time());
  }
  if (fault_ && fault_->answers_early) {
    closes_after_ = true;
    return finish(service_.handle(head_, {}, &*fault_, current_time()));
  }
  if (head_.chunked) {
    return refuse(bad_request("The Content-Length header is required.", "Content-Length"));
  }
  return step_body();
}

/// Waits for the body, as far as its size is one that is read at all.
HttpSession::Step HttpSession::step_body() {
  const size_t length = head_.content_length.value_or(0);
  const bool is_control = is_control_path(split_target(head_.target).path);
  if (length > (is_control ? kMaxControlBody : kMaxFrontEndBodyBytes)) {
    return refuse(front_end_error(413));
  }
  if (unread().size() < head_.size + length) {
    if (head_.expects_continue && !said_continue_) {
      said_continue_ = true;
      out_ += "HTTP/1.1 100 Continue\r\n\r\n";
    }
    return Step::kNeedBytes;
  }
  const auto body = unread().substr(head_.size, length);
  if (!is_control) return run_request(body);
  const HttpResponse response = handle_control(service_, head_, body, current_time().instant);
  const bool keep_alive = head_.keep_alive;
  answer(response, keep_alive);
  consume(head_.size + length);
  return keep_alive ? Step::kAgain : Step::kClose;
}

/// For what is answered without reading further: the connection cannot go on after it.
HttpSession::Step HttpSession::refuse(HttpResponse response) {
  answer(service_.refuse(head_, std::move(response), current_time()).response, false);
  return Step::kClose;
}

HttpSession::Step HttpSession::run_request(std::string_view body) {
  closes_after_ = !head_.keep_alive;
  if (!is_fault_decided_) fault_ = service_.fault_for(head_, body, current_time());
  if (fault_ && fault_->answers_early) closes_after_ = true;
  return finish(service_.handle(head_, body, fault_ ? &*fault_ : nullptr, current_time()));
}

HttpSession::Step HttpSession::upgrade() {
  auto admission = service_.admit(head_, current_time());
  if (!admission.ok()) {
    answer(admission.error(), false);
    return Step::kClose;
  }
  const auto client = std::make_shared<WebSocketSession>(std::move(socket_), service_,
                                                         std::move(admission.value()));
  client->start(head_);
  return Step::kSuspended;
}

HttpSession::Step HttpSession::finish(Handled handled) {
  if (handled.delay == Duration::zero()) return emit(handled);
  // What is already answered need not wait for this one.
  flush_now();
  timer_.expires_after(std::chrono::duration_cast<asio::steady_timer::duration>(handled.delay));
  timer_.async_wait([self = shared_from_this(), handled = std::move(handled)](error_code) mutable {
    self->resume(std::move(handled));
  });
  return Step::kSuspended;
}

void HttpSession::resume(Handled handled) {
  const Step next = emit(handled);
  if (next == Step::kAgain) return process();
  if (next != Step::kSuspended) flush_then(next);
}

HttpSession::Step HttpSession::emit(const Handled& handled) {
  if (handled.reset != Reset::kNone) {
    reset();
    return Step::kSuspended;
  }
  if (handled.stalls) {
    flush_now();
    discard_until_end(std::numeric_limits<size_t>::max());
    return Step::kSuspended;
  }
  answer(handled.response, !closes_after_);
  if (closes_after_) return Step::kClose;
  consume(head_.size + head_.content_length.value_or(0));
  return Step::kAgain;
}

void HttpSession::answer(const HttpResponse& response, bool keep_alive) {
  append_response(out_, response,
                  {.date = http_date(std::chrono::system_clock::now()),
                   .to_head = head_.method == "HEAD",
                   .keep_alive = keep_alive});
}

/// Writes what the socket takes at once; true if that was all.
bool HttpSession::flush_now() {
  if (out_.empty()) return true;
  error_code error;
  const size_t written = socket_.write_some(asio::buffer(out_), error);
  if (error && error != asio::error::would_block) {
    out_.clear();  // the peer is gone; the next read says so
    return true;
  }
  out_.erase(0, written);
  return out_.empty();
}

void HttpSession::flush_then(Step next) {
  if (flush_now()) return continue_with(next);
  asio::async_write(socket_, asio::buffer(out_),
                    [self = shared_from_this(), next](error_code error, size_t) {
                      if (error) return;
                      self->out_.clear();
                      self->continue_with(next);
                    });
}

void HttpSession::continue_with(Step next) {
  if (next == Step::kClose) return close_gently();
  read();
}

/// Sends the end, and reads on for a while: closing with unread bytes would reset the connection,
/// and the peer might lose the answer.
void HttpSession::close_gently() {
  error_code ignored;
  socket_.shutdown(Tcp::socket::shutdown_send, ignored);
  timer_.expires_after(kGentleCloseTime);
  timer_.async_wait([self = shared_from_this()](error_code error) {
    error_code also_ignored;
    if (!error) self->socket_.close(also_ignored);
  });
  discard_until_end(kDiscardLimit);
}

void HttpSession::discard_until_end(size_t limit) {
  if (limit == 0) {
    timer_.cancel();
    return;
  }
  socket_.async_read_some(asio::buffer(in_),
                          [self = shared_from_this(), limit](error_code error, size_t bytes) {
                            self->discard_until_end(error ? 0 : limit - std::min(limit, bytes));
                          });
}

/// Closes so that the peer sees a reset, not an end.
void HttpSession::reset() {
  error_code ignored;
  socket_.set_option(asio::socket_base::linger(true, 0), ignored);
  socket_.close(ignored);
}

}  // namespace awps::emulator
