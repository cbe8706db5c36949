#pragma once

// TestServer: an AdminServer over a FakeService on a socket in a folder of its own, or on a free
// loopback port with a token. One thread, but for the server's own.

#include <string>

#include "admin/admin_server.h"
#include "base/check.h"
#include "tests/admin/fake_service.h"
#include "tests/support/http_client.h"
#include "tests/support/test_folder.h"

namespace awps::admin {

inline constexpr char kToken[] = "0123456789abcdef-token";
inline constexpr char kAuthorization[] = "Authorization: Bearer 0123456789abcdef-token";

enum class Door { kUnix, kTcp };

class TestServer {
 public:
  explicit TestServer(Door door = Door::kUnix, const http_server::Limits& limits = {})
      : server(options_of(door, limits), service) {
    const auto listens = server.listen();
    AWPS_CHECK(listens.ok());
    server.start();
  }

  HttpClient client() const { return HttpClient(server.addresses()[0]); }

  TestFolder folder;
  FakeService service;
  AdminServer server;

 private:
  AdminServer::Options options_of(Door door, const http_server::Limits& limits) const {
    AdminServer::Options options{.listen = {"unix:" + folder.file("admin.sock")}, .http = limits};
    if (door == Door::kTcp) {
      options.listen = {"127.0.0.1:0"};
      options.token_file = folder.write("token", std::string(kToken) + "\n");
    }
    return options;
  }
};

}  // namespace awps::admin
