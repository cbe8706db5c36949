#include "socket/connection.h"

#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>

namespace awps {

bool Connection::open(UniqueFd socket) {
  boost::system::error_code error;
  socket_.assign(socket.get(), error);
  if (error) return false;
  (void)socket.release();  // the descriptor owns it
  return true;
}

void Connection::close() {
  boost::system::error_code error;
  socket_.close(error);  // closed in any case
}

bool Connection::has_unread_input() {
  int bytes = 0;
  return ::ioctl(socket_.native_handle(), FIONREAD, &bytes) == 0 && bytes > 0;
}

Connection::ReadResult Connection::read(std::span<char> buffer) {
  ssize_t count = -1;
  do {
    count = ::recv(socket_.native_handle(), buffer.data(), buffer.size(), MSG_DONTWAIT);
  } while (count < 0 && errno == EINTR);
  if (count > 0) return {Read::kBytes, static_cast<size_t>(count)};
  if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return {Read::kNothingYet, 0};
  return {Read::kEnd, 0};
}

void Connection::write_replies() {
  ReplyBuffer& replies = session.replies();
  if (replies.is_discarding()) {
    replies.discard_all();
    return;
  }
  while (!replies.unread().empty()) {
    const std::string_view text = replies.unread();
    const ssize_t count =
        ::send(socket_.native_handle(), text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count >= 0) {
      replies.consume(static_cast<size_t>(count));
      continue;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK) replies.discard_all();
    return;
  }
}

}  // namespace awps
