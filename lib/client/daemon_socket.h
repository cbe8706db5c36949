#pragma once

// DaemonSocket: one connection to the daemon's Unix socket: non-blocking, whole lines in. The rim:
// it knows nothing of what the lines mean. It raises no SIGPIPE. One thread.

#include <sys/uio.h>

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/unique_fd.h"

namespace awps::client {

class DaemonSocket {
 public:
  /// No reply is longer; the daemon's own bound is far below.
  static constexpr size_t kMaxReplyBytes = size_t{1} << 20U;

  /// Why there is no connection; empty: there is one.
  std::string connect(const std::string& path);
  /// Ends the connection, also where a forked child has a copy of its descriptor.
  void close();
  bool is_open() const { return fd_.valid(); }
  int fd() const { return fd_.get(); }

  enum class End : uint8_t { kNone, kNow, kGone };
  /// What was written; `end` is kNow where the socket takes no more at present, kGone where it
  /// never will again: what is to be read then tells why.
  size_t write(std::span<const iovec> parts, End& end);
  /// Reads once. kNow: there was nothing. kGone: the connection has ended.
  End read();
  /// The next whole line that was read, without its '\n'; valid until the next call of read().
  std::optional<std::string_view> next_line();
  /// A line that is longer than any reply.
  bool has_overlong_line() const { return unread_.size() - begin_ > kMaxReplyBytes; }

 private:
  UniqueFd fd_;
  std::vector<char> buffer_;
  std::string unread_;
  size_t begin_ = 0;    // of unread_: where the next line begins
  size_t scanned_ = 0;  // of unread_: no '\n' between begin_ and here
};

}  // namespace awps::client
