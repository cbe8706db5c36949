// What a handler may answer, now or later, and when.

#include "http_server/handler.h"

#include <gtest/gtest.h>

#include <thread>

#include "tests/http_server/server_harness.h"

namespace awps::http_server {
namespace {

using std::chrono::milliseconds;

constexpr Limits kQuick{.stream_interval = milliseconds(5)};

std::string get(const std::string& path) {
  return request_text("GET " + path + " HTTP/1.1");
}

class Answers : public testing::TestWithParam<Door> {};
INSTANTIATE_TEST_SUITE_P(All, Answers, testing::Values(Door::kUnix, Door::kTcp, Door::kTls),
                         [](const auto& test) { return name_of(test.param); });

void answer_later(TestServer& server, const std::string& text) {
  server.server.post([&server, text] {
    for (Responder& responder : server.handler.take_later()) responder.send(text_reply(200, text));
  });
}

TEST_P(Answers, MayComeLater) {
  TestServer server(GetParam(), {.request_time = milliseconds(1)});  // which is over by then
  HttpClient waiting = server.client();
  ASSERT_TRUE(waiting.write(get("/later") + get("/ok")));
  ASSERT_TRUE(server.handler.wait_for("/later"));
  HttpClient other = server.client();
  EXPECT_EQ(other.get("/ok").status, 200) << "others are served meanwhile";
  answer_later(server, "at last");
  EXPECT_EQ(waiting.read().body, "at last\n");
  EXPECT_EQ(waiting.read().body, "ok\n") << "the next request of the connection";
}

TEST_P(Answers, ThatAreOwedKeepTheirConnection) {
  TestServer server(GetParam(), {.max_connections = 2});
  const auto known = [](const std::string& path) {
    return request_text("GET " + path + " HTTP/1.1", {kKnown});
  };
  HttpClient waiting = server.client();
  ASSERT_TRUE(waiting.write(known("/later")));
  ASSERT_TRUE(server.handler.wait_for("/later"));
  HttpClient idle = server.client();
  ASSERT_EQ(idle.ask(known("/ok")).status, 200);
  HttpClient another = server.client();
  EXPECT_EQ(another.ask(known("/ok")).status, 200);
  EXPECT_TRUE(idle.reads_end());
  answer_later(server, "at last");
  EXPECT_EQ(waiting.read().body, "at last\n");
}

TEST_P(Answers, ToNobodyAreNoHarm) {
  TestServer server(GetParam());
  HttpClient gone = server.client();
  ASSERT_TRUE(gone.write(get("/later")));
  ASSERT_TRUE(server.handler.wait_for("/later"));
  gone.close();
  answer_later(server, std::string(7'000'000, 'x'));
  HttpClient client = server.client();
  EXPECT_EQ(client.get("/ok").status, 200);
}

TEST_P(Answers, ThatWillNeverComeEndTheConnection) {
  TestServer server(GetParam());
  HttpClient client = server.client();
  ASSERT_TRUE(client.write(get("/dropped")));
  EXPECT_TRUE(client.reads_end());
}

TEST_P(Answers, MayBeGivenWhenTheServerHasStopped) {
  TestServer server(GetParam(), {.stop_time = milliseconds(20)});
  HttpClient waiting = server.client();
  ASSERT_TRUE(waiting.write(get("/later")));
  ASSERT_TRUE(server.handler.wait_for("/later"));
  server.server.stop();
  EXPECT_TRUE(waiting.reads_end());
  for (Responder& late : server.handler.take_later()) late.send(text_reply(200, "too late"));
}

TEST_P(Answers, ComeAtAStopWithinItsTime) {
  TestServer server(GetParam(), {.stop_time = std::chrono::minutes(10)});
  HttpClient waiting = server.client();
  ASSERT_TRUE(waiting.write(get("/later")));
  ASSERT_TRUE(server.handler.wait_for("/later"));
  // After the stop has begun: an idle one has seen it.
  HttpClient idle = server.client();
  ASSERT_EQ(idle.get("/ok").status, 200);
  const std::jthread stopping([&server] { server.server.stop(); });
  EXPECT_TRUE(idle.reads_end());
  answer_later(server, "at last");
  const HttpAnswer answer = waiting.read();
  EXPECT_EQ(answer.body, "at last\n");
  EXPECT_EQ(answer.header("connection"), "close");
  EXPECT_TRUE(waiting.reads_end());
}

TEST_P(Answers, MayEndTheConnection) {
  TestServer server(GetParam());
  HttpClient client = server.client();
  const HttpAnswer answer = client.ask(get("/end"));
  EXPECT_EQ(answer.body, "ok\n");
  EXPECT_EQ(answer.header("connection"), "close");
  EXPECT_TRUE(client.reads_end());
}

TEST_P(Answers, WithoutABodyHaveNoLength) {
  TestServer server(GetParam());
  HttpClient client = server.client();
  const HttpAnswer answer = client.ask(get("/empty"));
  EXPECT_EQ(answer.status, 204);
  EXPECT_FALSE(answer.headers.contains("content-length"));
  EXPECT_FALSE(answer.headers.contains("content-type"));
  EXPECT_EQ(client.get("/ok").status, 200);
}

TEST_P(Answers, MayBeStreamsUntilTheClientCloses) {
  TestServer server(GetParam(), kQuick);
  HttpClient client = server.client();
  ASSERT_TRUE(client.write(get("/stream")));
  EXPECT_EQ(client.read_head().header("transfer-encoding"), "chunked");
  server.handler.add_to_stream("one\ntwo\n");
  EXPECT_EQ(client.read_stream_line(), "one");
  EXPECT_EQ(client.read_stream_line(), "two");
  server.handler.add_to_stream("three\n");
  EXPECT_EQ(client.read_stream_line(), "three");
  client.close();
  EXPECT_TRUE(server.handler.wait_for_end_of_stream());
}

TEST_P(Answers, ThatAreStreamsEndOrderlyAtAStop) {
  TestServer server(GetParam(), kQuick);
  HttpClient client = server.client();
  ASSERT_TRUE(client.write(get("/stream")));
  ASSERT_EQ(client.read_head().status, 200);
  server.server.stop();
  EXPECT_EQ(client.read_stream_line(), "");
  EXPECT_TRUE(client.reads_end());
  EXPECT_TRUE(server.handler.wait_for_end_of_stream());
}

TEST_P(Answers, ThatAreStreamsEndOrderlyWhenTheyAreOver) {
  TestServer server(GetParam(), kQuick);
  HttpClient client = server.client();
  ASSERT_TRUE(client.write(get("/stream")));
  ASSERT_EQ(client.read_head().status, 200);
  server.handler.add_to_stream("one\n");
  EXPECT_EQ(client.read_stream_line(), "one");
  server.handler.end_stream();
  EXPECT_EQ(client.read_stream_line(), "");
  EXPECT_TRUE(client.reads_end());
  EXPECT_TRUE(server.handler.wait_for_end_of_stream());
}

TEST_P(Answers, ThatAreStreamsGiveNothingToHead) {
  TestServer server(GetParam(), kQuick);
  HttpClient client = server.client();
  ASSERT_TRUE(client.write(request_text("HEAD /stream HTTP/1.1")));
  EXPECT_EQ(client.read(true).status, 200);
  EXPECT_TRUE(server.handler.wait_for_end_of_stream());
  EXPECT_EQ(client.get("/ok").status, 200);
}

}  // namespace
}  // namespace awps::http_server
