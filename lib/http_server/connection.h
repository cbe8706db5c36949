#pragma once

// Connection: one HTTP/1.1 connection of a server. It reads requests, has each answered by the
// handler, writes the answers in the order of the requests, and carries a stream until the client
// closes.
//
// 1. What a client may take is bounded: bytes of head, body and answers that it does not take,
//    requests that are read ahead, time for the handshake, between requests, for a head, for a
//    body, and for taking an answer or a piece of a stream.
// 2. Time that passes in the daemon's own work, or for want of memory for bodies, is not held
//    against a client whose bytes are there.
// 3. An answer that ends the connection is followed by reading on for a while: closing with bytes
//    unread would reset the connection, and the client might lose the answer.
// 4. A client is a stranger until the head of a request shows who it is, and again when a later one
//    does not. Strangers have less time.
// 5. A stream that was started is destroyed, and each Reply::on_written is called, whichever way
//    the connection ends.
// 6. A client that ends its side while the handler owes it an answer has hung up.
// 7. While a connection is idle it has no buffer.
//
// Everything happens in turn(), which runs when the socket or the server has something for it, and
// never within a call of the handler.
//
// It lives as long as an operation of its socket is under way (shared_from_this, as Asio's servers
// do), or its server knows it. Belongs to the thread that runs the io_context.

#include <boost/asio/steady_timer.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/unique_fd.h"
#include "http_server/answer_queue.h"
#include "http_server/client_stream.h"
#include "http_server/connection_context.h"
#include "http_server/outbox.h"
#include "http_server/request_reader.h"

namespace awps::http_server {

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  /// `context` outlives it.
  Connection(ConnectionContext& context, uint64_t number);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  uint64_t number() const { return number_; }

  /// Without `tls` there is none.
  void start(UniqueFd socket, const TlsContext* tls);
  /// Ends at once, or when the answers are out that are owed for whole requests.
  void finish();
  /// Ends when it is idle, or with the last answer that it owes. A request that has begun is read.
  void retire();
  void end();

  /// What a Responder does.
  void answer(uint64_t request, Reply reply);
  void leave_unanswered(uint64_t request);

  /// The budget's turn; and its refusal.
  void take_room();
  void refuse_for_want_of_room();

  bool is_stranger() const { return !is_known_; }
  /// Its last answer is out.
  bool is_closing() const { return state_ == State::kClosing; }
  /// How little is lost if it makes room for another: the first loses the least.
  enum class Idleness {
    kClosing,
    kSilent,  // it waits for a request of which no byte is here
  };
  /// And since when; none: it is at work.
  std::optional<std::pair<Idleness, Instant>> idleness() const;
  /// Since when a TLS handshake is under way; none: none is.
  std::optional<Instant> handshaking_since() const;
  /// kNever: it is at work, or may be.
  Instant idle_since() const { return idle_since_; }
  Instant began() const { return began_; }

 private:
  enum class State { kHandshaking, kOpen, kStreaming, kClosing, kEnded };

  void shake_hands();
  void turn();
  void turn_soon();

  // connection_requests.cc: from bytes to the handler
  void read_some();
  void take_input(std::string_view& input);
  bool must_wait_for_room(std::string_view input);
  bool on_event(RequestReader::Event event);
  bool on_head();
  bool on_request();
  bool refuse(int status, const std::string& message);
  void on_end_of_input();
  bool may_begin_request() const;
  bool may_read() const;
  bool is_idle() const;

  // connection_answers.cc: from the handler to the client
  void send_answers();
  void send(OwedAnswer owed);
  void invite_body();
  void write_out();
  void on_all_written();
  void tick();
  void close_gently();
  void tell_all_unwritten();

  void watch();
  void watch_to_read();
  void watch_to_write();
  void discard();
  void note_idleness(Instant now);
  void settle_timer();
  Instant deadline() const;
  void on_timer();
  Duration patience(Duration usual) const;

  ConnectionContext& context_;
  const uint64_t number_;
  ClientStream client_;
  State state_ = State::kOpen;
  const Instant began_;
  bool is_turn_posted_ = false;
  bool watches_read_ = false;
  bool watches_write_ = false;
  bool read_waits_for_write_ = false;  // TLS can ask for that

  // Requests.
  RequestReader reader_;
  std::string rest_;  // bytes that were read and not taken: at most one read's
  std::shared_ptr<BodyCharge> charge_;
  std::optional<Reply> refusal_;  // of the handler, for the request whose small body is read
  std::optional<Instant> waits_for_room_;  // of the budget, since then
  bool reads_no_more_ = false;             // no request after those that are owed an answer
  bool is_known_ = false;                  // by the head of the last request
  bool was_asked_ = false;                 // the handler knows of it

  // Answers.
  AnswerQueue answers_;
  Outbox outbox_;
  bool owes_invitation_ = false;  // "100 Continue"
  bool is_last_out_ = false;      // the answer that ends the connection is in the outbox
  bool is_finishing_ = false;
  bool is_retiring_ = false;
  std::unique_ptr<Stream> stream_;
  bool is_chunked_ = false;  // the stream
  size_t discard_limit_ = 0;

  // Time. kNever: it does not run.
  boost::asio::steady_timer timer_;
  Instant armed_for_ = kNever;
  Instant idle_since_ = kNever;
  Instant read_deadline_ = kNever;   // of a handshake, an idle client, a head or a body
  Instant write_deadline_ = kNever;  // of the first text in the outbox
  Instant tick_ = kNever;            // of a stream; or the end of a closing
};

}  // namespace awps::http_server
