#pragma once

// ClientStream: the bytes of one client, over a socket with TLS or without. What Asio and Beast
// take for an asynchronous stream, so that a connection does not care.
//
// Belongs to the thread that runs `io`. A handler is called after the operation, also after
// close(); who passes one keeps the stream alive until then.

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>

#include <memory>
#include <optional>
#include <utility>

#include "base/unique_fd.h"
#include "http_server/tls_context.h"
#include "net/peer_credentials.h"

namespace awps::http_server {

class ClientStream {
 public:
  using Socket = boost::asio::generic::stream_protocol::socket;
  using executor_type = Socket::executor_type;
  using ErrorCode = boost::system::error_code;

  /// Without `tls` the bytes go as they are.
  ClientStream(boost::asio::io_context& io, const TlsContext* tls) : socket_(io) {
    if (tls != nullptr) tls_.emplace(socket_, tls->of_stream());
  }
  ClientStream(const ClientStream&) = delete;
  ClientStream& operator=(const ClientStream&) = delete;

  /// False: there is no room to watch it.
  bool open(UniqueFd socket);
  void close();

  executor_type get_executor() { return socket_.get_executor(); }
  bool has_tls() const { return tls_.has_value(); }
  bool is_over_tcp() const { return over_tcp_; }
  /// Who connected to a Unix socket, as the kernel recorded it then.
  const std::shared_ptr<const PeerCredentials>& peer() const { return peer_; }
  /// Are there bytes from the client that were not read? With TLS they may be no data.
  bool has_unread() const;

  /// With TLS alone, and before anything else.
  template <typename Callback>
  void async_handshake(Callback&& callback) {
    tls_->async_handshake(boost::asio::ssl::stream_base::server, std::forward<Callback>(callback));
  }
  template <typename Buffers, typename Callback>
  void async_read_some(const Buffers& buffers, Callback&& callback) {
    if (tls_) return tls_->async_read_some(buffers, std::forward<Callback>(callback));
    socket_.async_read_some(buffers, std::forward<Callback>(callback));
  }
  template <typename Buffers, typename Callback>
  void async_write_some(const Buffers& buffers, Callback&& callback) {
    if (tls_) return tls_->async_write_some(buffers, std::forward<Callback>(callback));
    socket_.async_write_some(buffers, std::forward<Callback>(callback));
  }
  /// Waits until data has come. With TLS there is no telling without reading: then some of it is
  /// in `in`, which outlives the operation.
  template <typename Callback>
  void async_wait(boost::beast::flat_buffer& in, Callback callback) {
    if (!tls_) return socket_.async_wait(Socket::wait_read, std::move(callback));
    static constexpr size_t kPiece = 1024;
    tls_->async_read_some(in.prepare(kPiece), [&in, callback = std::move(callback)](
                                                  const ErrorCode& error, size_t bytes) mutable {
      in.commit(bytes);
      callback(error);
    });
  }
  /// Tells the client that nothing follows; the callback takes no argument.
  template <typename Callback>
  void async_finish(Callback callback) {
    if (!tls_) {
      end_sending();
      return callback();
    }
    tls_->async_shutdown(
        [this, callback = std::move(callback)](const ErrorCode& /*error*/) mutable {
          end_sending();
          callback();
        });
  }
  /// What comes from the socket, with TLS still encrypted: for bytes that nobody wants.
  Socket& raw() { return socket_; }

 private:
  void end_sending();

  Socket socket_;
  std::optional<boost::asio::ssl::stream<Socket&>> tls_;
  bool over_tcp_ = false;
  std::shared_ptr<const PeerCredentials> peer_;
};

}  // namespace awps::http_server
