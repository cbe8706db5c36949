// What many clients of a door may take together: memory for bodies and answers, and connections.

#include <gtest/gtest.h>
#include <malloc.h>
#include <sys/socket.h>

#include <thread>
#include <vector>

#include "tests/http_server/gate_harness.h"
#include "tests/support/unix_client.h"

namespace awps::http_server {
namespace {

using std::chrono::milliseconds;

class GateBounds : public testing::TestWithParam<Door> {};
INSTANTIATE_TEST_SUITE_P(All, GateBounds, testing::Values(Door::kUnix, Door::kTcp, Door::kTls),
                         [](const auto& test) { return name_of(test.param); });

TEST_P(GateBounds, HoldsBodiesOfAllConnectionsToTheirBound) {
  GateServer gate(GetParam(), {.max_pipelined = 32, .max_partial_bytes = 100'000});
  HttpClient client = gate.client();
  ASSERT_TRUE(client.write(post("/later", std::string(60'000, 'x'))));
  ASSERT_TRUE(gate.handler.wait_for("request /later"));
  HttpClient second = gate.client();
  ASSERT_TRUE(second.write(post("/ok", std::string(60'000, 'y'))));
  HttpClient other = gate.client();
  ASSERT_EQ(other.ask(get("/get")).status, 200) << "what has no body is served meanwhile";
  EXPECT_EQ(gate.handler.count("request /ok"), 0);
  gate.answer("/later", "gone");  // and its body
  EXPECT_EQ(second.read().body.size(), 60'001U);
  EXPECT_EQ(client.read().body, "gone\n");
}

TEST_P(GateBounds, RefusesWhoWaitsTooLongForAnother) {
  GateServer gate(
      GetParam(),
      {.max_pipelined = 32, .max_partial_bytes = 100'000, .partial_patience = milliseconds(100)});
  HttpClient one = gate.client();
  HttpClient other = gate.client();
  // What TLS sends at its beginning is read with this.
  for (HttpClient* client : {&one, &other}) ASSERT_EQ(client->ask(get("/ok")).status, 200);
  ASSERT_TRUE(one.write(head_of("/one", 64'000) + std::string(56'000, 'x')));
  ASSERT_TRUE(other.write(head_of("/other", 64'000) + std::string(56'000, 'x')));
  // There is room for one of them: that whose bytes are read first.
  while (!one.has_unread(milliseconds(10)) && !other.has_unread(milliseconds(10))) {
  }
  HttpClient& refused = one.has_unread() ? one : other;
  HttpClient& served = one.has_unread() ? other : one;
  EXPECT_EQ(refused.read().status, 503);
  EXPECT_EQ(served.ask(std::string(8'000, 'x')).status, 200);
}

TEST_P(GateBounds, BringsManyLargeBodiesAndASmallOneToAnEndSoon) {
  constexpr int kClients = 40;
  constexpr size_t kBytes = 100'000;
  GateServer gate(GetParam(), {.max_connections = 200,
                               .max_strangers = 200,  // a quarter of them may shake hands
                               .max_body_bytes = kBytes,
                               .max_pipelined = 32,
                               .max_partial_bytes = 10 * kBytes,
                               .partial_patience = kTestDeadline});
  std::vector<HttpClient> clients;
  for (int i = 0; i < kClients; ++i) clients.push_back(gate.client());
  std::vector<std::jthread> writers;
  for (HttpClient& client : clients) {
    writers.emplace_back([&client] { client.write(post("/ok", std::string(kBytes, 'x'))); });
  }
  HttpClient small = gate.client();
  EXPECT_EQ(small.ask(post("/ok", "x")).status, 200);
  int served = 0;
  for (HttpClient& client : clients) served += client.read().status == 200 ? 1 : 0;
  EXPECT_EQ(served, kClients) << "as long as nobody has lost his patience";
}

TEST_P(GateBounds, ReadsNoMoreAheadBehindLargeAnswersThatWaitForOthers) {
  GateServer gate(GetParam(), {.max_pipelined = 32, .pause_unwritten_bytes = 1000});
  HttpClient client = gate.client();
  ASSERT_TRUE(client.write(get("/later") + post("/large", std::string(2000, 'x')) + get("/next")));
  ASSERT_TRUE(gate.handler.wait_for("request /large"));
  HttpClient other = gate.client();
  ASSERT_EQ(other.ask(get("/ok")).status, 200);
  EXPECT_EQ(gate.handler.count("request /next"), 0);
  gate.answer("/later", "at last");
  EXPECT_EQ(client.read().body, "at last\n");
  EXPECT_EQ(client.read().body.size(), 2001U);
  EXPECT_EQ(client.read().status, 200);
}

TEST_P(GateBounds, LetsOthersWaitWhereItIsFull) {
  GateServer gate(GetParam(), {.max_connections = 2, .max_pipelined = 32, .waits_for_room = true});
  HttpClient first = gate.client();
  ASSERT_TRUE(first.write(get("/later1")));
  ASSERT_TRUE(gate.handler.wait_for("request /later1"));
  HttpClient second = gate.client();
  ASSERT_TRUE(second.write(get("/later2")));
  ASSERT_TRUE(gate.handler.wait_for("request /later2"));
  // In the backlog.
  HttpClient third(to_text(gate.server.addresses()[0]),
                   GetParam() == Door::kTls ? std::optional<ClientTls>(ClientTls{}) : std::nullopt);
  ASSERT_TRUE(third.is_connected());
  EXPECT_FALSE(third.has_unread(milliseconds(50)));
  EXPECT_EQ(gate.server.connections(), 2U);
  gate.answer("/later1", "makes room");
  const HttpAnswer answer = first.read();
  EXPECT_EQ(answer.body, "makes room\n");
  EXPECT_EQ(answer.header("connection"), "close");
  first.close();
  EXPECT_EQ(third.ask(get("/third")).status, 200);
  gate.answer("/later2", "2");
  EXPECT_EQ(second.read().body, "2\n");
}

TEST_P(GateBounds, ClosesIdleConnectionsForOthersAndThenStrangers) {
  GateServer gate(GetParam(), {.max_connections = 2, .max_pipelined = 32, .waits_for_room = true});
  HttpClient idle = gate.client();
  ASSERT_EQ(idle.ask(get("/ok")).status, 200);
  HttpClient stranger = gate.client();
  ASSERT_TRUE(stranger.write("POST /ok HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nx"));
  HttpClient third = gate.client();
  ASSERT_TRUE(third.write(get("/later")));
  EXPECT_TRUE(gate.handler.wait_for("request /later"));
  EXPECT_TRUE(idle.reads_end());
  EXPECT_EQ(gate.handler.count("end 2"), 0);
  HttpClient fourth = gate.client();
  EXPECT_EQ(fourth.ask(get("/ok")).status, 200);
  EXPECT_TRUE(stranger.reads_end());
  gate.answer("/later", "at work all the time");
  EXPECT_EQ(third.read().status, 200);
}

TEST_P(GateBounds, EndsAConnectionWhoseAnswersNobodyTakes) {
  GateServer gate(GetParam(), {.write_time = std::chrono::minutes(10),
                               .max_pipelined = 32,
                               .max_unwritten_bytes = 16UL * 1024 * 1024});
  HttpClient client = gate.client();
  ASSERT_TRUE(client.write(get("/later1") + get("/later2") + get("/later3")));
  ASSERT_TRUE(gate.handler.wait_for("request /later3"));
  for (const char* target : {"/later1", "/later2", "/later3"}) {
    gate.answer(target, std::string(9'000'000, 'x'));
  }
  EXPECT_TRUE(gate.handler.wait_for("end 1"));
  EXPECT_EQ(gate.handler.count("unwritten /later1"), 1);
}

TEST(Idle, ConnectionsHoldLittleMemory) {
  constexpr size_t kConnections = 200;
  GateServer gate(Door::kUnix, {.max_connections = 2 * kConnections, .max_pipelined = 32});
  std::vector<UniqueFd> clients;
  clients.reserve(kConnections);
  const std::string request = post("/ok", std::string(20'000, 'x'));
  const auto ask = [&] {
    const HttpClient made = gate.client();
    UniqueFd client(::dup(made.fd()));
    ASSERT_EQ(::send(client.get(), request.data(), request.size(), 0),
              static_cast<ssize_t>(request.size()));
    char answer[4096];
    size_t read = 0;
    while (read < 20'000) {
      const ssize_t got = ::recv(client.get(), answer, sizeof answer, 0);
      ASSERT_GT(got, 0);
      read += static_cast<size_t>(got);
    }
    clients.push_back(std::move(client));
  };
  ask();  // what the first one has made is for all
  const size_t before = ::mallinfo2().uordblks;
  while (clients.size() < kConnections) ask();
  const auto all_written = static_cast<int>(kConnections);
  ASSERT_TRUE(gate.handler.wait_for("written /ok", all_written));
  const size_t each = (::mallinfo2().uordblks - before) / (kConnections - 1);
  RecordProperty("bytes_per_idle_connection", static_cast<int>(each));
  EXPECT_LT(each, 4096U);
}

}  // namespace
}  // namespace awps::http_server
