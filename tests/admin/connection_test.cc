// Connections on real sockets: keep-alive, bounds, and clients that are slow, many or gone.

#include "admin/connection.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>

#include "tests/admin/server_harness.h"

namespace awps::admin {
namespace {

using std::chrono::milliseconds;

class Connections : public testing::TestWithParam<Door> {
 protected:
  std::vector<std::string> headers() const {
    if (GetParam() == Door::kTcp) return {kAuthorization};
    return {};
  }
  std::string get(const std::string& target) const {
    return request_text("GET " + target + " HTTP/1.1", headers());
  }
};

INSTANTIATE_TEST_SUITE_P(All, Connections, testing::Values(Door::kUnix, Door::kTcp),
                         [](const auto& test) {
                           return test.param == Door::kTcp ? "OverTcp" : "OverUnix";
                         });

TEST_P(Connections, CarryOneRequestAfterAnother) {
  TestServer server(GetParam());
  HttpClient client = server.client();
  for (int i = 0; i < 100; ++i) {
    ASSERT_EQ(client.ask(get("/livez")).body, "ok\n") << i;
    ASSERT_EQ(client.ask(get("/nothing")).status, 404) << i;
  }
  EXPECT_EQ(server.server.connections(), 1U);
}

TEST_P(Connections, AnswerPipelinedRequestsInOrder) {
  TestServer server(GetParam());
  HttpClient client = server.client();
  ASSERT_TRUE(client.write(get("/livez") + get("/nothing") + get("/readyz")));
  EXPECT_EQ(client.read().body, "ok\n");
  EXPECT_EQ(client.read().status, 404);
  EXPECT_EQ(client.read().body, "ready\n");
}

TEST_P(Connections, TakeARequestByteByByte) {
  TestServer server(GetParam());
  HttpClient client = server.client();
  for (const char c : get("/livez")) ASSERT_TRUE(client.write({&c, 1}));
  EXPECT_EQ(client.read().body, "ok\n");
}

TEST_P(Connections, EndAsTheClientWishes) {
  TestServer server(GetParam());
  for (const std::string line : {"GET /livez HTTP/1.0", "GET /livez HTTP/1.1"}) {
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
  std::vector<std::string> all = headers();
  all.emplace_back("Host: localhost");
  std::string text = "POST /pause HTTP/1.1\r\n";
  for (const std::string& header : all) text += header + "\r\n";
  text += "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
  ASSERT_TRUE(client.write(text + "5\r\n{\"hub\r\n8\r\n\":\"chat\"\r\n1\r\n}\r\n0\r\n\r\n"));
  EXPECT_EQ(client.read().status, 200);
  EXPECT_EQ(server.service.calls(), std::vector<std::string>{"pause chat"});
}

TEST_P(Connections, InviteABodyThatWaitsToBeInvited) {
  TestServer server(GetParam());
  HttpClient client = server.client();
  std::vector<std::string> all = headers();
  all.emplace_back("Content-Type: application/json");
  all.emplace_back("Expect: 100-continue");
  all.emplace_back("Content-Length: 2");
  ASSERT_TRUE(client.write(request_text("GET /x HTTP/1.1", all).replace(0, 6, "POST /pause")));
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
      {"GET /livez HTTP/1.1\r\n\r\n", 400},  // without Host
      {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400},
      {"GET /livez HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n", 400},
      {"GET /livez HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n"
       "Transfer-Encoding: chunked\r\n\r\n",
       400},
      {"GET /livez HTTP/1.1\r\nHost: localhost\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n",
       431},
      {"GET /" + std::string(20'000, 'x') + " HTTP/1.1\r\nHost: localhost\r\n\r\n", 431},
      {"POST /pause HTTP/1.1\r\nHost: localhost\r\nContent-Length: 65537\r\n\r\n", 413},
      {"POST /pause HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999999999\r\n\r\n",
       400},
  };
  TestServer server(GetParam());
  for (const WrongCase& one : cases) {
    HttpClient client = server.client();
    ASSERT_TRUE(client.write(one.text));
    const HttpAnswer answer = client.read();
    EXPECT_EQ(answer.status, one.status) << one.text.substr(0, 80) << answer.body;
    EXPECT_EQ(answer.error_code(), one.status == 400 ? "invalid_request" : "too_large");
    EXPECT_EQ(answer.header("connection"), "close");
    EXPECT_TRUE(client.reads_end());
  }
  EXPECT_TRUE(server.service.calls().empty());
}

TEST_P(Connections, RefuseABodyThatIsTooLargeAlthoughTheClientGoesOnSending) {
  TestServer server(GetParam());
  HttpClient client = server.client();
  const std::string body(1'000'000, ' ');
  ASSERT_TRUE(client.write(request_text("POST /pause HTTP/1.1",
                                        {kAuthorization, "Content-Type: application/json"}, body)));
  const HttpAnswer answer = client.read();
  EXPECT_EQ(answer.status, 413);
  EXPECT_NE(answer.error_message().find("65536"), std::string::npos);
}

TEST_P(Connections, RefuseAChunkedBodyThatBecomesTooLarge) {
  TestServer server(GetParam());
  HttpClient client = server.client();
  ASSERT_TRUE(
      client.write("POST /pause HTTP/1.1\r\nHost: localhost\r\n"
                   "Transfer-Encoding: chunked\r\n\r\n"));
  const std::string piece(8192, ' ');
  for (int i = 0; i < 9; ++i) (void)client.write(chunk_of(piece));  // refused before the last
  EXPECT_EQ(client.read().status, 413);
}

TEST_P(Connections, TakeABodyOfTheLargestSize) {
  TestServer server(GetParam());
  HttpClient client = server.client();
  std::vector<std::string> all = headers();
  all.emplace_back("Content-Type: application/json");
  const std::string body = "{}" + std::string(64UL * 1024 - 2, ' ');
  EXPECT_EQ(client.ask(request_text("POST /pause HTTP/1.1", all, body)).status, 200);
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
  ASSERT_TRUE(in_head.write("GET /livez HTTP"));
  HttpClient in_body = server.client();
  ASSERT_TRUE(
      in_body.write("POST /pause HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{"));
  EXPECT_TRUE(in_head.reads_end());
  EXPECT_TRUE(in_body.reads_end());
  EXPECT_TRUE(server.service.calls().empty());
}

TEST_P(Connections, ThatDoNotTakeTheirAnswerEnd) {
  TestServer server(GetParam(), {.write_time = milliseconds(100)});
  DeadLetterView letter{.number = 1, .hub = "chat", .action = std::string(7'000'000, 'x')};
  server.service.set_letters({letter});
  HttpClient client = server.client();
  ASSERT_TRUE(client.write(get("/dead-letters?hub=chat")));
  ASSERT_TRUE(server.service.wait_for_call("dead_letters chat 0"));
  // Another client is served meanwhile, and sees that the slow one is gone.
  HttpClient other = server.client();
  ASSERT_EQ(other.ask(get("/livez")).status, 200);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (server.server.connections() > 1 && std::chrono::steady_clock::now() < deadline) {
    ASSERT_EQ(other.ask(get("/livez")).status, 200);
  }
  EXPECT_EQ(server.server.connections(), 1U);
  const HttpAnswer cut = client.read();
  EXPECT_TRUE(cut.is_cut);
}

TEST_P(Connections, GetALargeAnswerWhole) {
  TestServer server(GetParam());
  DeadLetterView letter{.number = 1, .hub = "chat", .action = std::string(7'000'000, 'x')};
  server.service.set_letters({letter});
  HttpClient client = server.client();
  const HttpAnswer answer = client.ask(get("/dead-letters?hub=chat"));
  EXPECT_FALSE(answer.is_cut);
  EXPECT_GT(answer.body.size(), 7'000'000U);
  EXPECT_EQ(client.ask(get("/livez")).status, 200);
}

TEST_P(Connections, AreNotHeldToAccountForASlowService) {
  constexpr Duration kTime = std::chrono::seconds(2);  // much more than what comes before the hold
  TestServer server(GetParam(), {.idle_time = kTime, .request_time = kTime});
  HttpClient idle = server.client();
  ASSERT_EQ(idle.ask(get("/livez")).status, 200);
  HttpClient in_request = server.client();
  ASSERT_TRUE(in_request.write("GET /livez HTTP/1.1\r\n"));
  server.service.hold_status();
  HttpClient slow = server.client();
  ASSERT_TRUE(slow.write(get("/status")));
  ASSERT_TRUE(server.service.wait_for_status_calls(1));
  // While the thread is held up the others speak, and their time runs out.
  ASSERT_TRUE(idle.write(get("/livez")));
  ASSERT_TRUE(in_request.write("Host: localhost\r\n\r\n"));
  HttpClient late = server.client();
  ASSERT_TRUE(late.write(get("/livez")));
  ASSERT_FALSE(idle.has_unread(kTime + milliseconds(200)));
  server.service.release();
  EXPECT_EQ(slow.read().status, 200);
  EXPECT_EQ(idle.read().status, 200);
  EXPECT_EQ(in_request.read().status, 200);
  EXPECT_EQ(late.read().status, 200);
}

TEST_P(Connections, BeyondTheBoundTakeThePlaceOfTheOneThatIsIdleLongest) {
  TestServer server(GetParam());
  std::vector<HttpClient> clients;
  for (int i = 0; i < 64; ++i) {
    clients.push_back(server.client());
    ASSERT_EQ(clients.back().ask(get("/livez")).status, 200) << i;
  }
  ASSERT_EQ(clients[0].ask(get("/livez")).status, 200);  // so that the second is idle longest
  HttpClient another = server.client();
  EXPECT_EQ(another.ask(get("/livez")).status, 200);
  EXPECT_TRUE(clients[1].reads_end());
  EXPECT_EQ(server.server.connections(), 64U);
  EXPECT_EQ(clients[0].ask(get("/livez")).status, 200);
  EXPECT_EQ(clients[63].ask(get("/livez")).status, 200);
}

TEST_P(Connections, BeyondTheBoundTakeThePlaceOfOneThatIsClosingFirst) {
  TestServer server(GetParam(), {.max_connections = 2});
  HttpClient idle = server.client();
  ASSERT_EQ(idle.ask(get("/livez")).status, 200);
  HttpClient closing = server.client();
  ASSERT_EQ(closing.ask(request_text("GET /livez HTTP/1.0")).status, 200);
  ASSERT_TRUE(closing.reads_end());  // it could still send
  HttpClient another = server.client();
  EXPECT_EQ(another.ask(get("/livez")).status, 200);
  EXPECT_EQ(idle.ask(get("/livez")).status, 200);
}

TEST_P(Connections, BeyondTheBoundDoNotTakeThePlaceOfOneWhoseRequestIsHereUnread) {
  TestServer server(GetParam(), {.max_connections = 3});
  HttpClient asking = server.client();
  ASSERT_EQ(asking.ask(get("/livez")).status, 200);
  HttpClient idle = server.client();
  ASSERT_EQ(idle.ask(get("/livez")).status, 200);
  server.service.hold_status();
  HttpClient slow = server.client();
  ASSERT_TRUE(slow.write(get("/status")));
  ASSERT_TRUE(server.service.wait_for_status_calls(1));
  // While the thread is held up: it sees the new one first.
  HttpClient another = server.client();
  ASSERT_TRUE(asking.write(get("/livez")));
  server.service.release();
  EXPECT_EQ(asking.read().status, 200);
  EXPECT_EQ(slow.read().status, 200);
  EXPECT_TRUE(idle.reads_end());
  EXPECT_EQ(another.ask(get("/livez")).status, 200);
}

/// A connection whose head has been read, and whose body is missing.
HttpClient client_in_request(const TestServer& server, const std::vector<std::string>& headers) {
  HttpClient client = server.client();
  std::vector<std::string> all = headers;
  all.emplace_back("Content-Type: application/json");
  all.emplace_back("Expect: 100-continue");
  all.emplace_back("Content-Length: 2");
  EXPECT_EQ(client.ask(request_text("GET /x HTTP/1.1", all).replace(0, 6, "POST /pause")).status,
            100);
  return client;
}

TEST_P(Connections, BeyondTheBoundDoNotTakeThePlaceOfOneThatShowedTheToken) {
  TestServer server(GetParam(), {.max_connections = 1});
  HttpClient known = client_in_request(server, headers());
  HttpClient another = server.client();
  EXPECT_EQ(another.read().status, 503);
  EXPECT_EQ(known.ask("{}").status, 200);
}

TEST(ConnectionsOverTcp, BeyondTheBoundTakeThePlaceOfOneThatShowedNoToken) {
  for (const std::vector<std::string>& headers :
       {std::vector<std::string>{}, {"Authorization: Bearer 0123456789abcdef-tokem"}}) {
    TestServer server(Door::kTcp, {.max_connections = 2});
    HttpClient nameless = client_in_request(server, headers);
    HttpClient known = client_in_request(server, {kAuthorization});
    HttpClient another = server.client();
    EXPECT_EQ(another.get("/livez").status, 200);
    EXPECT_TRUE(nameless.reads_end());
    EXPECT_EQ(known.ask("{}").status, 200);
  }
}

TEST_P(Connections, AreRefusedWhereEachIsAtWork) {
  TestServer server(GetParam(), {.max_connections = 1});
  HttpClient tapping = server.client();
  ASSERT_TRUE(tapping.write(get("/tap")));
  ASSERT_EQ(tapping.read_head().status, 200);
  HttpClient another = server.client();
  const HttpAnswer answer = another.read();
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.error_code(), "unavailable");
}

TEST_P(Connections, OfTwoHundredClientsAtOnceAreAllAnswered) {
  TestServer server(GetParam(), {.max_connections = 256});
  std::vector<HttpClient> clients;
  for (int i = 0; i < 200; ++i) {
    clients.push_back(server.client());
    ASSERT_TRUE(clients.back().write(get("/metrics"))) << i;
  }
  for (HttpClient& client : clients) EXPECT_EQ(client.read().status, 200);
}

TEST_P(Connections, ComeAgainWhenThereAreDescriptorsAgain) {
  TestServer server(GetParam());
  HttpClient first = server.client();
  ASSERT_EQ(first.ask(get("/livez")).status, 200);
  rlimit usual{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &usual), 0);
  HttpClient waiting("unix:/nowhere");
  {
    // The next descriptor is the client's own; there is none for the server.
    HttpClient probe = server.client();
    ASSERT_EQ(probe.ask(get("/livez")).status, 200);
    probe.close();
  }
  while (server.server.connections() > 1) {
    ASSERT_EQ(first.ask(get("/livez")).status, 200);
  }
  const int next = ::dup(0);
  ::close(next);
  rlimit tight = usual;
  tight.rlim_cur = static_cast<rlim_t>(next) + 1;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &tight), 0);
  waiting = server.client();
  EXPECT_TRUE(waiting.write(get("/livez")));
  for (int i = 0; i < 20; ++i) EXPECT_EQ(first.ask(get("/livez")).status, 200);
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
    ASSERT_TRUE(gone_before_the_answer.write(get("/metrics")));
    gone_before_the_answer.close();
    HttpClient answered = server.client();
    ASSERT_EQ(answered.ask(get("/livez")).status, 200);
  }
}

}  // namespace
}  // namespace awps::admin
