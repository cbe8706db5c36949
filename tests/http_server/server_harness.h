#pragma once

// TestServer: a Server over a TestHandler on a socket in a folder of its own, or on a free loopback
// port, there with TLS or without. One thread, but for the server's own.

#include <cstdlib>
#include <optional>
#include <string>

#include "base/check.h"
#include "http_server/server.h"
#include "tests/http_server/test_handler.h"
#include "tests/support/http_client.h"
#include "tests/support/test_folder.h"

namespace awps::http_server {

/// Makes NAME.pem and NAME.key, a certificate of its own that has a day left.
inline TlsContext::Options make_certificate(const TestFolder& folder,
                                            const std::string& name = "server") {
  TlsContext::Options files{.certificate_file = folder.file(name + ".pem"),
                            .key_file = folder.file(name + ".key")};
  const std::string command =
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=" +
      name + " -keyout " + files.key_file + " -out " + files.certificate_file + " 2>/dev/null";
  AWPS_CHECK(std::system(command.c_str()) == 0);
  return files;
}

enum class Door { kUnix, kTcp, kTls };

class TestServer {
 public:
  explicit TestServer(Door door = Door::kUnix, const Limits& limits = {})
      : door_(door), server(options_of(limits), handler) {
    const auto listens = server.listen();
    AWPS_CHECK(listens.ok());
    server.start();
  }

  HttpClient client() const {
    std::optional<ClientTls> tls;
    if (door_ == Door::kTls) tls.emplace();
    return HttpClient(to_text(server.addresses()[0]), tls);
  }
  /// One that does not speak TLS, whatever the server does.
  HttpClient plain_client() const { return HttpClient(to_text(server.addresses()[0])); }

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
  TestHandler handler;
  Server server;
};

inline std::string name_of(Door door) {
  if (door == Door::kUnix) return "OverUnix";
  return door == Door::kTcp ? "OverTcp" : "OverTls";
}

}  // namespace awps::http_server
