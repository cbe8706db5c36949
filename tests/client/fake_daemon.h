#pragma once

// FakeDaemon: a daemon that the test itself plays, line by line: it listens on a Unix socket, and
// gives each connection as a Peer. Every call waits for its condition with a deadline; what a
// deadline ends is empty or false, and the test that expected more fails.

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/unique_fd.h"

namespace awps::client {

inline constexpr std::chrono::seconds kTestDeadline{20};
inline constexpr std::string_view kReady =
    R"({"status":"ready","protocol":1,"version":"0.1.0","hub":"chat","ack":"delivered"})"
    "\n";

class Peer {
 public:
  Peer() = default;
  explicit Peer(UniqueFd fd) : fd_(std::move(fd)) {}

  bool is_open() const { return fd_.valid(); }
  int fd() const { return fd_.get(); }
  void close() { fd_.reset(); }
  void end_input() { ::shutdown(fd_.get(), SHUT_RD); }

  /// Takes the hello and greets; the hello's line.
  std::string greet() {
    std::string hello = read_line();
    write(kReady);
    return hello;
  }

  bool write(std::string_view text) {
    while (!text.empty()) {
      if (!await(POLLOUT)) return false;
      const ssize_t count =
          ::send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (count <= 0) return false;
      text.remove_prefix(static_cast<size_t>(count));
    }
    return true;
  }

  /// The next line without its '\n'; empty at the end.
  std::string read_line() {
    size_t end = 0;
    while ((end = read_.find('\n')) == std::string::npos) {
      if (!read_some(65536)) return {};
    }
    std::string line = read_.substr(0, end);
    read_.erase(0, end + 1);
    return line;
  }

  /// At most that many bytes, at least one; empty at the end.
  std::string read_bytes(size_t most) {
    if (read_.empty() && !read_some(most)) return {};
    std::string bytes = read_.substr(0, most);
    read_.erase(0, bytes.size());
    return bytes;
  }

  /// Exactly that many bytes, or all up to the end.
  std::string read_exactly(size_t count) {
    while (read_.size() < count && read_some(count - read_.size())) {
    }
    return read_bytes(count);
  }

  /// Whether the other side ends the connection, after what it still says.
  bool await_end() {
    while (read_some(65536)) {
    }
    char byte = 0;
    return ::recv(fd_.get(), &byte, 1, MSG_DONTWAIT) == 0;
  }

  bool has_input(std::chrono::milliseconds patience) const {
    pollfd entry{fd_.get(), POLLIN, 0};
    return !read_.empty() || ::poll(&entry, 1, static_cast<int>(patience.count())) > 0;
  }

 private:
  bool read_some(size_t most) {
    char buffer[65536];
    if (!await(POLLIN)) return false;
    const ssize_t count = ::recv(fd_.get(), buffer, std::min(most, sizeof buffer), 0);
    if (count > 0) read_.append(buffer, static_cast<size_t>(count));
    return count > 0;
  }

  bool await(short events) const {
    pollfd entry{fd_.get(), events, 0};
    constexpr std::chrono::milliseconds kPatience = kTestDeadline;
    return ::poll(&entry, 1, static_cast<int>(kPatience.count())) > 0;
  }

  UniqueFd fd_;
  std::string read_;
};

class FakeDaemon {
 public:
  FakeDaemon() {
    char name[] = "/tmp/awps-client-XXXXXX";
    AWPS_CHECK(::mkdtemp(name) != nullptr);
    folder_ = name;
    listen();
  }
  ~FakeDaemon() {
    stop();
    ::rmdir(folder_.c_str());
  }
  FakeDaemon(const FakeDaemon&) = delete;
  FakeDaemon& operator=(const FakeDaemon&) = delete;

  std::string path() const { return folder_ + "/awpsd.sock"; }

  /// The path appears when it can be connected to: nobody finds a socket that does not listen yet.
  void listen() {
    const std::string unfinished = path() + ".new";
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, unfinished.data(), unfinished.size());
    listener_ = UniqueFd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const auto* raw = reinterpret_cast<const sockaddr*>(&address);
    AWPS_CHECK(::bind(listener_.get(), raw, sizeof address) == 0);
    AWPS_CHECK(::listen(listener_.get(), 8) == 0);
    AWPS_CHECK(::rename(unfinished.c_str(), path().c_str()) == 0);
  }
  /// Nobody can connect.
  void stop() {
    listener_.reset();
    ::unlink(path().c_str());
  }

  /// The next connection; a Peer that is not open if none came.
  Peer accept() {
    pollfd entry{listener_.get(), POLLIN, 0};
    constexpr std::chrono::milliseconds kPatience = kTestDeadline;
    if (::poll(&entry, 1, static_cast<int>(kPatience.count())) <= 0) return Peer();
    return Peer(UniqueFd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC)));
  }
  bool has_connection(std::chrono::milliseconds patience) const {
    pollfd entry{listener_.get(), POLLIN, 0};
    return ::poll(&entry, 1, static_cast<int>(patience.count())) > 0;
  }
  Peer accept_and_greet() {
    Peer peer = accept();
    peer.greet();
    return peer;
  }

 private:
  std::string folder_;
  UniqueFd listener_;
};

}  // namespace awps::client
