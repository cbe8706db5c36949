#pragma once

// ClientStream: the bytes of one client, over a socket with TLS or without. Nothing here waits: a
// transfer takes or brings what is there, and says what to wait for.
//
// Belongs to the thread that runs `io`. A callback is called after the wait, also after close();
// who passes one keeps the stream alive until then.

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>

#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "base/unique_fd.h"
#include "http_server/tls_context.h"
#include "http_server/tls_session.h"
#include "http_server/transfer.h"
#include "net/peer_credentials.h"

namespace awps::http_server {

class ClientStream {
 public:
  using Socket = boost::asio::generic::stream_protocol::socket;

  explicit ClientStream(boost::asio::io_context& io) : socket_(io) {}
  ClientStream(const ClientStream&) = delete;
  ClientStream& operator=(const ClientStream&) = delete;

  /// With `tls` over TCP there is TLS, else the bytes go as they are. The socket is non-blocking.
  /// False: there is no room to watch it.
  bool open(UniqueFd socket, const TlsContext* tls);
  void close();

  bool has_tls() const { return tls_.has_value(); }
  bool is_over_tcp() const { return over_tcp_; }
  /// Who connected to a Unix socket, as the kernel recorded it then.
  const std::shared_ptr<const PeerCredentials>& peer() const { return peer_; }
  /// Are there bytes from the client that were not read? With TLS they may be no data.
  bool has_unread() const;
  /// Bytes are here that a wait for the socket would not tell of.
  bool has_pending() const { return tls_ && tls_->has_pending(); }

  /// With TLS alone, and before anything else.
  Transfer shake_hands() { return tls_->shake_hands(); }
  Transfer read(std::span<char> into);
  Transfer write(std::string_view text);
  /// Tells the client that nothing follows. Reads bring afterwards what the socket has, with TLS
  /// still encrypted: for bytes that nobody wants.
  void finish();

  /// The callback takes nothing; at an error of the socket the next transfer tells.
  template <typename Callback>
  void wait_to_read(Callback callback) {
    socket_.async_wait(Socket::wait_read,
                       [callback = std::move(callback)](const auto& /*error*/) { callback(); });
  }
  template <typename Callback>
  void wait_to_write(Callback callback) {
    socket_.async_wait(Socket::wait_write,
                       [callback = std::move(callback)](const auto& /*error*/) { callback(); });
  }

 private:
  Socket socket_;
  std::optional<TlsSession> tls_;
  bool over_tcp_ = false;
  bool is_finished_ = false;
  std::shared_ptr<const PeerCredentials> peer_;
};

}  // namespace awps::http_server
