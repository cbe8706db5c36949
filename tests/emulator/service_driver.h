#pragma once

// Drives a Service without sockets: requests as text, clients as recorders of their frames.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/crypto.h"
#include "emulator/service.h"

namespace awps::emulator {

/// A client that keeps what it is sent.
class RecordingLink final : public ClientLink {
 public:
  void send(Frame frame) override {
    frames.push_back(*frame.payload);
    was_binary.push_back(frame.is_binary);
  }
  void close(CloseCode code) override { closed = code; }

  std::vector<std::string> frames;
  std::vector<bool> was_binary;
  std::optional<CloseCode> closed;
};

struct ClientSpec {
  Protocol protocol = Protocol::kJson;
  std::optional<std::string> user = {};
  std::vector<std::string> roles = {};
  std::vector<std::string> groups = {};
};

struct TestClient {
  std::unique_ptr<RecordingLink> link;
  ClientAdmission admission;
  std::string id;

  const std::string& last() const { return link->frames.back(); }
};

struct TestRequest {
  std::string method;
  std::string target;  // from "/api/…" on
  std::string content_type = {};
  std::string body = {};
  std::string headers = {};  // further lines, each with CRLF
  bool has_length = true;
  std::optional<std::string> token = {};  // in the place of a valid one
};

class ServiceDriver {
 public:
  static constexpr std::string_view kKey = "0123456789abcdef0123456789abcdef";
  static constexpr std::string_view kHost = "127.0.0.1:8090";
  static constexpr int64_t kNowSeconds = 1'800'000'000;
  static constexpr Duration kBegin = std::chrono::seconds(100);

  explicit ServiceDriver(ServiceOptions options = {});

  HttpResponse send(const TestRequest& request) { return handle(request).response; }
  Handled handle(const TestRequest& request);

  TestClient connect(const ClientSpec& spec, const std::string& hub = "chat");
  /// The client's frame, as its WebSocket would bring it.
  std::optional<CloseCode> receive(const TestClient& client, std::string text,
                                   bool is_binary = false);

  Now now() const {
    return {Instant(elapsed), WallTime(std::chrono::seconds(kNowSeconds)) + elapsed - kBegin};
  }

  static std::string token(std::string_view payload, std::string_view key = kKey);
  static std::string token_for(std::string_view path);

  Service service;
  Duration elapsed = kBegin;
};

}  // namespace awps::emulator
