// The bounds of connections: known clients and strangers each make room among themselves.

#include "http_server/server_loop.h"

#include <gtest/gtest.h>

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

class Crowded : public testing::TestWithParam<Door> {};
INSTANTIATE_TEST_SUITE_P(All, Crowded, testing::Values(Door::kUnix, Door::kTcp, Door::kTls),
                         name_of_door);

/// Clients that say something while nobody listens, which no client of TLS can.
class CrowdedPlainly : public testing::TestWithParam<Door> {};
INSTANTIATE_TEST_SUITE_P(All, CrowdedPlainly, testing::Values(Door::kUnix, Door::kTcp),
                         name_of_door);

TEST_P(Crowded, KnownTakeThePlaceOfTheOneThatIsIdleLongest) {
  TestServer server(GetParam());
  std::vector<HttpClient> clients;
  for (int i = 0; i < 64; ++i) {
    clients.push_back(server.client());
    ASSERT_EQ(clients.back().ask(get("/ok")).status, 200) << i;
  }
  ASSERT_EQ(clients[0].ask(get("/ok")).status, 200);  // so that the second is idle longest
  HttpClient another = server.client();
  EXPECT_EQ(another.ask(get("/ok")).status, 200);
  EXPECT_TRUE(clients[1].reads_end());
  EXPECT_EQ(server.server.connections(), 64U);
  EXPECT_EQ(clients[0].ask(get("/ok")).status, 200);
  EXPECT_EQ(clients[63].ask(get("/ok")).status, 200);
}

TEST_P(Crowded, KnownTakeThePlaceOfOneThatIsClosingFirst) {
  TestServer server(GetParam(), {.max_connections = 2});
  HttpClient idle = server.client();
  ASSERT_EQ(idle.ask(get("/ok")).status, 200);
  HttpClient closing = server.client();
  ASSERT_EQ(closing.ask(request_text("GET /ok HTTP/1.0", {kKnown})).status, 200);
  ASSERT_TRUE(closing.reads_end());  // it could still send
  HttpClient another = server.client();
  EXPECT_EQ(another.ask(get("/ok")).status, 200);
  EXPECT_EQ(idle.ask(get("/ok")).status, 200);
}

TEST_P(CrowdedPlainly, KnownDoNotTakeThePlaceOfOneWhoseRequestIsHereUnread) {
  TestServer server(GetParam(), {.max_connections = 3});
  HttpClient asking = server.client();
  ASSERT_EQ(asking.ask(get("/ok")).status, 200);
  HttpClient idle = server.client();
  ASSERT_EQ(idle.ask(get("/ok")).status, 200);
  HttpClient slow = server.client();
  ASSERT_TRUE(slow.write(get("/slow")));
  ASSERT_TRUE(server.handler.wait_for("/slow"));
  // While the thread is held up.
  HttpClient another = server.client();
  ASSERT_TRUE(another.write(get("/ok")));
  ASSERT_TRUE(asking.write(get("/ok")));
  server.handler.release();
  EXPECT_EQ(asking.read().status, 200);
  EXPECT_EQ(slow.read().status, 200);
  EXPECT_EQ(another.read().status, 200);
  EXPECT_TRUE(idle.reads_end());
}

/// A connection whose head has been read, and whose body is missing.
HttpClient client_in_request(const TestServer& server, const std::vector<std::string>& headers) {
  HttpClient client = server.client();
  EXPECT_EQ(client.ask(head_of_two_bytes(headers)).status, 100);
  return client;
}

TEST_P(Crowded, KnownDoNotTakeThePlaceOfOneAtWork) {
  TestServer server(GetParam(), {.max_connections = 1});
  HttpClient known = client_in_request(server, {kKnown});
  HttpClient another = server.client();
  const HttpAnswer refused = another.ask(get("/ok"));
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.body, "all 1 connections are at work; try again\n");
  EXPECT_EQ(refused.header("connection"), "close");
  EXPECT_TRUE(another.reads_end());
  EXPECT_EQ(known.ask("{}").status, 200);
}

TEST_P(Crowded, KnownAreRefusedWithAnAnswerAlsoInTheMidstOfWhatTheySend) {
  TestServer server(GetParam(), {.max_connections = 1});
  HttpClient streaming = server.client();
  ASSERT_TRUE(streaming.write(get("/stream")));
  ASSERT_EQ(streaming.read_head().status, 200);
  HttpClient another = server.client();
  // More than the socket's buffers take: a reset would cost the answer.
  const std::string body(60'000, ' ');
  const std::string more(1'000'000, ' ');
  (void)another.write(request_text("POST /note HTTP/1.1", {kKnown}, body) + more);
  EXPECT_EQ(another.read().status, 503);
}

TEST_P(Crowded, StrangersMakeRoomForOneAnotherTheOldestFirst) {
  TestServer server(GetParam(), {.max_strangers = 2});
  HttpClient known = client_in_request(server, {kKnown});
  HttpClient oldest = client_in_request(server, {});
  HttpClient second = client_in_request(server, {});
  HttpClient third = client_in_request(server, {});
  EXPECT_TRUE(oldest.reads_end());
  EXPECT_EQ(second.ask("{}").status, 200);
  EXPECT_EQ(third.ask("{}").status, 200);
  EXPECT_EQ(known.ask("{}").status, 200);
}

TEST_P(Crowded, StrangersThatAreClosingMakeRoomFirst) {
  TestServer server(GetParam(), {.max_strangers = 2});
  HttpClient old = client_in_request(server, {});
  HttpClient closing = server.client();
  ASSERT_EQ(closing.ask(request_text("GET /ok HTTP/1.0")).status, 200);
  ASSERT_TRUE(closing.reads_end());  // it could still send
  HttpClient third = client_in_request(server, {});
  EXPECT_EQ(old.ask("{}").status, 200);
}

TEST_P(Crowded, ThoseWhoDoNotSayAgainWhoTheyAreAreStrangers) {
  TestServer server(GetParam(), {.max_strangers = 1});
  HttpClient forgetful = server.client();
  ASSERT_EQ(forgetful.ask(get("/ok")).status, 200);
  ASSERT_EQ(forgetful.get("/ok").status, 200);
  HttpClient another = server.client();
  EXPECT_EQ(another.get("/ok").status, 200);
  EXPECT_TRUE(forgetful.reads_end());
}

TEST_P(Crowded, StrangersEndSoon) {
  TestServer server(GetParam(), {.stranger_time = milliseconds(500)});
  HttpClient silent = server.client();
  HttpClient in_head = server.client();
  ASSERT_TRUE(in_head.write("GET /ok HT"));
  HttpClient served = server.client();
  ASSERT_EQ(served.get("/ok").status, 200);
  EXPECT_TRUE(silent.reads_end());
  EXPECT_TRUE(in_head.reads_end());
  EXPECT_TRUE(served.reads_end());
}

TEST_P(Crowded, KnownHaveMoreTimeThanStrangers) {
  TestServer server(GetParam(), {.stranger_time = milliseconds(500)});
  HttpClient known = server.client();
  ASSERT_EQ(known.ask(get("/ok")).status, 200);
  HttpClient stranger = server.client();
  ASSERT_EQ(stranger.get("/ok").status, 200);
  ASSERT_TRUE(stranger.reads_end());
  EXPECT_EQ(known.ask(get("/ok")).status, 200);
}

/// What strangers can do, times 200.
struct Crowd {
  const char* name;
  std::string says;
};
void PrintTo(const Crowd& crowd, std::ostream* out) {
  *out << crowd.name;
}

class Crowds : public testing::TestWithParam<std::tuple<Door, Crowd>> {};

TEST_P(Crowds, OfStrangersCrowdOutNobodyWhoIsKnown) {
  const auto& [door, crowd] = GetParam();
  TestServer server(door);
  HttpClient here_before = server.client();
  ASSERT_EQ(here_before.ask(get("/ok")).status, 200);
  std::vector<HttpClient> strangers;
  for (int i = 0; i < 200; ++i) {
    strangers.push_back(server.client());
    (void)strangers.back().write(crowd.says);  // it may be closed already
  }
  HttpClient known = server.client();
  EXPECT_EQ(known.ask(get("/ok")).status, 200);
  EXPECT_EQ(here_before.ask(get("/ok")).status, 200);
}

std::string repeated(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

const Crowd kCrowds[] = {
    {"Silent", ""},
    {"InTheirHead", "GET /ok HTTP/1.1\r\nHost: "},
    {"InTheirBody", "POST /note HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{"},
    {"Asking", request_text("GET /ok HTTP/1.1")},
    {"Pipelining", repeated(request_text("GET /ok HTTP/1.1"), 100)},
    {"NotReading", repeated(request_text("GET /large HTTP/1.1"), 2)},
};

INSTANTIATE_TEST_SUITE_P(All, Crowds,
                         testing::Combine(testing::Values(Door::kUnix, Door::kTcp),
                                          testing::ValuesIn(kCrowds)),
                         [](const auto& test) {
                           return std::get<1>(test.param).name + name_of(std::get<0>(test.param));
                         });

}  // namespace
}  // namespace awps::http_server
