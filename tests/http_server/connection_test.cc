// Connections on real sockets: keep-alive, bounds, and clients that are slow, many or gone.

#include "http_server/connection.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>

#include "tests/http_server/server_harness.h"

namespace awps::http_server {
namespace {

using std::chrono::milliseconds;

std::string get(const std::string& path) {
  return request_text("GET " + path + " HTTP/1.1", {kKnown});
}

std::string name_of_door(const testing::TestParamInfo<Door>& info) {
  return name_of(info.param);
}

/// Of a POST whose body waits to be invited.
std::string head_of_two_bytes(std::vector<std::string> headers) {
  headers.emplace_back("Expect: 100-continue");
  headers.emplace_back("Content-Length: 2");
  return request_text("GET /x HTTP/1.1", headers).replace(0, 6, "POST /note");
}

class Connections : public testing::TestWithParam<Door> {};
INSTANTIATE_TEST_SUITE_P(All, Connections, testing::Values(Door::kUnix, Door::kTcp, Door::kTls),
                         name_of_door);

/// Clients that say something while nobody listens, or hear something before they spoke, which no
/// client of TLS can.
class PlainConnections : public testing::TestWithParam<Door> {};
INSTANTIATE_TEST_SUITE_P(All, PlainConnections, testing::Values(Door::kUnix, Door::kTcp),
                         name_of_door);

TEST_P(Connections, CarryOneRequestAfterAnother) {
  TestServer server(GetParam());
  HttpClient client = server.client();
  for (int i = 0; i < 100; ++i) {
    ASSERT_EQ(client.ask(get("/ok")).body, "ok\n") << i;
    ASSERT_EQ(client.ask(get("/unknown")).status, 404) << i;
  }
  EXPECT_EQ(server.server.connections(), 1U);
}

TEST_P(Connections, AnswerPipelinedRequestsInOrder) {
  TestServer server(GetParam());
  HttpClient client = server.client();
  ASSERT_TRUE(client.write(get("/ok") + get("/unknown") + get("/ok")));
  EXPECT_EQ(client.read().body, "ok\n");
  EXPECT_EQ(client.read().status, 404);
  EXPECT_EQ(client.read().body, "ok\n");
}

TEST_P(Connections, TakeARequestByteByByte) {
  TestServer server(GetParam());
  HttpClient client = server.client();
  for (const char c : get("/ok")) ASSERT_TRUE(client.write({&c, 1}));
  EXPECT_EQ(client.read().body, "ok\n");
}

TEST_P(Connections, EndAsTheClientWishes) {
  TestServer server(GetParam());
  for (const std::string line : {"GET /ok HTTP/1.0", "GET /ok HTTP/1.1"}) {
    HttpClient client = server.client();
    ASSERT_TRUE(client.write(request_text(line, {"Connection: close"})));
    const HttpAnswer answer = client.read();
    EXPECT_EQ(answer.body, "ok\n");
    EXPECT_EQ(answer.header("connection"), "close");
    EXPECT_TRUE(client.reads_end());
  }
}

TEST_P(Connections, TakeAChunkedBody) {
  TestServer server(GetParam());
  HttpClient client = server.client();
  ASSERT_TRUE(
      client.write("POST /note HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
                   "5\r\n{\"hub\r\n8\r\n\":\"chat\"\r\n1\r\n}\r\n0\r\n\r\n"));
  EXPECT_EQ(client.read().status, 200);
  EXPECT_EQ(server.handler.notes(), std::vector<std::string>{R"({"hub":"chat"})"});
}

TEST_P(Connections, InviteABodyThatWaitsToBeInvited) {
  TestServer server(GetParam());
  HttpClient client = server.client();
  ASSERT_TRUE(client.write(head_of_two_bytes({})));
  EXPECT_EQ(client.read().status, 100);
  ASSERT_TRUE(client.write("{}"));
  EXPECT_EQ(client.read().status, 200);
}

struct WrongCase {
  std::string text;
  int status = 0;
};

TEST_P(Connections, AnswerWhatIsNoRequestAndEnd) {
  const WrongCase cases[] = {
      {"hello\r\n\r\n", 400},
      {"{\"type\":\"sendToAll\"}\n", 400},
      {"GET /ok HTTP/1.1\r\n\r\n", 400},  // without Host
      {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400},
      {"GET /ok HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n", 400},
      {"GET /ok HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n"
       "Transfer-Encoding: chunked\r\n\r\n",
       400},
      {"GET /ok HTTP/1.1\r\nHost: localhost\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n", 431},
      {"GET /" + std::string(20'000, 'x') + " HTTP/1.1\r\nHost: localhost\r\n\r\n", 431},
      {"POST /note HTTP/1.1\r\nHost: localhost\r\nContent-Length: 65537\r\n\r\n", 413},
      {"POST /note HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999999999\r\n\r\n",
       400},
  };
  TestServer server(GetParam());
  for (const WrongCase& one : cases) {
    HttpClient client = server.client();
    ASSERT_TRUE(client.write(one.text));
    const HttpAnswer answer = client.read();
    EXPECT_EQ(answer.status, one.status) << one.text.substr(0, 80) << answer.body;
    EXPECT_EQ(answer.header("connection"), "close");
    EXPECT_TRUE(client.reads_end());
  }
  EXPECT_TRUE(server.handler.notes().empty());
}

TEST_P(Connections, RefuseABodyThatIsTooLargeAlthoughTheClientGoesOnSending) {
  TestServer server(GetParam());
  HttpClient client = server.client();
  const std::string body(1'000'000, ' ');
  ASSERT_TRUE(client.write(request_text("POST /note HTTP/1.1", {}, body)));
  const HttpAnswer answer = client.read();
  EXPECT_EQ(answer.status, 413);
  EXPECT_NE(answer.body.find("65536"), std::string::npos);
}

TEST_P(Connections, RefuseAChunkedBodyThatBecomesTooLarge) {
  TestServer server(GetParam());
  HttpClient client = server.client();
  ASSERT_TRUE(
      client.write("POST /note HTTP/1.1\r\nHost: localhost\r\n"
                   "Transfer-Encoding: chunked\r\n\r\n"));
  const std::string piece(8192, ' ');
  for (int i = 0; i < 9; ++i) (void)client.write(chunk_of(piece));  // refused before the last
  EXPECT_EQ(client.read().status, 413);
}

TEST_P(Connections, TakeABodyOfTheLargestSize) {
  TestServer server(GetParam());
  HttpClient client = server.client();
  const std::string body(64UL * 1024, 'x');
  EXPECT_EQ(client.ask(request_text("POST /note HTTP/1.1", {}, body)).status, 200);
  EXPECT_EQ(server.handler.notes(), std::vector<std::string>{body});
}

TEST_P(Connections, ThatSayNothingEnd) {
  TestServer server(GetParam(), {.idle_time = milliseconds(50)});
  HttpClient client = server.client();
  ASSERT_TRUE(client.is_connected());
  EXPECT_TRUE(client.reads_end());
}

TEST_P(Connections, ThatStopInARequestEnd) {
  TestServer server(GetParam(), {.request_time = milliseconds(50)});
  HttpClient in_head = server.client();
  ASSERT_TRUE(in_head.write("GET /ok HTTP"));
  HttpClient in_body = server.client();
  ASSERT_TRUE(
      in_body.write("POST /note HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{"));
  EXPECT_TRUE(in_head.reads_end());
  EXPECT_TRUE(in_body.reads_end());
  EXPECT_TRUE(server.handler.notes().empty());
}

TEST_P(Connections, ThatDoNotTakeTheirAnswerEnd) {
  TestServer server(GetParam(), {.write_time = milliseconds(100)});
  HttpClient client = server.client();
  ASSERT_TRUE(client.write(get("/large")));
  ASSERT_TRUE(server.handler.wait_for("/large"));
  // Another client is served meanwhile, and sees that the slow one is gone.
  HttpClient other = server.client();
  ASSERT_EQ(other.ask(get("/ok")).status, 200);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (server.server.connections() > 1 && std::chrono::steady_clock::now() < deadline) {
    ASSERT_EQ(other.ask(get("/ok")).status, 200);
  }
  EXPECT_EQ(server.server.connections(), 1U);
  const HttpAnswer cut = client.read();
  EXPECT_TRUE(cut.is_cut);
}

TEST_P(Connections, GetALargeAnswerWhole) {
  TestServer server(GetParam());
  HttpClient client = server.client();
  const HttpAnswer answer = client.ask(get("/large"));
  EXPECT_FALSE(answer.is_cut);
  EXPECT_GT(answer.body.size(), 7'000'000U);
  EXPECT_EQ(client.ask(get("/ok")).status, 200);
}

TEST_P(PlainConnections, AreNotHeldToAccountForASlowService) {
  constexpr Duration kTime = std::chrono::seconds(2);  // much more than what comes before the hold
  TestServer server(GetParam(), {.idle_time = kTime, .request_time = kTime});
  HttpClient idle = server.client();
  ASSERT_EQ(idle.ask(get("/ok")).status, 200);
  HttpClient in_request = server.client();
  ASSERT_TRUE(in_request.write("GET /ok HTTP/1.1\r\n"));
  HttpClient slow = server.client();
  ASSERT_TRUE(slow.write(get("/slow")));
  ASSERT_TRUE(server.handler.wait_for("/slow"));
  // While the thread is held up the others speak, and their time runs out.
  ASSERT_TRUE(idle.write(get("/ok")));
  ASSERT_TRUE(in_request.write("Host: localhost\r\n\r\n"));
  HttpClient late = server.client();
  ASSERT_TRUE(late.write(get("/ok")));
  ASSERT_FALSE(idle.has_unread(kTime + milliseconds(200)));
  server.handler.release();
  EXPECT_EQ(slow.read().status, 200);
  EXPECT_EQ(idle.read().status, 200);
  EXPECT_EQ(in_request.read().status, 200);
  EXPECT_EQ(late.read().status, 200);
}

TEST_P(Connections, OfTwoHundredClientsAtOnceAreAllAnswered) {
  TestServer server(GetParam(), {.max_connections = 256});
  std::vector<HttpClient> clients;
  for (int i = 0; i < 200; ++i) {
    clients.push_back(server.client());
    ASSERT_TRUE(clients.back().write(get("/ok"))) << i;
  }
  for (HttpClient& client : clients) EXPECT_EQ(client.read().status, 200);
}

TEST_P(PlainConnections, ComeAgainWhenThereAreDescriptorsAgain) {
  TestServer server(GetParam());
  HttpClient first = server.client();
  ASSERT_EQ(first.ask(get("/ok")).status, 200);
  rlimit usual{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &usual), 0);
  HttpClient waiting("unix:/nowhere");
  {
    // The next descriptor is the client's own; there is none for the server.
    HttpClient probe = server.client();
    ASSERT_EQ(probe.ask(get("/ok")).status, 200);
    probe.close();
  }
  while (server.server.connections() > 1) {
    ASSERT_EQ(first.ask(get("/ok")).status, 200);
  }
  const int next = ::dup(0);
  ::close(next);
  rlimit tight = usual;
  tight.rlim_cur = static_cast<rlim_t>(next) + 1;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &tight), 0);
  waiting = server.client();
  EXPECT_TRUE(waiting.write(get("/ok")));
  for (int i = 0; i < 20; ++i) EXPECT_EQ(first.ask(get("/ok")).status, 200);
  EXPECT_FALSE(waiting.has_unread());
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &usual), 0);
  EXPECT_EQ(waiting.read().status, 200);
}

TEST_P(Connections, AreManyAndShort) {
  TestServer server(GetParam());
  for (int i = 0; i < 100; ++i) {
    HttpClient gone_at_once = server.client();
    gone_at_once.close();
    HttpClient gone_before_the_answer = server.client();
    ASSERT_TRUE(gone_before_the_answer.write(get("/ok")));
    gone_before_the_answer.close();
    HttpClient answered = server.client();
    ASSERT_EQ(answered.ask(get("/ok")).status, 200);
  }
}

}  // namespace
}  // namespace awps::http_server
