// What CurlTransport makes of servers and networks that misbehave. A request is sent once at most,
// and what may have arrived is never called unsent.

#include <gtest/gtest.h>

#include <latch>

#include "http/curl_transport.h"
#include "tests/http/scripted_server.h"

namespace awps {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds kPatience{20};

HttpRequest post(std::string_view url, std::string_view body = "hello") {
  return {.method = HttpMethod::kPost,
          .url = url,
          .content_type = "text/plain",
          .body = body,
          .bearer_token = "token",
          .timeout = kPatience};
}

class BrokenConnectionTest : public testing::Test {
 protected:
  HttpResponse send(CurlTransport& transport, const HttpRequest& request) {
    transport.start(1, request);
    std::vector<Completion> completions;
    const Instant end = clock_.now() + kPatience;
    while (completions.empty() && clock_.now() < end) transport.poll(seconds(1), completions);
    EXPECT_EQ(completions.size(), 1U);
    completions.resize(1);
    return completions.front().response;
  }

  HttpResponse send(const HttpRequest& request) {
    CurlTransport transport(clock_, options_);
    return send(transport, request);
  }

  SystemClock clock_;
  CurlOptions options_;
};

struct AnswerCase {
  const char* name;
  std::string answer;
  bool reset;  // at the end of the answer, instead of an orderly close
  int status;
  TransportError error;
  std::string body;
};

class AnswerTest : public BrokenConnectionTest, public testing::WithParamInterface<AnswerCase> {};

TEST_P(AnswerTest, IsReadAsFarAsItGoes) {
  const AnswerCase& row = GetParam();
  ScriptedServer server([&](ServerConnection& connection) {
    (void)connection.read_request();
    connection.write(row.answer);
    row.reset ? connection.reset() : connection.close();
  });
  const HttpResponse response = send(post(server.url("/")));
  EXPECT_EQ(response.status, row.status) << response.error_text;
  EXPECT_EQ(name_of(response.error), name_of(row.error)) << response.error_text;
  EXPECT_EQ(response.body, row.body);
  EXPECT_EQ(response.error_text.empty(), row.error == TransportError::kNone);
  EXPECT_EQ(server.requests(), 1);
}

constexpr TransportError kNone = TransportError::kNone;
constexpr TransportError kBroken = TransportError::kBroken;

INSTANTIATE_TEST_SUITE_P(
    Answers, AnswerTest,
    testing::Values(
        AnswerCase{"Whole", "HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\nok", false, 202,
                   kNone, "ok"},
        AnswerCase{"UntilClose", "HTTP/1.1 500 Oh\r\n\r\nall of it", false, 500, kNone,
                   "all of it"},
        AnswerCase{"OldProtocol", "HTTP/1.0 202 Accepted\r\nContent-Length: 0\r\n\r\n", false, 202,
                   kNone, ""},
        AnswerCase{"Chunked",
                   "HTTP/1.1 400 Bad\r\nTransfer-Encoding: "
                   "chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
                   false, 400, kNone, "abcde"},
        AnswerCase{"BrokenChunk",
                   "HTTP/1.1 400 Bad\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n",
                   false, 400, kBroken, "abc"},
        AnswerCase{"AfterInterim",
                   "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nA: b\r\n\r\n"
                   "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n",
                   false, 202, kNone, ""},
        AnswerCase{"InterimOnly", "HTTP/1.1 100 Continue\r\n\r\n", false, 0, kBroken, ""},
        AnswerCase{"Nothing", "", false, 0, kBroken, ""},
        AnswerCase{"NothingButReset", "", true, 0, kBroken, ""},
        AnswerCase{"CutInStatusLine", "HTTP/1.1 2", false, 0, kBroken, ""},
        AnswerCase{"CutInBody", "HTTP/1.1 202 Accepted\r\nContent-Length: 9\r\n\r\nabc", false, 202,
                   kBroken, "abc"},
        AnswerCase{"Garbage", "SSH-2.0-OpenSSH_9.2\r\n", false, 0, kBroken, ""},
        AnswerCase{"NoNumber", "HTTP/1.1 abc Bad\r\n\r\n", false, 0, kBroken, ""}),
    [](const auto& row) { return row.param.name; });

TEST_F(BrokenConnectionTest, NeverSendsAPostTwiceWhenAReusedConnectionDies) {
  ScriptedServer server([](ServerConnection& connection) {
    (void)connection.read_request();
    connection.write(kAccepted);
    if (connection.number() == 1) {
      (void)connection.read_request();
      connection.reset();
    }
  });
  CurlTransport transport(clock_, options_);
  const std::string url = server.url("/");
  EXPECT_EQ(send(transport, post(url)).status, 202);
  const HttpResponse response = send(transport, post(url));
  EXPECT_EQ(response.status, 0);
  EXPECT_EQ(name_of(response.error), name_of(kBroken));
  EXPECT_EQ(response.error_text, "a reused connection died before the answer");
  EXPECT_EQ(server.requests(), 2) << "the second request was sent again";
}

TEST_F(BrokenConnectionTest, GoesOnAfterARefusedSecondSending) {
  ScriptedServer server([](ServerConnection& connection) {
    (void)connection.read_request();
    connection.write(kAccepted);
    (void)connection.read_request();
    connection.reset();
  });
  CurlTransport transport(clock_, options_);
  const std::string url = server.url("/");
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(send(transport, post(url)).status, 202) << round;
    EXPECT_EQ(send(transport, post(url)).status, 0) << round;
  }
  EXPECT_EQ(server.requests(), 6);
}

TEST_F(BrokenConnectionTest, OpensAnotherConnectionWhereAnIdleOneWasClosed) {
  std::latch closed(1);
  ScriptedServer server([&](ServerConnection& connection) {
    (void)connection.read_request();
    connection.write(kAccepted);
    if (connection.number() > 1) return;
    connection.close();
    closed.count_down();
  });
  CurlTransport transport(clock_, options_);
  const std::string url = server.url("/");
  EXPECT_EQ(send(transport, post(url)).status, 202);
  closed.wait();
  EXPECT_EQ(send(transport, post(url)).status, 202);
  EXPECT_EQ(server.connections(), 2);
  EXPECT_EQ(server.requests(), 2);
}

TEST_F(BrokenConnectionTest, TakesAnAnswerThatComesBeforeTheBodyWasRead) {
  ScriptedServer server([](ServerConnection& connection) {
    (void)connection.read_head();
    connection.write("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    connection.wait_until_peer_closes();
  });
  const std::string body(8UL << 20, 'x');
  const HttpResponse response = send(post(server.url("/"), body));
  EXPECT_EQ(response.status, 413);
}

TEST_F(BrokenConnectionTest, CallsNothingUnsentThatMayHaveArrived) {
  ScriptedServer server([](ServerConnection& connection) { connection.reset(); });
  const HttpResponse response = send(post(server.url("/")));
  EXPECT_EQ(response.status, 0);
  // The reset races with our connecting and writing; each is true where it is said.
  const bool is_true = response.error == kBroken || response.error == TransportError::kNotSent ||
                       response.error == TransportError::kConnect;
  EXPECT_TRUE(is_true) << name_of(response.error);
}

TEST_F(BrokenConnectionTest, CallsARefusedConnectionUnmade) {
  const std::string url = "http://127.0.0.1:" + std::to_string(unused_port()) + "/";
  const HttpResponse response = send(post(url));
  EXPECT_EQ(response.status, 0);
  EXPECT_EQ(name_of(response.error), "connect");
  EXPECT_NE(response.error_text, "");
}

TEST_F(BrokenConnectionTest, CallsAFailedHandshakeUnmade) {
  ScriptedServer server([](ServerConnection& connection) {
    connection.write("HTTP/1.1 400 This is no TLS\r\n\r\n");
    connection.wait_until_peer_closes();
  });
  const std::string url = "https://127.0.0.1:" + std::to_string(server.port()) + "/";
  EXPECT_EQ(name_of(send(post(url)).error), "connect");
}

TEST_F(BrokenConnectionTest, CallsAHandshakeThatStallsUnmade) {
  ScriptedServer server([](ServerConnection& connection) { connection.wait_until_peer_closes(); });
  options_.connect_timeout = milliseconds(50);
  const std::string url = "https://127.0.0.1:" + std::to_string(server.port()) + "/";
  EXPECT_EQ(name_of(send(post(url)).error), "connect");
}

TEST_F(BrokenConnectionTest, CallsAProxysRefusalUnmadeAndGivesItNoToken) {
  std::string head;
  {
    ScriptedServer proxy([&](ServerConnection& connection) {
      head = connection.read_head().value_or("");
      connection.write("HTTP/1.1 407 Pay first\r\nContent-Length: 0\r\n\r\n");
      connection.wait_until_peer_closes();
    });
    options_.proxy = "http://127.0.0.1:" + std::to_string(proxy.port());
    const HttpResponse response = send(post("https://chat.example/"));
    EXPECT_EQ(response.status, 0);
    EXPECT_EQ(name_of(response.error), "connect");
  }
  EXPECT_TRUE(head.starts_with("CONNECT chat.example:443 HTTP/1.1\r\n")) << head;
  EXPECT_EQ(head.find("token"), std::string::npos) << head;
}

struct StallCase {
  const char* name;
  std::string_view before;  // what is answered before the server falls silent
  int status;
};

class StallTest : public BrokenConnectionTest, public testing::WithParamInterface<StallCase> {};

TEST_P(StallTest, EndsByTheTimeout) {
  ScriptedServer server([](ServerConnection& connection) {
    (void)connection.read_request();
    connection.write(GetParam().before);
    connection.wait_until_peer_closes();
  });
  HttpRequest request = post("");
  const std::string url = server.url("/");
  request.url = url;
  request.timeout = milliseconds(100);
  const HttpResponse response = send(request);
  EXPECT_EQ(response.status, GetParam().status);
  EXPECT_EQ(name_of(response.error), "timeout");
}

INSTANTIATE_TEST_SUITE_P(
    Servers, StallTest,
    testing::Values(StallCase{"AtOnce", "", 0}, StallCase{"InTheStatusLine", "HTTP/1.1 20", 0},
                    StallCase{"AfterAnInterimAnswer", "HTTP/1.1 100 Continue\r\n\r\n", 0},
                    StallCase{"InTheHeader", "HTTP/1.1 202 Accepted\r\nContent-Le", 202},
                    StallCase{"InTheBody", "HTTP/1.1 202 Accepted\r\nContent-Length: 9\r\n\r\nab",
                              202}),
    [](const auto& row) { return row.param.name; });

std::string answer_with_body(size_t size) {
  return "HTTP/1.1 400 Bad\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n" +
         std::string(size, 'b');
}

TEST_F(BrokenConnectionTest, KeepsTheBeginningOfALargeBodyAndTheConnection) {
  ScriptedServer server(always(answer_with_body(60UL * 1024)));
  CurlTransport transport(clock_, options_);
  const std::string url = server.url("/");
  for (int round = 0; round < 2; ++round) {
    const HttpResponse response = send(transport, post(url));
    EXPECT_EQ(response.status, 400);
    EXPECT_EQ(name_of(response.error), "none");
    EXPECT_EQ(response.body, std::string(2048, 'b'));
  }
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(BrokenConnectionTest, ReadsAHugeBodyNotToItsEnd) {
  ScriptedServer server(always(answer_with_body(8UL << 20)));
  CurlTransport transport(clock_, options_);
  const std::string url = server.url("/");
  for (int round = 0; round < 2; ++round) {
    const HttpResponse response = send(transport, post(url));
    EXPECT_EQ(response.status, 400);
    EXPECT_EQ(name_of(response.error), "none");
    EXPECT_EQ(response.body.size(), 2048U);
  }
  EXPECT_EQ(server.connections(), 2);
}

TEST_F(BrokenConnectionTest, WaitsForNoBodyAfterHead) {
  ScriptedServer server(always("HTTP/1.1 404 Gone\r\nContent-Length: 99\r\n\r\n"));
  const std::string url = server.url("/");
  const HttpResponse response =
      send({.method = HttpMethod::kHead, .url = url, .timeout = kPatience});
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(name_of(response.error), "none");
}

}  // namespace
}  // namespace awps
