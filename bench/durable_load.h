#pragma once

// Load: producers of lines of one length, all in the calling thread, so that little of what is
// measured is theirs. Against awpsd they ask for `accepted`; against a program that answers
// nothing, a line counts when it was read from the socket.

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/unique_fd.h"

namespace awps {

struct LoadOptions {
  std::string socket_path;
  std::string hello;  // empty: nothing is answered
  size_t line_bytes = 150;
  size_t producers = 8;
};

class Load {
 public:
  explicit Load(const LoadOptions& options);

  /// Seconds until `lines` more are accepted, as fast as they are taken.
  double flood(uint64_t lines);
  /// `per_second` lines a second for `seconds`; how long each took from when it was due, sorted.
  std::vector<Duration> pace(double per_second, double seconds);

 private:
  struct Due {
    uint64_t up_to = 0;  // of the connection's lines
    uint64_t lines = 0;
    Instant at{};
  };
  struct Connection {
    UniqueFd fd;
    uint64_t due = 0;       // lines
    uint64_t sent = 0;      // bytes of lines
    uint64_t accepted = 0;  // lines
    std::string unread{};
    std::deque<Due> waiting{};  // of pace()
  };

  void turn(int wait_ms);
  void write_some(Connection& connection) const;
  void read_some(Connection& connection) const;
  void look_what_is_read(Connection& connection) const;
  bool is_accepted() const;

  const bool has_answers_;
  const size_t line_bytes_;
  std::string block_;  // lines, sent again and again
  std::vector<Connection> connections_;
};

}  // namespace awps
