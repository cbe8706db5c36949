// What a server offers a door for many clients: requests read ahead, refusals by the head, and word
// of what became of an answer; and that nobody smuggles a request past it.

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <condition_variable>
#include <mutex>

#include "tests/http_server/gate_harness.h"
#include "tests/support/unix_client.h"

namespace awps::http_server {
namespace {

using std::chrono::milliseconds;

class Gate : public testing::TestWithParam<Door> {};
INSTANTIATE_TEST_SUITE_P(All, Gate, testing::Values(Door::kUnix, Door::kTcp, Door::kTls),
                         [](const auto& test) { return name_of(test.param); });

TEST_P(Gate, AnswersInTheOrderOfRequestsThatAreReadAhead) {
  GateServer gate(GetParam());
  HttpClient client = gate.client();
  ASSERT_TRUE(client.write(get("/later1") + post("/now", "2") + get("/later3")));
  ASSERT_TRUE(gate.handler.wait_for("request /later3"));
  gate.answer("/later3", "3");
  gate.answer("/later1", "1");
  EXPECT_EQ(client.read().body, "1\n");
  EXPECT_EQ(client.read().body, "2\n");
  EXPECT_EQ(client.read().body, "3\n");
  EXPECT_TRUE(gate.handler.wait_for("written /later3"));
}

TEST_P(Gate, ReadsNoMoreAheadThanItsBound) {
  GateServer gate(GetParam(), {.max_pipelined = 2});
  HttpClient client = gate.client();
  ASSERT_TRUE(client.write(get("/later1") + get("/later2") + get("/later3") + get("/later4")));
  ASSERT_TRUE(gate.handler.wait_for("request /later2"));
  HttpClient other = gate.client();
  ASSERT_EQ(other.ask(get("/ok")).status, 200);
  EXPECT_EQ(gate.handler.count("request /later3"), 0);
  gate.answer("/later1", "1");
  ASSERT_TRUE(gate.handler.wait_for("request /later3"));
  EXPECT_EQ(gate.handler.count("request /later4"), 0);
  for (const char* target : {"/later2", "/later3"}) gate.answer(target, target);
  ASSERT_TRUE(gate.handler.wait_for("request /later4"));
  gate.answer("/later4", "4");
  for (const char* body : {"1\n", "/later2\n", "/later3\n", "4\n"}) {
    EXPECT_EQ(client.read().body, body);
  }
}

TEST_P(Gate, TellsOfAClientThatHangsUpWhileItsAnswerIsAwaited) {
  GateServer gate(GetParam());
  HttpClient client = gate.client();
  ASSERT_TRUE(client.write(get("/later1") + get("/later2")));
  ASSERT_TRUE(gate.handler.wait_for("request /later2"));
  gate.answer("/later2", "behind the first");
  client.close();
  EXPECT_TRUE(gate.handler.wait_for("end 1"));
  EXPECT_TRUE(gate.handler.wait_for("unwritten /later2"));
  gate.answer("/later1", "too late");
  EXPECT_TRUE(gate.handler.wait_for("unwritten /later1"));
}

TEST_P(Gate, TellsOfTheEndOfEachConnectionOnce) {
  GateServer gate(GetParam());
  for (int i = 1; i <= 3; ++i) {
    HttpClient client = gate.client();
    ASSERT_EQ(client.ask(get("/ok")).status, 200);
    client.close();
    ASSERT_TRUE(gate.handler.wait_for("end " + std::to_string(i)));
  }
  EXPECT_EQ(gate.handler.count("end 1"), 1);
  EXPECT_EQ(gate.handler.count("written /ok"), 3);
}

TEST_P(Gate, RefusesByTheHeadAndGoesOnAfterASmallBody) {
  GateServer gate(GetParam());
  HttpClient client = gate.client();
  EXPECT_EQ(client.ask(post("/refused", "small")).status, 403);
  EXPECT_EQ(client.ask(get("/refused")).status, 403);
  EXPECT_EQ(client.ask(post("/ok", "x")).body, "x\n");
  EXPECT_EQ(gate.handler.count("written /refused"), 2);
  EXPECT_EQ(gate.handler.count("request /refused"), 0);
}

TEST_P(Gate, RefusesByTheHeadWithoutReadingALargeBodyOrOneThatWaits) {
  GateServer gate(GetParam(), {.max_body_bytes = 1'000'000, .max_pipelined = 32});
  const std::string waits =
      "POST /refused HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";
  const std::string chunked =
      "POST /refused HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const std::string& head : {head_of("/refused", 100'000), waits, chunked}) {
    HttpClient client = gate.client();
    const HttpAnswer answer = client.ask(head);
    EXPECT_EQ(answer.status, 403) << head;
    EXPECT_EQ(answer.header("connection"), "close");
    EXPECT_TRUE(client.reads_end());
  }
}

TEST_P(Gate, BoundsABodyByItsHead) {
  GateServer gate(GetParam());
  HttpClient client = gate.client();
  EXPECT_EQ(client.ask(post("/tiny", "1234")).body, "1234\n");
  EXPECT_EQ(client.ask(post("/tiny", "12345")).status, 413);
  EXPECT_TRUE(client.reads_end());
}

TEST_P(Gate, InvitesABodyInItsTurn) {
  GateServer gate(GetParam());
  HttpClient client = gate.client();
  const std::string waits =
      "POST /ok HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";
  ASSERT_TRUE(client.write(get("/later") + waits));
  ASSERT_TRUE(gate.handler.wait_for("request /later"));
  gate.answer("/later", "first");
  EXPECT_EQ(client.read().body, "first\n");
  EXPECT_EQ(client.read().status, 100);
  EXPECT_EQ(client.ask("ab").body, "ab\n");
}

TEST_P(Gate, InvitesNoBodyBehindItsLastAnswer) {
  GateServer gate(GetParam());
  HttpClient client = gate.client();
  ASSERT_TRUE(client.write(get("/later-and-last") +
                           "POST /ok HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n"
                           "Content-Length: 2\r\n\r\n"));
  ASSERT_TRUE(gate.handler.wait_for("request /later-and-last"));
  gate.answer("/later-and-last", "first");
  EXPECT_EQ(client.read().header("connection"), "close");
  EXPECT_EQ(client.read().status, 0);
}

TEST_P(Gate, RefusesAHeadWithoutABody) {
  GateServer gate(GetParam());
  HttpClient client = gate.client();
  ASSERT_TRUE(client.write("HEAD /x HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\n"));
  EXPECT_EQ(client.read(/*to_head=*/true).status, 400);
  EXPECT_EQ(client.read().status, 0);
}

TEST_P(Gate, AnswersWhatWaitsWhenItAcceptsNoMore) {
  GateServer gate(GetParam());
  HttpClient idle = gate.client();
  ASSERT_EQ(idle.ask(get("/ok")).status, 200);
  HttpClient waiting = gate.client();
  ASSERT_TRUE(waiting.write(get("/later")));
  ASSERT_TRUE(gate.handler.wait_for("request /later"));
  HttpClient sending = gate.client();
  ASSERT_TRUE(sending.write(head_of("/ok", 2) + "a"));
  HttpClient other = gate.client();
  ASSERT_EQ(other.ask(get("/ok")).status, 200);  // so that the head of the one before is read
  gate.server.stop_accepting();
  EXPECT_TRUE(idle.reads_end());
  EXPECT_FALSE(gate.client().is_connected());
  const HttpAnswer sent = sending.ask("b");
  EXPECT_EQ(sent.body, "ab\n");
  EXPECT_EQ(sent.header("connection"), "close");
  gate.answer("/later", "at last");
  const HttpAnswer answer = waiting.read();
  EXPECT_EQ(answer.body, "at last\n");
  EXPECT_EQ(answer.header("connection"), "close");
  EXPECT_TRUE(waiting.reads_end());
}

TEST_P(Gate, SaysInTheLastOfItsAnswersThatItEnds) {
  GateServer gate(GetParam());
  HttpClient client = gate.client();
  ASSERT_TRUE(client.write(get("/later1") + get("/later2")));
  ASSERT_TRUE(gate.handler.wait_for("request /later2"));
  gate.server.stop_accepting();
  gate.answer("/later1", "1");
  EXPECT_EQ(client.read().header("connection"), "");
  gate.answer("/later2", "2");
  EXPECT_EQ(client.read().header("connection"), "close");
  EXPECT_TRUE(client.reads_end());
}

TEST(Alarms, AreCalledInTheOrderOfTheirTimes) {
  GateServer gate;
  std::mutex mutex;
  std::condition_variable changed;
  std::string called;
  const auto note = [&](char c) {
    return [&, c] {
      const std::lock_guard lock(mutex);
      called += c;
      changed.notify_all();
    };
  };
  const Instant now = SystemClock().now();
  gate.server.call_at(now + milliseconds(600), note('c'));
  gate.server.call_at(now + milliseconds(500), note('a'));
  gate.server.call_at(now + milliseconds(500), note('b'));
  gate.server.call_at(now + std::chrono::hours(1), note('x'));
  std::unique_lock lock(mutex);
  EXPECT_TRUE(changed.wait_for(lock, kTestDeadline, [&] { return called.size() == 3; }));
  EXPECT_EQ(called, "abc");
  EXPECT_GE(SystemClock().now(), now + milliseconds(600));
}

TEST(HandedOver, SocketsAreListenedOn) {
  const TestFolder folder;
  auto tcp = listen_on_tcp({.host = "127.0.0.1"});
  ASSERT_TRUE(tcp);
  auto file = UnixListener::bind({.path = folder.file("s")});
  ASSERT_TRUE(file);
  UniqueFd copy(::dup((*file)->fd()));
  GateHandler handler;
  Server server({.thread_name = "test"}, handler);
  ASSERT_TRUE(server.adopt(std::move(tcp->fd)));
  ASSERT_TRUE(server.adopt(std::move(copy)));
  ASSERT_TRUE(server.listen());
  server.start();
  ASSERT_EQ(server.addresses().size(), 2U);
  EXPECT_EQ(to_text(server.addresses()[0]), to_text(tcp->address));
  for (const ListenAddress& address : server.addresses()) {
    HttpClient client(to_text(address));
    EXPECT_EQ(client.get("/ok").status, 200) << to_text(address);
  }
}

TEST(HandedOver, SocketsThatDoNotListenAreRefused) {
  GateHandler handler;
  Server server({.thread_name = "test"}, handler);
  for (const int family : {AF_UNIX, AF_INET}) {
    const auto taken = server.adopt(UniqueFd(::socket(family, SOCK_STREAM, 0)));
    ASSERT_FALSE(taken);
    EXPECT_EQ(taken.error().exit_code, ExitCode::kConfig);
  }
}

TEST(Tls, OfANewCertificateIsSpokenWithNewConnections) {
  GateServer gate(Door::kTls);
  HttpClient before = gate.client();
  ASSERT_EQ(before.ask(get("/ok")).status, 200);
  gate.server.set_tls(*TlsContext::load(make_certificate(gate.folder, "another")));
  HttpClient after = gate.client();
  EXPECT_EQ(after.ask(get("/ok")).status, 200);
  EXPECT_EQ(before.ask(get("/ok")).status, 200) << "the old one goes on";
  gate.server.set_tls(nullptr);
  HttpClient plain(to_text(gate.server.addresses()[0]));
  EXPECT_EQ(plain.get("/ok").status, 200);
}

/// One socket, many requests that two readers could understand differently: each is the last.
TEST(Smuggling, EndsTheConnectionWithoutReadingOn) {
  const std::string smuggled = get("/smuggled");
  const std::string head = "POST /x HTTP/1.1\r\nHost: h\r\n";
  const std::string cases[] = {
      head + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + smuggled,
      head + "Content-Length: 0\r\nContent-Length: 5\r\n\r\n" + smuggled,
      head + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n" + smuggled,
      head + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + smuggled,
      head + "A: b\nContent-Length: 5\r\n\r\n" + smuggled,
      head + "A: b\rContent-Length: 5\r\n\r\n" + smuggled,
      head + "A: b\r\n c\r\n\r\n" + smuggled,
      "GET http://h/x HTTP/1.1\r\nHost: h\r\n\r\n" + smuggled,
      "CONNECT h:1 HTTP/1.1\r\nHost: h\r\n\r\n" + smuggled,
      head + "Upgrade: h2c\r\n\r\n" + smuggled,
      head + "Host: i\r\n\r\n" + smuggled,
      head + "Authorization: a\r\nAuthorization: b\r\n\r\n" + smuggled,
      head + "x-ms-client-request-id: a\r\nx-ms-client-request-id: a\r\n\r\n" + smuggled,
      head + "x-awpsd-unordered: true\r\nX-Awpsd-Unordered: false\r\n\r\n" + smuggled,
      head + "Transfer-Encoding: chunked\r\n\r\n0;" + std::string(300, 'a') + "\r\n\r\n" + smuggled,
      head + "Transfer-Encoding: chunked\r\n\r\n0\r\nA: " + std::string(300, 'a') + "\r\n\r\n" +
          smuggled,
      "GET /x HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\n" + smuggled,
      "HEAD /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + smuggled,
  };
  GateServer gate;
  for (const std::string& bytes : cases) {
    HttpClient client = gate.client();
    ASSERT_EQ(client.ask(get("/before")).status, 200);
    const HttpAnswer answer = client.ask(bytes);
    EXPECT_EQ(answer.status, 400) << bytes;
    EXPECT_EQ(answer.header("connection"), "close") << bytes;
    EXPECT_TRUE(client.reads_end()) << bytes;
  }
  EXPECT_EQ(gate.handler.count("request /smuggled"), 0);
  EXPECT_EQ(gate.handler.count("request /x"), 0);
}

}  // namespace
}  // namespace awps::http_server
