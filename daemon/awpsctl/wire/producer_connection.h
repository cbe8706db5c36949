#pragma once

// ProducerConnection: one connection to the producers' socket, which reads replies while it writes
// (PROTOCOL.md §7).
//
// 1. append() only buffers; turn() writes and reads what is possible, and never waits.
// 2. A daemon that reads no further is not a mistake here: what it says is read to the end.
//
// One thread.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/unique_fd.h"
#include "daemon/awpsctl/failure.h"
#include "daemon/awpsctl/wire/reply.h"

namespace awps {

class ProducerConnection {
 public:
  using OnReply = std::function<void(const Reply&)>;

  explicit ProducerConnection(UniqueFd socket) : socket_(std::move(socket)) {}

  /// Connects, says hello, and waits for `ready`, which is the answer, until the deadline and no
  /// longer than ten seconds.
  static Result<std::unique_ptr<ProducerConnection>, Failure> open(
      const std::string& path, const std::string& hub, std::string_view ack,
      std::optional<Instant> deadline = std::nullopt);

  const Reply& ready() const { return ready_; }

  /// `line` without its '\n'.
  void append(std::string_view line);
  size_t unsent() const { return unsent_.size() - sent_; }
  /// No more lines: once all is sent the daemon sees the end.
  void close_input();
  void turn(const OnReply& on_reply);

  int fd() const { return socket_.get(); }
  /// What to poll for.
  short events() const;
  /// The daemon has closed the connection.
  bool ended() const { return ended_; }
  /// It takes no further line.
  bool is_refusing() const { return is_refusing_; }

 private:
  void write_some();
  void read_some(const OnReply& on_reply);
  Result<void, Failure> wait_ready(const std::string& path, std::optional<Instant> deadline);

  UniqueFd socket_;
  std::string unsent_;
  size_t sent_ = 0;  // of unsent_
  std::string unread_;
  Reply ready_;
  bool closing_ = false;
  bool closed_ = false;
  bool ended_ = false;
  bool is_refusing_ = false;
};

/// Of a refusal of the connection itself, or of an action.
ExitCode exit_code_of_refusal(std::string_view code);

}  // namespace awps
