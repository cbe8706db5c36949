// The server on real sockets: ends of all kinds, and what producers are told.

#include "socket/socket_server.h"

#include <sys/resource.h>
#include <sys/wait.h>

#include <fstream>

#include "tests/socket/server_harness.h"

namespace awps {
namespace {

using Texts = std::vector<std::string>;

size_t count_of(const std::string& text, std::string_view part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

// Runs a shell command; its output, and "exit N" behind it where that is not 0.
std::string output_of(const std::string& command) {
  FILE* pipe = ::popen(command.c_str(), "r");
  AWPS_CHECK(pipe != nullptr);
  std::string output;
  char buffer[4096];
  while (const size_t count = std::fread(buffer, 1, sizeof buffer, pipe)) {
    output.append(buffer, count);
  }
  const int status = ::pclose(pipe);
  if (status != 0) output += "exit " + std::to_string(WEXITSTATUS(status));
  return output;
}

// An action from the shell, as PROTOCOL.md promises; `timeout` bounds a failure.
std::string netcat(const TestServer& server, const std::string& text) {
  return output_of("printf '%s' '" + text + "' | timeout 20 nc -U -N " + server.path + " 2>&1");
}

TEST(Netcat, ReturnsOnceEverythingIsRead) {
  TestServer server;
  EXPECT_EQ(netcat(server, line_of("hi")), "");
  EXPECT_EQ(server.chat.wait_for(1), Texts{"hi"});
}

TEST(Netcat, ReturnsOnceEverythingIsSettledWhereOutcomesAreWanted) {
  TestServer server;
  const std::string output =
      netcat(server, hello("delivered") + line_of("a") + line_of("b", R"(,"id":7)"));
  EXPECT_EQ(output.substr(output.find('\n') + 1),
            R"({"status":"delivered","seq":1,"httpStatus":202,"attempts":1})"
            "\n"
            R"({"status":"delivered","seq":2,"id":7,"httpStatus":202,"attempts":1})"
            "\n");
}

TEST(EndOfInput, HalfCloseIsAnsweredToTheLastReply) {
  TestServer server;
  UnixClient client(server.path);
  client.write(hello("accepted") + line_of("a") + "}\n" + line_of("b"));
  client.end_output();
  const std::string replies = client.read_all();
  EXPECT_EQ(count_of(replies, "ready"), 1U);
  EXPECT_EQ(count_of(replies, "invalid_json"), 1U);
  EXPECT_TRUE(replies.ends_with("{\"status\":\"accepted\",\"seq\":3}\n"));
  EXPECT_EQ(server.chat.wait_for(2), (Texts{"a", "b"}));
}

TEST(EndOfInput, LastLineCountsWithoutItsNewlineIfItIsValid) {
  TestServer server;
  UnixClient valid(server.path);
  valid.write(line_of("a").substr(0, line_of("a").size() - 1));
  valid.end_output();
  EXPECT_EQ(valid.read_all(), "");
  UnixClient cut_off(server.path);
  cut_off.write(line_of("b").substr(0, 20));
  cut_off.end_output();
  EXPECT_EQ(count_of(cut_off.read_all(), "invalid_json"), 1U);
  EXPECT_EQ(server.chat.wait_for(1), Texts{"a"});
}

TEST(EndOfInput, RepliesThatNobodyTakesDiscardNoInput) {
  // The client is gone before the server reads: each reply meets EPIPE, with input still there.
  TestServer server;
  UnixClient client(server.path);
  std::string text = hello("accepted");
  for (int i = 0; i < 500; ++i) text += "}\n";
  client.write(text + line_of("a"));
  client.close();
  EXPECT_EQ(server.chat.wait_for(1), Texts{"a"});
}

TEST(EndOfInput, AResetCountsWhatCameBefore) {
  // The client leaves a reply unread and closes: the server's read ends with ECONNRESET, not EOF.
  TestServer server;
  UnixClient client(server.path);
  client.write(hello("delivered") + "}\n");
  EXPECT_NE(client.read_line(), "");
  client.write("}\n" + line_of("a") + line_of("b"));
  client.close();
  EXPECT_EQ(server.chat.wait_for(2), (Texts{"a", "b"}));
}

TEST(EndOfInput, ARefusedHelloEndsTheConnection) {
  TestServer server;
  UnixClient client(server.path);
  client.write("{\"hello\":{\"hub\":\"sport\"}}\n" + line_of("a"));
  EXPECT_EQ(count_of(client.read_all(), "unknown_hub"), 1U);
  EXPECT_EQ(server.chat.settled(), 0U);
}

TEST(SlowReader, StopsTheServerFromReadingWhereRepliesAreOwed) {
  TestServer server;
  UnixClient client(server.path);
  client.write(hello("accepted"));
  std::string text;
  for (int i = 0; i < 200'000; ++i) text += "}\n";
  const size_t taken = client.write_until_blocked(text, std::chrono::milliseconds(300));
  EXPECT_LT(taken, text.size());
  // Once the client reads, everything is taken and every reply comes.
  std::thread writer([&] {
    client.write(std::string_view(text).substr(taken));
    client.write(line_of("a"));
    client.end_output();
  });
  const std::string replies = client.read_all();
  writer.join();
  EXPECT_EQ(count_of(replies, "invalid_json"), 200'000U);
  EXPECT_EQ(server.chat.wait_for(1), Texts{"a"});
}

TEST(SlowReader, LosesRefusalsButNoActionsWithoutAcks) {
  TestServer server;
  UnixClient client(server.path);
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += "}\n";
  ASSERT_TRUE(client.write(text + line_of("a")));
  EXPECT_EQ(server.chat.wait_for(1), Texts{"a"});
  EXPECT_GT(server.counters[0].replies_dropped.value(), 0U);
  std::string replies;
  // What was written before the bound comes first; a later refusal says how many are missing.
  while (count_of(replies, "\"dropped\":") == 0) {
    ASSERT_TRUE(client.write("}\n"));
    const std::string line = client.read_line();
    ASSERT_NE(line, "");
    replies = line;
  }
}

TEST(Stop, TellsProducersAndClosesTheirConnections) {
  TestServer server;
  UnixClient idle(server.path);
  UnixClient waiting(server.path);
  waiting.write(hello("delivered"));
  EXPECT_NE(waiting.read_line(), "");
  server.chat.hold();
  waiting.write(line_of("a") + "}\n");
  EXPECT_EQ(count_of(waiting.read_line(), "invalid_json"), 1U);
  server.server->stop_reading();
  EXPECT_FALSE(UnixClient(server.path).is_connected());
  EXPECT_EQ(count_of(idle.read_all(), "shutting_down"), 1U);
  EXPECT_EQ(count_of(waiting.read_line(), "shutting_down"), 1U);
  server.chat.release();
  EXPECT_EQ(waiting.read_all(), R"({"status":"delivered","seq":1,"httpStatus":202,"attempts":1})"
                                "\n");
}

TEST(Stop, FinishDoesNotWaitForAReaderBeyondItsDeadline) {
  TestServer server;
  UnixClient client(server.path);
  client.write(hello("accepted"));
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += "}\n";
  client.write_until_blocked(text, std::chrono::milliseconds(100));
  const Instant start = SystemClock().now();
  server.finish(std::chrono::milliseconds(50));
  EXPECT_LT(SystemClock().now() - start, kTestDeadline);
}

TEST(Stop, TheSocketFileGoes) {
  std::string path;
  {
    TestServer server;
    path = server.path;
    EXPECT_EQ(::access(path.c_str(), F_OK), 0);
  }
  EXPECT_NE(::access(path.c_str(), F_OK), 0);
}

TEST(Access, RefusesWhomTheSocketDoesNotAdmit) {
  ServerOptions options;
  options.server.access.users = {::getuid() + 1};
  TestServer server(options);
  UnixClient client(server.path);
  const std::string reply = client.read_all();
  EXPECT_EQ(count_of(reply, R"("seq":0,"error":{"code":"forbidden")"), 1U) << reply;
  EXPECT_EQ(server.counters[0].connections_refused.value(), 1U);
}

TEST(Access, TellsWhomItRefusesThoughTheyWriteAndLogsTheUserOnce) {
  ServerOptions options;
  std::vector<std::string> log;
  options.server.access.users = {::getuid() + 1};
  options.server.warn = [&log](const std::string& line) { log.push_back(line); };
  TestServer server(options);
  for (int i = 0; i < 20; ++i) {
    const std::string output = netcat(server, line_of("a") + line_of("b"));
    EXPECT_EQ(count_of(output, "forbidden"), 1U) << output;
  }
  server.finish();
  ASSERT_EQ(log.size(), 1U);
  EXPECT_NE(log.front().find("user id " + std::to_string(::getuid())), std::string::npos);
}

TEST(Access, TellsWhoseHelloItRefusesThoughTheyWrite) {
  TestServer server;
  for (int i = 0; i < 20; ++i) {
    std::string text = "{\"hello\":{\"hub\":\"sport\"}}\n";
    for (int k = 0; k < 200; ++k) text += line_of("a");
    EXPECT_EQ(count_of(netcat(server, text), "unknown_hub"), 1U);
  }
}

TEST(Access, HasFewerConnectionsWhereTheSystemHasFewerFiles) {
  ServerOptions options;
  std::vector<std::string> log;
  options.server.files_for_connections = 1;
  options.server.warn = [&log](const std::string& line) { log.push_back(line); };
  TestServer server(options);
  UnixClient first(server.path);
  first.write(hello("none"));
  EXPECT_NE(first.read_line(), "");
  for (int i = 0; i < 3; ++i) {
    const std::string reply = UnixClient(server.path).read_all();
    EXPECT_EQ(count_of(reply, "queue_full"), 1U);
    EXPECT_EQ(count_of(reply, "limit of open files"), 1U) << reply;
  }
  first.end_output();
  EXPECT_EQ(first.read_all(), "");
  UnixClient again(server.path);
  again.write(line_of("a"));
  EXPECT_EQ(server.chat.wait_for(1), Texts{"a"});
  server.finish();
  ASSERT_EQ(log.size(), 2U);
  EXPECT_EQ(count_of(log[0], "limit of open files"), 1U);
  EXPECT_EQ(log[1], "connections of producers are accepted again");
}

TEST(Access, RefusesConnectionsBeyondTheBound) {
  ServerOptions options;
  options.server.max_connections = 2;
  TestServer server(options);
  UnixClient first(server.path);
  UnixClient second(server.path);
  UnixClient third(server.path);
  EXPECT_EQ(count_of(third.read_all(), "queue_full"), 1U);
  first.end_output();
  EXPECT_EQ(first.read_all(), "");
  UnixClient fourth(server.path);
  fourth.write(line_of("a"));
  EXPECT_EQ(server.chat.wait_for(1), Texts{"a"});
}

class ManyConnections : public testing::TestWithParam<int> {};

TEST_P(ManyConnections, AreServedSideBySide) {
  static constexpr size_t kConnections = 2000;
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  ASSERT_GT(limit.rlim_cur, 2 * kConnections + 100) << "raise the limit of open files";
  ServerOptions options;
  options.threads = GetParam();
  TestServer server(options);
  std::vector<std::unique_ptr<UnixClient>> clients;
  for (size_t i = 0; i < kConnections; ++i) {
    clients.push_back(std::make_unique<UnixClient>(server.path));
    ASSERT_TRUE(clients.back()->is_connected());
  }
  for (const auto& client : clients) ASSERT_TRUE(client->write(hello("delivered")));
  for (const auto& client : clients) ASSERT_NE(client->read_line(), "");
  EXPECT_EQ(server.server->connections(), static_cast<int>(kConnections));
  for (const auto& client : clients) {
    ASSERT_TRUE(client->write(line_of("a")));
    client->end_output();
  }
  for (const auto& client : clients) ASSERT_EQ(count_of(client->read_all(), "delivered"), 1U);
  EXPECT_EQ(server.chat.settled(), kConnections);
  for (const IntakeCounters& counters : server.counters) {
    EXPECT_GE(counters.actions.value(), kConnections / static_cast<size_t>(GetParam()) / 2);
  }
}

INSTANTIATE_TEST_SUITE_P(Threads, ManyConnections, testing::Values(1, 2),
                         testing::PrintToStringParamName());

}  // namespace
}  // namespace awps
