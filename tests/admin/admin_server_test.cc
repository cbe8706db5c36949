// The server's life: where it listens, what it refuses, and how it ends.

#include "admin/admin_server.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/admin/server_harness.h"

namespace awps::admin {
namespace {

struct Refusal {
  std::string name;
  std::string listen;
  std::string token;  // in the file; "-": no file, "": no option
  std::string words;  // of the message
};

std::ostream& operator<<(std::ostream& out, const Refusal& one) {
  return out << one.name;
}

class Settings : public testing::TestWithParam<Refusal> {};

TEST_P(Settings, AreRefusedWithAMessage) {
  const TestFolder folder;
  AdminServer::Options options{.listen = GetParam().listen};
  if (!GetParam().token.empty()) options.token_file = folder.file("token");
  if (GetParam().token.size() > 1) folder.write("token", GetParam().token);
  const Result<void> checked = AdminServer::check(options);
  ASSERT_FALSE(checked);
  EXPECT_NE(checked.error().message.find(GetParam().words), std::string::npos)
      << checked.error().message;
  FakeService service;
  AdminServer server(options, service);
  const auto listens = server.listen();
  ASSERT_FALSE(listens);
  EXPECT_EQ(listens.error().exit_code, ExitCode::kConfig);
  EXPECT_EQ(listens.error().message, checked.error().message);
}

INSTANTIATE_TEST_SUITE_P(
    All, Settings,
    testing::Values(Refusal{"TcpWithoutToken", "127.0.0.1:0", "", "admin.token_file"},
                    Refusal{"TokenFileMissing", "127.0.0.1:0", "-", "No such file"},
                    Refusal{"TokenTooShort", "127.0.0.1:0", "fifteen-letters", "16 to 4096"},
                    Refusal{"TokenOfBlanks", "127.0.0.1:0", "                    \n", "16 to 4096"},
                    Refusal{"TokenOfTwoWords", "127.0.0.1:0", "twelve-chars and-more",
                            "without blanks"},
                    Refusal{"TokenTooLong", "127.0.0.1:0", std::string(5000, 'x'), "16 to 4096"},
                    Refusal{"AllAddresses", "0.0.0.0:9464", "0123456789abcdef", "loopback"},
                    Refusal{"NetworkAddress", "192.168.0.7:9464", "0123456789abcdef", "loopback"},
                    Refusal{"NetworkName", "example.com:9464", "0123456789abcdef", "loopback"},
                    Refusal{"AllAddressesOfIpv6", "[::]:9464", "0123456789abcdef", "loopback"},
                    Refusal{"Ipv6WithoutBrackets", "::1:9464", "0123456789abcdef", "brackets"},
                    Refusal{"NoPort", "127.0.0.1", "0123456789abcdef", "port"},
                    Refusal{"EmptyPort", "127.0.0.1:", "0123456789abcdef", "port"},
                    Refusal{"LargePort", "127.0.0.1:65536", "0123456789abcdef", "port"},
                    Refusal{"NoPath", "unix:", "", "path"},
                    Refusal{"PathWithoutUnix", "/run/awpsd/admin.sock", "", "unix:"}),
    [](const auto& test) { return test.param.name; });

TEST(Listening, IsOnTheFirstFreePort) {
  for (const std::string address : {"127.0.0.1:0", "localhost:0"}) {
    const TestFolder folder;
    FakeService service;
    AdminServer server({.listen = address, .token_file = folder.write("token", kToken)}, service);
    ASSERT_TRUE(server.listen());
    EXPECT_TRUE(server.address().starts_with("127.0.0.1:")) << server.address();
    EXPECT_FALSE(server.address().ends_with(":0"));
  }
}

TEST(Listening, IsRefusedWhereAnotherListens) {
  TestServer first(Door::kTcp);
  AdminServer second({.listen = first.server.address(), .token_file = first.folder.file("token")},
                     first.service);
  const auto listens = second.listen();
  ASSERT_FALSE(listens);
  EXPECT_EQ(listens.error().exit_code, ExitCode::kTempFail);
  EXPECT_NE(listens.error().message.find("choose another port"), std::string::npos);

  TestServer third;
  AdminServer fourth({.listen = third.server.address()}, third.service);
  const auto listens_too = fourth.listen();
  ASSERT_FALSE(listens_too);
  EXPECT_EQ(listens_too.error().exit_code, ExitCode::kTempFail);
}

TEST(Listening, GivesTheSocketItsMode) {
  const TestFolder folder;
  FakeService service;
  AdminServer server({.listen = "unix:" + folder.file("s"), .mode = 0600}, service);
  ASSERT_TRUE(server.listen());
  struct stat status {};
  ASSERT_EQ(::stat(folder.file("s").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST(Listening, EndsWithoutAStart) {
  const TestFolder folder;
  FakeService service;
  {
    AdminServer server({.listen = "unix:" + folder.file("s")}, service);
    ASSERT_TRUE(server.listen());
  }
  EXPECT_FALSE(std::filesystem::exists(folder.file("s")));
}

TEST(Stop, RemovesTheSocketAndEndsIdleConnectionsAtOnce) {
  TestServer server(Door::kUnix, {.stop_time = std::chrono::minutes(10)});
  HttpClient idle = server.client();
  ASSERT_EQ(idle.get("/livez").status, 200);
  HttpClient half = server.client();
  ASSERT_TRUE(half.write("GET /livez HT"));
  server.server.stop();
  EXPECT_TRUE(idle.reads_end());
  EXPECT_TRUE(half.reads_end());
  EXPECT_FALSE(std::filesystem::exists(server.folder.file("admin.sock")));
  EXPECT_FALSE(server.client().is_connected());
}

TEST(Stop, LetsAnAnswerUnderWayGoOut) {
  TestServer server(Door::kUnix, {.stop_time = std::chrono::minutes(10)});
  server.service.hold_status();
  HttpClient client = server.client();
  ASSERT_TRUE(client.write(request_text("GET /status HTTP/1.1")));
  ASSERT_TRUE(server.service.wait_for_status_calls(1));
  std::jthread stopping([&] { server.server.stop(); });
  server.service.release();
  const HttpAnswer answer = client.read();
  EXPECT_EQ(answer.status, 200);
  EXPECT_FALSE(answer.is_cut);
  EXPECT_TRUE(client.reads_end());
  client.close();
}

TEST(Stop, DoesNotWaitForAClientThatDoesNotRead) {
  TestServer server(Door::kUnix, {.stop_time = std::chrono::milliseconds(20)});
  server.service.set_letters({{.number = 1, .hub = "chat", .action = std::string(7'000'000, 'x')}});
  HttpClient client = server.client();
  ASSERT_TRUE(client.write(request_text("GET /dead-letters?hub=chat HTTP/1.1")));
  ASSERT_TRUE(server.service.wait_for_call("dead_letters chat 0"));
  server.server.stop();
  EXPECT_TRUE(client.read().is_cut);
}

TEST(Stop, IsDoneByTheDestructor) {
  auto server = std::make_unique<TestServer>();
  HttpClient client = server->client();
  ASSERT_EQ(client.get("/livez").status, 200);
  server.reset();
  EXPECT_TRUE(client.reads_end());
}

}  // namespace
}  // namespace awps::admin
