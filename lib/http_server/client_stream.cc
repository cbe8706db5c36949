#include "http_server/client_stream.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <utility>

namespace awps::http_server {

namespace {

sa_family_t family_of(int socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  (void)::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);  // it is a socket
  return address.ss_family;
}

}  // namespace

bool ClientStream::open(UniqueFd socket) {
  const sa_family_t family = family_of(socket.get());
  over_tcp_ = family != AF_UNIX;
  const int on = 1;  // an answer is written at once; Nagle's algorithm would only hold back its end
  if (over_tcp_) (void)::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (!over_tcp_) {
    // Of a peer that the kernel does not name nothing is known: it has no right.
    Result<PeerCredentials> peer = peer_credentials(socket.get());
    if (peer) peer_ = std::make_shared<const PeerCredentials>(std::move(*peer));
  }
  ErrorCode error;
  socket_.assign({family, 0}, socket.get(), error);
  if (error) return false;
  (void)socket.release();
  return true;
}

void ClientStream::close() {
  ErrorCode ignored;  // it is over, however
  socket_.close(ignored);
}

bool ClientStream::has_unread() const {
  ErrorCode error;
  return socket_.available(error) > 0 && !error;
}

void ClientStream::end_sending() {
  ErrorCode ignored;  // a client that is gone already shows it at the read
  socket_.shutdown(boost::asio::socket_base::shutdown_send, ignored);
}

}  // namespace awps::http_server
