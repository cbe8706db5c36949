#pragma once

// GateServer: a Server over a GateHandler on a socket in a folder of its own, or on a free loopback
// port, there with TLS or without; and requests of clients that it knows. One thread, but for the
// server's own.

#include <optional>
#include <string>

#include "tests/http_server/gate_handler.h"
#include "tests/http_server/server_harness.h"

namespace awps::http_server {

class GateServer {
 public:
  explicit GateServer(Door door = Door::kUnix, const Limits& limits = {.max_pipelined = 32})
      : door_(door), server(options_of(limits), handler) {
    AWPS_CHECK(server.listen().ok());
    server.start();
  }

  HttpClient client() const {
    std::optional<ClientTls> tls;
    if (door_ == Door::kTls) tls.emplace();
    return HttpClient(to_text(server.addresses()[0]), tls);
  }
  void answer(const std::string& target, const std::string& text) {
    handler.answer(server, target, text);
  }

 private:
  Server::Options options_of(const Limits& limits) const {
    Server::Options options{
        .addresses = {{.host = "127.0.0.1"}}, .thread_name = "test", .loop = {.limits = limits}};
    if (door_ == Door::kUnix) options.addresses = {{.unix_path = folder.file("socket")}};
    if (door_ == Door::kTls) options.loop.tls = *TlsContext::load(make_certificate(folder));
    return options;
  }

  Door door_;

 public:
  TestFolder folder;
  GateHandler handler;
  Server server;
};

inline std::string get(const std::string& target) {
  return request_text("GET " + target + " HTTP/1.1", {kKnown});
}
inline std::string post(const std::string& target, const std::string& body) {
  return request_text("POST " + target + " HTTP/1.1", {kKnown}, body);
}
/// Its body is announced, and does not come.
inline std::string head_of(const std::string& target, size_t body_bytes) {
  return "POST " + target + " HTTP/1.1\r\nHost: h\r\n" + kKnown +
         "\r\nContent-Length: " + std::to_string(body_bytes) + "\r\n\r\n";
}

}  // namespace awps::http_server
