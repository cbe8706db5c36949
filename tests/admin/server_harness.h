#pragma once

// TestServer: an AdminServer over a FakeService on a socket in a folder of its own, or on a free
// loopback port with a token. One thread, but for the server's own.

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "admin/admin_server.h"
#include "base/check.h"
#include "tests/admin/fake_service.h"
#include "tests/admin/http_client.h"

namespace awps::admin {

inline constexpr char kToken[] = "0123456789abcdef-token";
inline constexpr char kAuthorization[] = "Authorization: Bearer 0123456789abcdef-token";

class TestFolder {
 public:
  TestFolder() {
    char name[] = "/tmp/awps-admin-XXXXXX";
    AWPS_CHECK(::mkdtemp(name) != nullptr);
    path_ = name;
  }
  ~TestFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  std::string file(const std::string& name) const { return path_ + "/" + name; }
  /// A file of its owner alone.
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(file(name)) << text;
    std::filesystem::permissions(file(name), std::filesystem::perms(0600));
    return file(name);
  }

 private:
  std::string path_;
};

enum class Door { kUnix, kTcp };

class TestServer {
 public:
  explicit TestServer(Door door = Door::kUnix, const HttpLimits& limits = {})
      : server(options_of(door, limits), service) {
    const auto listens = server.listen();
    AWPS_CHECK(listens.ok());
    server.start();
  }

  HttpClient client() const { return HttpClient(server.address()); }

  TestFolder folder;
  FakeService service;
  AdminServer server;

 private:
  AdminServer::Options options_of(Door door, const HttpLimits& limits) const {
    AdminServer::Options options{.listen = "unix:" + folder.file("admin.sock"), .http = limits};
    if (door == Door::kTcp) {
      options.listen = "127.0.0.1:0";
      options.token_file = folder.write("token", std::string(kToken) + "\n");
    }
    return options;
  }
};

}  // namespace awps::admin
