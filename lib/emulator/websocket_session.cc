#include "emulator/websocket_session.h"

#include <boost/asio/post.hpp>
#include <boost/beast/websocket.hpp>

#include "emulator/message_body.h"

namespace awps::emulator {

namespace beast = boost::beast;
namespace websocket = boost::beast::websocket;
using boost::system::error_code;

namespace {

beast::string_view as_beast(std::string_view text) {
  return {text.data(), text.size()};
}

std::string_view protocol_text(Protocol protocol) {
  switch (protocol) {
    case Protocol::kSimple:
      return {};
    case Protocol::kJson:
      return kJsonProtocol;
    case Protocol::kReliableJson:
      break;
  }
  return kReliableJsonProtocol;
}

}  // namespace

WebSocketSession::WebSocketSession(boost::asio::ip::tcp::socket socket, Service& service,
                                   ClientAdmission admission)
    : stream_(std::move(socket)), service_(service), admission_(std::move(admission)) {}

void WebSocketSession::start(const RequestHead& head) {
  auto timeouts = websocket::stream_base::timeout::suggested(beast::role_type::server);
  timeouts.idle_timeout = std::chrono::seconds(40);
  timeouts.keep_alive_pings = true;
  stream_.set_option(timeouts);
  stream_.read_message_max(kMaxBodyBytes);
  const std::string protocol(protocol_text(admission_.protocol));
  stream_.set_option(
      websocket::stream_base::decorator([protocol](websocket::response_type& response) {
        response.set(beast::http::field::server, "awpsd-emulator");
        if (!protocol.empty()) response.set(beast::http::field::sec_websocket_protocol, protocol);
      }));
  handshake_.version(11);
  handshake_.method(beast::http::verb::get);
  handshake_.target("/");  // Beast answers without looking at it
  handshake_.set(beast::http::field::host, as_beast(head.host));
  handshake_.set(beast::http::field::upgrade, "websocket");
  handshake_.set(beast::http::field::connection, "upgrade");
  handshake_.set(beast::http::field::sec_websocket_key, as_beast(head.websocket_key));
  handshake_.set(beast::http::field::sec_websocket_version, as_beast(head.websocket_version));
  stream_.async_accept(handshake_,
                       [self = shared_from_this()](error_code error) { self->on_accepted(error); });
}

void WebSocketSession::on_accepted(error_code error) {
  if (error) return;
  auto id = service_.open(admission_, *this, current_time());
  if (id) {
    connection_id_ = std::move(*id);
  } else {
    close(CloseCode::kPolicy);
  }
  read();
}

void WebSocketSession::read() {
  stream_.async_read(
      in_, [self = shared_from_this()](error_code error, size_t) { self->on_read(error); });
}

void WebSocketSession::on_read(error_code error) {
  if (error) {
    is_dropped_ = true;
    if (connection_id_.empty()) return;
    // A client that says goodbye itself does not come back; a broken line may.
    const bool said_goodbye = error == websocket::error::closed && !close_code_;
    service_.closed({.hub = admission_.hub,
                     .connection_id = connection_id_,
                     .link = this,
                     .is_final = said_goodbye},
                    current_time().instant);
    return;
  }
  if (!connection_id_.empty() && !close_code_) {
    const auto bytes = in_.cdata();
    Frame frame = text_frame(std::string(static_cast<const char*>(bytes.data()), bytes.size()));
    frame.is_binary = stream_.got_binary();
    const auto code = service_.receive(admission_, connection_id_, std::move(frame));
    if (code) close(*code);
  }
  in_.consume(in_.size());
  read();
}

void WebSocketSession::send(Frame frame) {
  if (is_dropped_ || close_code_) return;
  queued_bytes_ += frame.size();
  queue_.push_back(std::move(frame));
  if (queue_.size() > kMaxQueuedFrames || queued_bytes_ > kMaxQueuedBytes) return drop();
  if (!is_writing_) write_next();
}

void WebSocketSession::close(CloseCode code) {
  if (close_code_ || is_dropped_) return;
  close_code_ = code;
  if (!is_writing_) begin_close();
}

void WebSocketSession::write_next() {
  const Frame& frame = queue_.front();
  is_writing_ = true;
  stream_.binary(frame.is_binary);
  stream_.async_write(
      boost::asio::buffer(*frame.payload),
      [self = shared_from_this()](error_code error, size_t) { self->on_written(error); });
}

void WebSocketSession::on_written(error_code error) {
  is_writing_ = false;
  if (error) return drop();
  queued_bytes_ -= queue_.front().size();
  queue_.pop_front();
  if (!queue_.empty() && !is_dropped_) return write_next();
  if (close_code_) begin_close();
}

void WebSocketSession::begin_close() {
  const auto code = static_cast<websocket::close_code>(*close_code_);
  stream_.async_close(websocket::close_reason(code), [self = shared_from_this()](error_code) {});
}

/// Ends the connection at once. The read under way fails and tells the service; not from here,
/// since a link must not call back into the hub that is just sending.
void WebSocketSession::drop() {
  if (is_dropped_) return;
  is_dropped_ = true;
  error_code ignored;
  stream_.next_layer().close(ignored);
}

}  // namespace awps::emulator
