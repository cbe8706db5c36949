#include "http_server/client_stream.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

namespace awps::http_server {

namespace {

sa_family_t family_of(int socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  (void)::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);  // it is a socket
  return address.ss_family;
}

/// Of recv(2) or send(2).
Transfer outcome_of(ssize_t returned, Transfer::State wait) {
  if (returned > 0) return {.bytes = static_cast<size_t>(returned)};
  const bool is_temporary =
      returned < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
  return {.state = is_temporary ? wait : Transfer::State::kOver};
}

}  // namespace

bool ClientStream::open(UniqueFd socket, const TlsContext* tls) {
  const sa_family_t family = family_of(socket.get());
  over_tcp_ = family != AF_UNIX;
  const int on = 1;  // an answer is written at once; Nagle's algorithm would only hold back its end
  if (over_tcp_) (void)::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (!over_tcp_) {
    // Of a peer that the kernel does not name nothing is known: it has no right.
    Result<PeerCredentials> peer = peer_credentials(socket.get());
    if (peer) peer_ = std::make_shared<const PeerCredentials>(std::move(*peer));
  }
  if (over_tcp_ && tls != nullptr) tls_.emplace(*tls, socket.get());
  boost::system::error_code error;
  socket_.assign({family, 0}, socket.get(), error);
  if (error) return false;
  (void)socket.release();
  return true;
}

void ClientStream::close() {
  boost::system::error_code ignored;  // it is over, however
  socket_.close(ignored);
}

bool ClientStream::has_unread() const {
  boost::system::error_code error;
  return has_pending() || (socket_.available(error) > 0 && !error);
}

Transfer ClientStream::read(std::span<char> into) {
  if (tls_ && !is_finished_) return tls_->read(into);
  return outcome_of(::recv(socket_.native_handle(), into.data(), into.size(), MSG_DONTWAIT),
                    Transfer::State::kWaitsRead);
}

Transfer ClientStream::write(std::string_view text) {
  if (tls_) return tls_->write(text);
  return outcome_of(
      ::send(socket_.native_handle(), text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL),
      Transfer::State::kWaitsWrite);
}

void ClientStream::finish() {
  if (tls_) tls_->finish();
  is_finished_ = true;
  boost::system::error_code ignored;  // a client that is gone already shows it at the read
  socket_.shutdown(boost::asio::socket_base::shutdown_send, ignored);
}

}  // namespace awps::http_server
