#pragma once

// TokenServer: an HTTP server on loopback that answers requests for tokens, one after the other, on
// a thread of its own, and keeps what was asked.

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "base/mutex.h"

namespace awps {

class TokenServer {
 public:
  using Request = boost::beast::http::request<boost::beast::http::string_body>;
  using Response = boost::beast::http::response<boost::beast::http::string_body>;
  /// What to answer to the request of this number, from 0.
  using Handler = std::function<Response(const Request& request, size_t number)>;

  explicit TokenServer(Handler handler)
      : handler_(std::move(handler)),
        thread_([this](const std::stop_token& stop) { serve(stop); }) {}
  ~TokenServer() {
    thread_.request_stop();
    // A connection of our own ends accept().
    boost::asio::io_context context;
    boost::asio::ip::tcp::socket socket(context);
    boost::system::error_code ignored;
    socket.connect(endpoint_, ignored);
  }
  TokenServer(const TokenServer&) = delete;
  TokenServer& operator=(const TokenServer&) = delete;

  std::string url() const { return "http://127.0.0.1:" + std::to_string(endpoint_.port()); }
  std::vector<Request> requests() {
    const MutexLock lock(mutex_);
    return requests_;
  }

 private:
  void serve(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      boost::asio::ip::tcp::socket socket(context_);
      boost::system::error_code error;
      acceptor_.accept(socket, error);
      boost::beast::flat_buffer buffer;
      Request request;
      boost::beast::http::read(socket, buffer, request, error);
      if (error) continue;
      Response response = handler_(request, requests().size());
      response.keep_alive(false);
      response.prepare_payload();
      {
        const MutexLock lock(mutex_);
        requests_.push_back(std::move(request));
      }
      boost::beast::http::write(socket, response, error);
    }
  }

  const Handler handler_;
  Mutex mutex_;
  std::vector<Request> requests_ GUARDED_BY(mutex_);
  boost::asio::io_context context_;
  boost::asio::ip::tcp::acceptor acceptor_{context_,
                                           {boost::asio::ip::make_address("127.0.0.1"), 0}};
  const boost::asio::ip::tcp::endpoint endpoint_ = acceptor_.local_endpoint();
  std::jthread thread_;
};

inline TokenServer::Response token_answer(int status, std::string body) {
  TokenServer::Response response(static_cast<boost::beast::http::status>(status), 11);
  response.set("Content-Type", "application/json");
  response.body() = std::move(body);
  return response;
}

}  // namespace awps
