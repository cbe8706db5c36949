// The server's life: where it listens, and how it ends.

#include "http_server/server.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <thread>

#include "tests/http_server/server_harness.h"

namespace awps::http_server {
namespace {

TEST(Listening, GivesTheSocketItsMode) {
  const TestFolder folder;
  TestHandler handler;
  Server server({.addresses = {{.unix_path = folder.file("s")}}, .socket_mode = 0600}, handler);
  ASSERT_TRUE(server.listen());
  struct stat status {};
  ASSERT_EQ(::stat(folder.file("s").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST(Listening, IsOnAllAddresses) {
  const TestFolder folder;
  TestHandler handler;
  Server server({.addresses = {{.unix_path = folder.file("s")}, {.host = "127.0.0.1"}}}, handler);
  ASSERT_TRUE(server.listen());
  server.start();
  ASSERT_EQ(server.addresses().size(), 2U);
  for (const ListenAddress& address : server.addresses()) {
    HttpClient client(to_text(address));
    EXPECT_EQ(client.get("/ok").status, 200) << to_text(address);
  }
}

TEST(Listening, IsOnNoneWhereOneDoesNotWork) {
  const TestFolder folder;
  TestServer taken(Door::kTcp);
  TestHandler handler;
  Server server({.addresses = {{.unix_path = folder.file("s")}, taken.server.addresses()[0]}},
                handler);
  ASSERT_FALSE(server.listen());
  EXPECT_FALSE(std::filesystem::exists(folder.file("s")));
}

TEST(Listening, IsOnTheFirstFreePort) {
  TestServer server(Door::kTcp);
  EXPECT_NE(server.server.addresses()[0].port, 0);
}

TEST(Listening, IsRefusedWhereAnotherListens) {
  TestServer first(Door::kTcp);
  Server second({.addresses = first.server.addresses()}, first.handler);
  const auto listens = second.listen();
  ASSERT_FALSE(listens);
  EXPECT_EQ(listens.error().exit_code, ExitCode::kTempFail);
}

// The loop alone: its stop() does not wait for the end, so that it is known to be before the
// answer.
TEST(Stop, LetsAnAnswerUnderWayGoOut) {
  const TestFolder folder;
  TestHandler handler;
  const auto listener = UnixListener::bind({.path = folder.file("s")});
  ASSERT_TRUE(listener);
  const int sockets[] = {(*listener)->fd()};
  ServerLoop loop(sockets, {.limits = {.stop_time = std::chrono::minutes(10)}}, handler);
  const std::jthread thread([&loop] { loop.run(); });
  HttpClient slow("unix:" + folder.file("s"));
  ASSERT_TRUE(slow.write(request_text("GET /slow HTTP/1.1")));
  ASSERT_TRUE(handler.wait_for("/slow"));
  loop.stop();
  handler.release();
  EXPECT_EQ(slow.read().body, "ok\n");
  EXPECT_TRUE(slow.reads_end());
  slow.close();
}

TEST(Stop, LetsALargeAnswerGoOut) {
  const TestFolder folder;
  TestHandler handler;
  const auto listener = UnixListener::bind({.path = folder.file("s")});
  ASSERT_TRUE(listener);
  const int sockets[] = {(*listener)->fd()};
  ServerLoop loop(sockets, {.limits = {.stop_time = std::chrono::minutes(10)}}, handler);
  const std::jthread thread([&loop] { loop.run(); });
  HttpClient client("unix:" + folder.file("s"));
  ASSERT_TRUE(client.write(request_text("GET /large HTTP/1.1")));  // more than the socket takes
  ASSERT_TRUE(handler.wait_for("/large"));
  loop.stop();
  const HttpAnswer answer = client.read();
  EXPECT_EQ(answer.status, 200);
  EXPECT_FALSE(answer.is_cut);
  EXPECT_TRUE(client.reads_end());
  client.close();
}

class Stops : public testing::TestWithParam<Door> {};
INSTANTIATE_TEST_SUITE_P(All, Stops, testing::Values(Door::kUnix, Door::kTcp, Door::kTls),
                         [](const auto& test) { return name_of(test.param); });

TEST_P(Stops, EndIdleConnectionsAtOnce) {
  TestServer server(GetParam(), {.stop_time = std::chrono::minutes(10)});
  HttpClient idle = server.client();
  ASSERT_EQ(idle.get("/ok").status, 200);
  HttpClient half = server.client();
  ASSERT_TRUE(half.write("GET /ok HT"));
  server.server.stop();
  EXPECT_TRUE(idle.reads_end());
  EXPECT_TRUE(half.reads_end());
  EXPECT_FALSE(std::filesystem::exists(server.folder.file("socket")));
  EXPECT_FALSE(server.plain_client().is_connected());
}

TEST_P(Stops, DoNotWaitForAClientThatDoesNotRead) {
  TestServer server(GetParam(), {.stop_time = std::chrono::milliseconds(20)});
  HttpClient client = server.client();
  ASSERT_TRUE(client.write(request_text("GET /large HTTP/1.1")));
  ASSERT_TRUE(server.handler.wait_for("/large"));
  server.server.stop();
  EXPECT_TRUE(client.read().is_cut);
}

}  // namespace
}  // namespace awps::http_server
