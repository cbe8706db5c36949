// A tap over real sockets: its lines, its ends, and that there is one.

#include <gtest/gtest.h>

#include "tests/admin/server_harness.h"

namespace awps::admin {
namespace {

using std::chrono::milliseconds;

constexpr http_server::Limits kQuick{.stream_interval = milliseconds(5)};

std::string tap(const std::string& query = {}) {
  return request_text("GET /tap" + query + " HTTP/1.1");
}

TapRecord record(const std::string& message) {
  return {.hub = "chat",
          .action = R"({"type":"sendToAll","data":"hi"})",
          .outcome = "delivered",
          .http_status = 202,
          .attempts = 1,
          .carried_by = "single",
          .message = message,
          .age = milliseconds(10)};
}

std::string line_of(const std::string& message) {
  return R"({"hub":"chat","action":{"type":"sendToAll","data":"hi"},"outcome":"delivered",)"
         R"("httpStatus":202,"attempts":1,"carriedBy":"single","message":")" +
         message + R"(","ageSeconds":0.01})";
}

TEST(Tap, IsALineForEachRecordUntilTheClientCloses) {
  TestServer server(Door::kUnix, kQuick);
  HttpClient client = server.client();
  ASSERT_TRUE(client.write(tap("?hub=chat&perSecond=7")));
  const HttpAnswer head = client.read_head();
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.header("content-type"), "application/x-ndjson");
  EXPECT_EQ(head.header("transfer-encoding"), "chunked");
  EXPECT_EQ(head.header("content-length"), "");
  EXPECT_EQ(server.service.calls(), std::vector<std::string>{"tap chat 7"});
  server.service.add_tapped({record("one"), record("two")}, 3);
  EXPECT_EQ(client.read_stream_line(), line_of("one"));
  EXPECT_EQ(client.read_stream_line(), line_of("two"));
  EXPECT_EQ(client.read_stream_line(), R"({"leftOut":3})");
  server.service.add_tapped({record("three")}, 0);
  EXPECT_EQ(client.read_stream_line(), line_of("three"));
  client.close();
  EXPECT_TRUE(server.service.wait_for_call("tap  0"));
}

TEST(Tap, IsOfAllHubsAndTenASecondByDefault) {
  TestServer server(Door::kUnix, kQuick);
  HttpClient client = server.client();
  ASSERT_TRUE(client.write(tap()));
  EXPECT_EQ(client.read_head().status, 200);
  EXPECT_EQ(server.service.calls(), std::vector<std::string>{"tap  10"});
}

TEST(Tap, IsOneAtATime) {
  TestServer server(Door::kUnix, kQuick);
  HttpClient first = server.client();
  ASSERT_TRUE(first.write(tap()));
  ASSERT_EQ(first.read_head().status, 200);
  HttpClient second = server.client();
  const HttpAnswer refused = second.ask(tap());
  EXPECT_EQ(refused.status, 409);
  EXPECT_EQ(refused.error_code(), "conflict");
  server.service.add_tapped({record("one")}, 0);
  EXPECT_EQ(first.read_stream_line(), line_of("one"));
  first.close();
  ASSERT_TRUE(server.service.wait_for_call("tap  0"));
  ASSERT_TRUE(second.write(tap()));  // the refused one can go on
  EXPECT_EQ(second.read_head().status, 200);
}

TEST(Tap, ThatTheServiceRefusesLeavesRoomForAnother) {
  TestServer server(Door::kUnix, kQuick);
  server.service.set_error({.http_status = 404, .code = "unknown_hub", .message = "no such hub"});
  HttpClient client = server.client();
  EXPECT_EQ(client.ask(tap("?hub=none")).error_code(), "unknown_hub");
  server.service.set_error({.http_status = 0, .code = {}, .message = {}});
  ASSERT_TRUE(client.write(tap()));
  EXPECT_EQ(client.read_head().status, 200);
}

TEST(Tap, EndsOrderlyWhenTheServerStops) {
  TestServer server(Door::kUnix, kQuick);
  HttpClient client = server.client();
  ASSERT_TRUE(client.write(tap()));
  ASSERT_EQ(client.read_head().status, 200);
  server.server.stop();
  EXPECT_EQ(client.read_stream_line(), "");
  EXPECT_TRUE(client.reads_end());
  EXPECT_TRUE(server.service.wait_for_call("tap  0"));
}

TEST(Tap, EndsForAClientThatDoesNotRead) {
  TestServer server(Door::kUnix,
                    {.write_time = milliseconds(50), .stream_interval = milliseconds(5)});
  HttpClient client = server.client();
  ASSERT_TRUE(client.write(tap()));
  ASSERT_EQ(client.read_head().status, 200);
  server.service.add_tapped({record(std::string(5'000'000, 'x'))}, 0);
  EXPECT_TRUE(server.service.wait_for_call("tap  0"));
}

TEST(Tap, DoesNotMindWhatTheClientStillSends) {
  TestServer server(Door::kUnix, kQuick);
  HttpClient client = server.client();
  ASSERT_TRUE(client.write(tap() + tap() + std::string(100'000, 'x')));
  ASSERT_EQ(client.read_head().status, 200);
  server.service.add_tapped({record("one")}, 0);
  EXPECT_EQ(client.read_stream_line(), line_of("one"));
}

TEST(Tap, OfHttp10IsNotChunked) {
  TestServer server(Door::kUnix, kQuick);
  HttpClient client = server.client();
  ASSERT_TRUE(client.write("GET /tap HTTP/1.0\r\n\r\n"));
  const HttpAnswer head = client.read_head();
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.header("transfer-encoding"), "");
  EXPECT_EQ(head.header("connection"), "close");
}

TEST(Tap, OfAHeadRequestStartsNone) {
  TestServer server(Door::kUnix, kQuick);
  HttpClient client = server.client();
  ASSERT_TRUE(client.write(request_text("HEAD /tap HTTP/1.1")));
  EXPECT_EQ(client.read(true).status, 200);
  EXPECT_TRUE(server.service.calls().empty());
  EXPECT_EQ(client.get("/livez").status, 200);
}

}  // namespace
}  // namespace awps::admin
