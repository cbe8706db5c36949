#pragma once

// UnixClient: a producer's end of a Unix socket for tests. Every call waits for its condition with
// a deadline, and a test that meets the deadline fails with what was awaited.

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <chrono>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/unique_fd.h"

namespace awps {

inline constexpr std::chrono::seconds kTestDeadline{20};

class UnixClient {
 public:
  explicit UnixClient(const std::string& path)
      : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    AWPS_CHECK(path.size() < sizeof address.sun_path);
    std::memcpy(address.sun_path, path.data(), path.size());
    connected_ =
        ::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }

  bool is_connected() const { return connected_; }
  int fd() const { return fd_.get(); }

  /// Writes all; false if the other end is gone or the deadline was met.
  bool write(std::string_view text) {
    while (!text.empty()) {
      const size_t count = write_some(text);
      if (count == 0) return false;
      text.remove_prefix(count);
    }
    return true;
  }

  /// Writes until the socket has taken nothing for `patience`; returns how many bytes it took.
  size_t write_until_blocked(std::string_view text, std::chrono::milliseconds patience) {
    size_t written = 0;
    while (written < text.size() && is_ready(POLLOUT, patience)) {
      const ssize_t count = ::send(fd_.get(), text.data() + written, text.size() - written,
                                   MSG_NOSIGNAL | MSG_DONTWAIT);
      if (count <= 0) break;
      written += static_cast<size_t>(count);
    }
    return written;
  }

  void end_output() { ::shutdown(fd_.get(), SHUT_WR); }
  void close() { fd_.reset(); }

  /// The next line without '\n'; empty at the end, or when the deadline was met.
  std::string read_line() {
    for (;;) {
      const size_t end = read_.find('\n');
      if (end != std::string::npos) {
        std::string line = read_.substr(0, end);
        read_.erase(0, end + 1);
        return line;
      }
      if (!read_some()) return {};
    }
  }

  /// Everything up to the end; "…" is appended if the deadline was met before it.
  std::string read_all() {
    while (read_some()) {
    }
    if (!ended_) read_ += "…";
    return std::move(read_);
  }

 private:
  bool is_ready(short events, std::chrono::milliseconds patience) const {
    pollfd entry{fd_.get(), events, 0};
    return ::poll(&entry, 1, static_cast<int>(patience.count())) > 0;
  }
  size_t write_some(std::string_view text) {
    if (!is_ready(POLLOUT, kTestDeadline)) return 0;
    const ssize_t count = ::send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    return count > 0 ? static_cast<size_t>(count) : 0;
  }
  bool read_some() {
    char buffer[65536];
    if (ended_ || !is_ready(POLLIN, kTestDeadline)) return false;
    const ssize_t count = ::recv(fd_.get(), buffer, sizeof buffer, 0);
    if (count <= 0) {
      ended_ = true;
      return false;
    }
    read_.append(buffer, static_cast<size_t>(count));
    return true;
  }

  UniqueFd fd_;
  bool connected_ = false;
  bool ended_ = false;
  std::string read_;
};

}  // namespace awps
