#pragma once

// A client's WebSocket: upgrades, brings frames to the service, and writes what the service sends.
// 1. The queue of what is not yet written is bounded; a client too slow for it is dropped.
// 2. close() ends the connection after what was sent before it.
// Beast pings an idle client every 20 s and drops one that is silent for 40 s. Lives as long as its
// read is under way; everything on the loop's thread.

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <deque>
#include <memory>
#include <string>

#include "emulator/service.h"

namespace awps::emulator {

class WebSocketSession final : public ClientLink,
                               public std::enable_shared_from_this<WebSocketSession> {
 public:
  WebSocketSession(boost::asio::ip::tcp::socket socket, Service& service,
                   ClientAdmission admission);

  /// Answers the handshake whose head this is.
  void start(const RequestHead& head);

  void send(Frame frame) override;
  void close(CloseCode code) override;

 private:
  static constexpr size_t kMaxQueuedFrames = 1000;
  static constexpr size_t kMaxQueuedBytes = 16 * 1024 * 1024;

  void on_accepted(boost::system::error_code error);
  void read();
  void on_read(boost::system::error_code error);
  void write_next();
  void on_written(boost::system::error_code error);
  void begin_close();
  void drop();

  boost::beast::websocket::stream<boost::asio::ip::tcp::socket> stream_;
  Service& service_;
  ClientAdmission admission_;
  boost::beast::http::request<boost::beast::http::empty_body> handshake_;
  std::string connection_id_;
  boost::beast::flat_buffer in_;
  std::deque<Frame> queue_;
  size_t queued_bytes_ = 0;
  bool is_writing_ = false;
  bool is_dropped_ = false;
  std::optional<CloseCode> close_code_;
};

}  // namespace awps::emulator
