#pragma once

// Connection: one HTTP/1.1 connection of a server. It reads requests one after another, has each
// answered by the handler, and carries a stream until the client closes.
//
// 1. What a client may take is bounded: bytes of head and body, time for the handshake, between
//    requests, for a request, and for taking an answer or a piece of a stream.
// 2. Time that passes in the daemon's own work is not held against a client whose bytes are there.
// 3. An answer that ends the connection is followed by reading on for a while: closing with bytes
//    unread would reset the connection, and the client might lose the answer.
// 4. A client is a stranger until the head of a request shows who it is, and again when a later one
//    does not. Strangers have less time.
// 5. A stream that was started is destroyed, whichever way the connection ends.
//
// It lives as long as an operation of its socket is under way (shared_from_this, as Asio's servers
// do), or its server knows it. Belongs to the thread that runs `io`.

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "base/unique_fd.h"
#include "http_server/client_stream.h"
#include "http_server/handler.h"
#include "http_server/limits.h"

namespace awps::http_server {

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  /// `limits` and `handler` outlive it; without `tls` there is none.
  Connection(boost::asio::io_context& io, const Limits& limits, Handler& handler,
             const TlsContext* tls);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// What the server is told, in its thread.
  struct Events {
    /// The client has shown who it is. False: there is no room for another one that has.
    std::function<bool()> on_known;
    /// Once, when it is over.
    std::function<void()> on_end;
  };
  void start(UniqueFd socket, Events events);
  /// Ends when the answer that is under way is written.
  void finish();
  void end();

  /// What a Responder does.
  void answer(Reply reply);
  void leave_unanswered();

  bool is_stranger() const { return !is_known_; }
  /// Its answer is out.
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

 private:
  enum class State {
    kHandshaking,
    kWaiting,
    kReading,
    kHandling,
    kWriting,
    kStreaming,
    kClosing,
    kEnded
  };
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;
  using ErrorCode = boost::system::error_code;

  void shake_hands();
  void wait();
  void read_head();
  void on_head(const ErrorCode& error);
  bool meet(const Result<Request>& head);
  void read_body();
  void on_request(const ErrorCode& error);
  void on_bad_request(const ErrorCode& error);
  void write(const Reply& reply, WireOptions options);
  void on_written(const ErrorCode& error);

  void on_tick();
  void write_piece(std::string text);
  void discard(size_t limit);
  void discard_some();
  void on_discarded(const ErrorCode& error, size_t bytes);
  void close_gently();

  void enter(State state, Duration patience);
  Duration patience(Duration usual) const;
  void arm(Duration patience);
  void on_timer();

  const Limits& limits_;
  Handler& handler_;
  ClientStream client_;
  boost::asio::steady_timer timer_;
  Events events_;
  State state_ = State::kWaiting;
  Instant since_{};  // of the state
  bool is_finishing_ = false;
  bool is_known_ = false;  // by the head of the last request
  boost::beast::flat_buffer in_;
  std::optional<Parser> parser_;  // of the request that is being read
  std::string out_;
  bool keep_alive_ = true;
  bool to_head_ = false;     // the request that is being answered is a HEAD
  bool is_chunked_ = false;  // a stream in answer to it would be
  std::unique_ptr<Stream> stream_;
  bool is_piece_writing_ = false;
  Instant piece_began_{};
  bool is_discarding_ = false;
  size_t discard_limit_ = 0;
  std::array<char, 4096> discarded_{};
};

}  // namespace awps::http_server
