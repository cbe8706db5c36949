#include "http/reverse_proxy_transport.h"

#include <gtest/gtest.h>

#include <future>

#include "http/curl_transport.h"
#include "tests/http/scripted_server.h"

namespace awps {
namespace {

// Keeps the URLs of what was started.
class RecordingTransport final : public HttpTransport {
 public:
  explicit RecordingTransport(std::vector<std::string>& urls) : urls_(urls) {}
  void start(uint64_t, const HttpRequest& request) override { urls_.emplace_back(request.url); }
  void poll(Duration, std::vector<Completion>&) override {}
  void wake() override {}

 private:
  std::vector<std::string>& urls_;
};

std::string redirected(const std::string& service, const std::string& proxy,
                       const std::string& url) {
  std::vector<std::string> urls;
  ReverseProxyTransport transport(std::make_unique<RecordingTransport>(urls), service, proxy);
  transport.start(1, {.url = url});
  return urls.at(0);
}

TEST(ReverseProxyTransport, ReplacesSchemeHostAndPortAlone) {
  EXPECT_EQ(redirected("https://a.b", "http://127.0.0.1:81", "https://a.b/api/x?y=https://a.b"),
            "http://127.0.0.1:81/api/x?y=https://a.b");
  EXPECT_EQ(redirected("https://a.b:444/sub", "https://p", "https://a.b:444/sub/api/%2F"),
            "https://p/sub/api/%2F");
}

TEST(ReverseProxyTransport, SendsTheProxysHostAndTheTokenAsItIs) {
  std::promise<ReceivedRequest> received;
  ScriptedServer server([&](ServerConnection& connection) {
    received.set_value(connection.read_request().value_or(ReceivedRequest{}));
    connection.write(kAccepted);
  });
  SystemClock clock;
  ReverseProxyTransport transport(std::make_unique<CurlTransport>(clock, CurlOptions{}),
                                  "https://main.example", server.url(""));
  transport.start(7, {.url = "https://main.example/api/hubs/chat/:send?api-version=2024-12-01",
                      .content_type = "text/plain",
                      .body = "hi",
                      .bearer_token = "token"});
  std::vector<Completion> completions;
  const Instant end = clock.now() + std::chrono::seconds(20);
  while (completions.empty() && clock.now() < end) {
    transport.poll(std::chrono::seconds(1), completions);
  }
  ASSERT_EQ(completions.size(), 1U);
  EXPECT_EQ(completions[0].tag, 7U);
  EXPECT_EQ(completions[0].response.status, 202);
  const ReceivedRequest request = received.get_future().get();
  EXPECT_TRUE(request.head.starts_with("POST /api/hubs/chat/:send?api-version=2024-12-01 HTTP"))
      << request.head;
  EXPECT_NE(request.head.find("\r\nHost: 127.0.0.1:" + std::to_string(server.port()) + "\r\n"),
            std::string::npos)
      << request.head;
  EXPECT_NE(request.head.find("\r\nAuthorization: Bearer token\r\n"), std::string::npos)
      << request.head;
  EXPECT_EQ(request.body, "hi");
}

}  // namespace
}  // namespace awps
