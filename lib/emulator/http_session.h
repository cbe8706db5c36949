#pragma once

// One TCP connection of an HTTP client: reads requests, has the service handle them one after
// another, and writes the answers; hands over to a WebSocketSession at an upgrade.
// 1. Pipelined requests are answered in order; their answers leave in as few writes as possible.
// 2. A delay holds up this connection only.
// Lives as long as an operation of its socket is under way (shared_from_this, as Asio's servers
// do); everything on the loop's thread. A request that finds its head and body in one read costs
// one read and one write.

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "emulator/http_head.h"
#include "emulator/service.h"

namespace awps::emulator {

class HttpSession : public std::enable_shared_from_this<HttpSession> {
 public:
  using Tcp = boost::asio::ip::tcp;

  HttpSession(Tcp::socket socket, Service& service);

  void start();

 private:
  enum class Step {
    kAgain,      // answered; look at the next request
    kNeedBytes,  // the request is not complete
    kSuspended,  // a timer, a stall or a WebSocket goes on from here
    kClose,      // answered; the connection ends
  };

  std::string_view unread() const { return {in_.data() + begin_, end_ - begin_}; }
  void consume(size_t bytes);
  void read();
  void on_read(boost::system::error_code error, size_t bytes);
  void process();
  Step step();
  Step step_body();
  Step refuse(HttpResponse response);
  Step run_request(std::string_view body);
  Step upgrade();
  Step finish(Handled handled);
  Step emit(const Handled& handled);
  void answer(const HttpResponse& response, bool keep_alive);
  void resume(Handled handled);
  bool flush_now();
  void flush_then(Step next);
  void continue_with(Step next);
  void close_gently();
  void discard_until_end(size_t limit);
  void reset();

  Tcp::socket socket_;
  Service& service_;
  boost::asio::steady_timer timer_;
  std::vector<char> in_;
  size_t begin_ = 0;
  size_t end_ = 0;
  std::string out_;
  RequestHead head_;
  std::optional<Fault> fault_;  // of the current request
  bool is_fault_decided_ = false;
  bool said_continue_ = false;
  bool closes_after_ = false;
};

}  // namespace awps::emulator
