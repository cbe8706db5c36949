#include "client/daemon_socket.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <system_error>

namespace awps::client {

namespace {

constexpr size_t kReadBytes = size_t{64} << 10U;

std::string reason(int error) {
  return std::generic_category().message(error);
}

std::string remedy_of(int error) {
  switch (error) {
    case ENOENT:
    case ECONNREFUSED:
      return " (is awpsd running, and is this its socket.path?)";
    case EACCES:
      return " (let this user in: awpsd's socket.group and socket.mode)";
    case EAGAIN:
      return " (awpsd has many connections to accept)";
    default:
      return {};
  }
}

}  // namespace

std::string DaemonSocket::connect(const std::string& path) {
  close();
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return "the socket's path is too long";
  std::memcpy(address.sun_path, path.data(), path.size());
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return "make a socket: " + reason(errno);
  // A Unix socket connects at once or not at all: EAGAIN means that the daemon's backlog is full.
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    const int error = errno;
    return "connect to '" + path + "': " + reason(error) + remedy_of(error);
  }
  fd_ = std::move(fd);
  return {};
}

void DaemonSocket::close() {
  // A forked child may hold a copy, which would keep the connection open.
  if (fd_.valid()) ::shutdown(fd_.get(), SHUT_RDWR);
  fd_.reset();
  unread_.clear();
  begin_ = 0;
  scanned_ = 0;
}

size_t DaemonSocket::write(std::span<const iovec> parts, End& end) {
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(parts.data());  // sendmsg(2) only reads it
  message.msg_iovlen = parts.size();
  for (;;) {
    const ssize_t count = ::sendmsg(fd_.get(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0 && errno == EINTR) continue;
    end = End::kNone;
    if (count >= 0) return static_cast<size_t>(count);
    end = errno == EAGAIN || errno == ENOBUFS || errno == ENOMEM ? End::kNow : End::kGone;
    return 0;
  }
}

DaemonSocket::End DaemonSocket::read() {
  unread_.erase(0, begin_);
  scanned_ -= begin_;
  begin_ = 0;
  buffer_.resize(kReadBytes);
  for (;;) {
    const ssize_t count = ::recv(fd_.get(), buffer_.data(), buffer_.size(), MSG_DONTWAIT);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) return End::kNow;
    if (count <= 0) return End::kGone;
    unread_.append(buffer_.data(), static_cast<size_t>(count));
    return End::kNone;
  }
}

std::optional<std::string_view> DaemonSocket::next_line() {
  const size_t end = unread_.find('\n', scanned_);
  if (end == std::string::npos) {
    scanned_ = unread_.size();
    return std::nullopt;
  }
  const std::string_view line = std::string_view(unread_).substr(begin_, end - begin_);
  begin_ = scanned_ = end + 1;
  return line;
}

}  // namespace awps::client
